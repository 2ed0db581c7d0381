"""Names: what each protocol teaches, which name is the best, bounds, and hostile messages."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import numpy as np
import pytest
from host_packets import PC, a_record, batch_of, dns, dns_name, halves, record, udp
from name_messages import CLIENT, OTHER, RESOLVER, answer, best, claim, dhcp, dhcpv6, known, netbios, taught

from netwatch.text import printable
from netwatch.track.names import NameCache


def test_dns_answers():
    names = taught(
        answer(a_record(b"\xc0\x0c", "93.184.216.34"), a_record("WWW.example.com", "2606:2800:220::1")),
        answer(a_record("nobody.example.com", "0.0.0.0"), a_record("here.example.com", "127.0.0.1")),
        answer(a_record("lost.example.com", "192.0.2.1"), flags=0x8183),
        answer(a_record("asked.example.com", "192.0.2.2"), flags=0x0100),
    )
    assert best(names, "93.184.216.34") == "www.example.com"
    assert best(names, "2606:2800:220::1") == "www.example.com"
    assert len(names) == 2
    assert best(names, "192.0.2.1") == ""


def test_a_name_that_was_asked_for_comes_before_what_it_is_an_alias_of():
    names = taught(
        answer(
            record(b"\xc0\x0c", 5, dns_name("edge.cdn.example.net")),
            record("edge.cdn.example.net", 5, dns_name("a7.cdn.example.net")),
            a_record("a7.cdn.example.net", "198.51.100.7"),
        )
    )
    assert known(names, "198.51.100.7") == [("www.example.com", "dns")]


def test_aliases_that_go_in_a_circle():
    names = taught(
        answer(
            record("b.example", 5, dns_name("a.example")),
            record("a.example", 5, dns_name("b.example")),
            a_record("a.example", "198.51.100.8"),
        )
    )
    assert best(names, "198.51.100.8") in ("a.example", "b.example")


def test_each_client_has_its_own_name_for_an_address():
    names = taught(
        answer(a_record("one.example", "198.51.100.1"), question="one.example"),
        answer(a_record("two.example", "198.51.100.1"), question="two.example", client=OTHER),
    )
    assert best(names, "198.51.100.1", CLIENT) == "one.example"
    assert best(names, "198.51.100.1", OTHER) == "two.example"
    assert best(names, "198.51.100.1", "10.9.9.9") == "two.example"
    assert best(names, "198.51.100.1") == "two.example"
    assert known(names, "198.51.100.1") == [("two.example", "dns"), ("one.example", "dns")]


def test_reverse_look_ups():
    nibbles = ".".join(reversed(ip_address("2001:db8::7").exploded.replace(":", "")))
    names = taught(
        answer(record("4.3.2.1.in-addr.arpa", 12, dns_name("Host.Example.org")), question="4.3.2.1.in-addr.arpa"),
        answer(record(f"{nibbles}.ip6.arpa", 12, dns_name("six.example.org")), question=f"{nibbles}.ip6.arpa"),
        answer(record("300.3.2.1.in-addr.arpa", 12, dns_name("no.example.org"))),
        answer(record("2.1.in-addr.arpa", 12, dns_name("no.example.org"))),
        answer(record("zz.3.2.1.in-addr.arpa", 12, dns_name("no.example.org"))),
    )
    assert known(names, "1.2.3.4") == [("host.example.org", "ptr")]
    assert known(names, "2001:db8::7") == [("six.example.org", "ptr")]
    assert len(names) == 2


def test_multicast_dns_and_llmnr():
    announced = dns("", flags=0x8400, additional=[record("Printer.local", 1, bytes([10, 0, 0, 7]), 0x8001)])
    names = taught(
        udp("10.0.0.7", "224.0.0.251", 5353, 5353, announced),
        udp("10.0.0.8", CLIENT, 5355, 50000, dns("SRV1", a_record(b"\xc0\x0c", "10.0.0.8"), flags=0x8000)),
    )
    assert known(names, "10.0.0.7") == [("printer.local", "mdns")]
    assert known(names, "10.0.0.8") == [("srv1", "llmnr")]


def test_netbios_names():
    status = b"\2" + b"WORKGROUP".ljust(15) + b"\0" + b"\x84\0" + b"BOX".ljust(15) + b"\0" + b"\4\0"
    names = taught(
        udp("10.0.0.9", "10.0.0.255", 137, 137, netbios(0x2910, "DESKTOP", 0x20, claim(0, "10.0.0.9"), answers=0)),
        udp("10.0.0.9", "10.0.0.255", 137, 137, netbios(0x2910, "HOME", 0x00, claim(0x8000, "10.0.0.9"), answers=0)),
        udp("10.0.0.9", "10.0.0.255", 137, 137, netbios(0x2910, "HOME", 0x1D, claim(0, "10.0.0.9"), answers=0)),
        udp("10.0.0.10", CLIENT, 137, 137, netbios(0x8500, "FILES", 0x20, claim(0, "10.0.0.10"))),
        udp("10.0.0.11", CLIENT, 137, 137, netbios(0x8400, "*", 0x00, status, 33)),
        udp("10.0.0.12", "10.0.0.255", 137, 137, netbios(0x0110, "ASKED", 0x20, claim(0, "10.0.0.12"))),
    )
    assert known(names, "10.0.0.9") == [("DESKTOP", "nbns")]
    assert known(names, "10.0.0.10") == [("FILES", "nbns")]
    assert known(names, "10.0.0.11") == [("BOX", "nbns")]
    assert len(names) == 3


def test_dhcp_names_the_machine_and_the_address_it_is_given():
    asks = dhcp(1, 1, (12, b"laptop"))
    gives = dhcp(2, 5, given="10.0.0.20")
    names = taught(udp("0.0.0.0", "255.255.255.255", 68, 67, asks), udp(RESOLVER, "10.0.0.20", 67, 68, gives))
    assert known(names, "10.0.0.20") == [("laptop", "dhcp")]
    assert known(names, PC) == [("laptop", "dhcp")]


@pytest.mark.parametrize(
    ("message", "address", "name"),
    [
        (dhcp(1, 3, (50, bytes([10, 0, 0, 21])), (81, b"\4\0\0" + dns_name("pc.test"))), "10.0.0.21", "pc.test"),
        (dhcp(1, 3, (81, b"\0\0\0pc2.example.org"), (12, b"other"), own="10.0.0.22"), "10.0.0.22", "pc2.example.org"),
        (dhcp(1, 8, (12, b"informer\0"), own="10.0.0.23"), "10.0.0.23", "informer"),
        (dhcp(1, 1, (50, bytes([10, 0, 0, 24])), (12, b"wishes")), "10.0.0.24", ""),
        (dhcp(2, 2, (12, b"offered"), given="10.0.0.25"), "10.0.0.25", ""),
        (dhcp(2, 6, (12, b"refused"), given="10.0.0.26"), "10.0.0.26", ""),
    ],
)  # fmt: skip
def test_only_addresses_that_a_client_has_get_its_name(message, address, name):
    port = 67 if message[0] == 2 else 68
    assert best(taught(udp(RESOLVER, CLIENT, port, 135 - port, message)), address) == name


LEASE = (3, bytes(12) + struct.pack("!HH", 5, 24) + ip_address("fd00::20").packed + bytes(8))

CLIENT_NAME = (39, b"\0\x06laptop")


@pytest.mark.parametrize("replied", [(LEASE,), (LEASE, (39, b"\0" + dns_name("laptop")))])
def test_dhcpv6_names_the_address_that_asks_and_the_one_it_is_given(replied):
    asks = udp("fe80::20", "ff02::1:2", 546, 547, dhcpv6(1, CLIENT_NAME))
    names = taught(asks, udp("fe80::1", "fe80::20", 547, 546, dhcpv6(7, *replied)))
    assert known(names, "fe80::20") == known(names, "fd00::20") == [("laptop", "dhcpv6")]


@pytest.mark.parametrize(
    "message", [dhcpv6(2, LEASE, CLIENT_NAME), dhcpv6(1, (39, b"\0\xc0\0" + bytes(30))), dhcpv6(7, (3, bytes(40)))]
)
def test_dhcpv6_without_a_name_or_a_lease_names_nobody(message):
    assert len(taught(udp("fe80::20", "fe80::1", 546, 547, message))) == 0


def test_server_names():
    names = NameCache()
    names.learn_server_name(halves("203.0.113.5"), "shop.example.com", halves(CLIENT))
    names.learn_server_name(halves("203.0.113.6"), "203.0.113.6", halves(CLIENT))
    assert known(names, "203.0.113.5") == [("shop.example.com", "sni")]
    assert len(names) == 1


def test_dns_comes_before_the_server_name_for_addresses_elsewhere():
    names = taught(
        answer(a_record("www.example.com", "203.0.113.9")),
    )
    names.learn_server_name(halves("203.0.113.9"), "front.example.net", halves(CLIENT))
    names.learn_server_name(halves("203.0.113.9"), "other.example.net", halves(OTHER))
    assert best(names, "203.0.113.9", CLIENT) == "www.example.com"
    assert best(names, "203.0.113.9", OTHER) == "other.example.net"
    assert known(names, "203.0.113.9")[0] == ("www.example.com", "dns")


def test_a_machine_nearby_goes_by_what_it_calls_itself():
    names = taught(
        answer(a_record("intranet.example.com", "10.0.0.30")),
        udp("10.0.0.30", CLIENT, 137, 137, netbios(0x8500, "FILES", 0x20, claim(0, "10.0.0.30"))),
    )
    assert best(names, "10.0.0.30", CLIENT) == "FILES"
    names.feed(batch_of([udp("10.0.0.30", RESOLVER, 68, 67, dhcp(1, 3, (12, b"files-1"), own="10.0.0.30"))]))
    assert best(names, "10.0.0.30") == "files-1"
    assert [kind for _, kind in known(names, "10.0.0.30")] == ["dhcp", "nbns", "dns"]


def test_finding_addresses_by_a_part_of_a_name():
    names = taught(
        answer(a_record("mail.example.com", "192.0.2.10"), a_record("www.Example.org", "2001:db8::80")),
        answer(a_record("other.test", "192.0.2.11")),
    )
    found = names.find_addresses("EXAMPLE")
    assert list(zip(*(half.tolist() for half in found), strict=True)) == [halves("192.0.2.10"), halves("2001:db8::80")]
    assert all(half.dtype == np.uint64 for half in found)
    assert len(names.find_addresses("nowhere")[0]) == 0


def test_hostile_names_are_printable():
    names = taught(
        answer(a_record(b"\3a\x1bb\x05x.\n\x00c\0", "192.0.2.1")),
        udp("0.0.0.0", "255.255.255.255", 68, 67, dhcp(1, 3, (12, b"\x1b[2J\xe2\x80\xae"), own="10.0.0.40")),
    )
    for address in ("192.0.2.1", "10.0.0.40"):
        name = best(names, address)
        assert name
        assert name == printable(name)
        assert name.isascii()
