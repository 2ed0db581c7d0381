"""Names: what each protocol teaches, which name is the best, bounds, and hostile messages."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, ip_address

import numpy as np
import pytest
from host_packets import PC, START, a_record, batch_of, batches_of, dns, dns_name, halves, mac, record, tcp, udp
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.text import printable
from netwatch.track.name_packets import KINDS, fair_share
from netwatch.track.name_store import NameKind
from netwatch.track.names import MESSAGES_A_BATCH, NameCache

CLIENT, OTHER, RESOLVER = "10.0.0.5", "10.0.0.6", "10.0.0.1"


def answer(*records, question="www.example.com", client=CLIENT, **options):
    return udp(RESOLVER, client, 53, 40000, dns(question, *records, **options))


def taught(*frames, **options):
    names = NameCache(**options)
    names.feed(batch_of(list(frames)))
    return names


def best(names, address, client=None):
    return names.best(*halves(address), None if client is None else halves(client))


def known(names, address):
    return [(name.name, name.kind.value) for name in names.names(*halves(address))]


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


def encoded(name, suffix):
    plain = name.ljust(15).encode() + bytes([suffix])
    return b"\x20" + bytes(65 + nibble for byte in plain for nibble in (byte >> 4, byte & 15)) + b"\0"


def netbios(flags, name, suffix, data, number=32, answers=1):
    question = b"" if answers else encoded(name, suffix) + struct.pack("!HH", 32, 1)
    counts = (0, answers, 0, 0) if answers else (1, 0, 0, 1)
    owner = encoded(name, suffix) if answers else b"\xc0\x0c"
    return struct.pack("!HHHHHH", 9, flags, *counts) + question + record(owner, number, data)


def claim(flags, address):
    return struct.pack("!H", flags) + IPv4Address(address).packed


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


def dhcp(operation, kind, *options, own="0.0.0.0", given="0.0.0.0", client=PC):
    fixed = struct.pack("!BBBBIHH", operation, 1, 6, 0, 99, 0, 0)
    fixed += IPv4Address(own).packed + IPv4Address(given).packed + bytes(8) + mac(client).ljust(16, b"\0")
    body = b"".join(bytes([code, len(value)]) + value for code, value in ((53, bytes([kind])), *options))
    return fixed.ljust(236, b"\0") + b"\x63\x82\x53\x63" + body + b"\xff"


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


def dhcpv6(kind, *options):
    return bytes([kind, 0, 0, 9]) + b"".join(struct.pack("!HH", code, len(value)) + value for code, value in options)


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


def test_the_oldest_addresses_are_forgotten_when_there_are_too_many():
    frames = [answer(a_record(f"n{n}.example", f"192.0.2.{n}"), question=f"n{n}.example") for n in range(20)]
    names = taught(*frames, addresses=8)
    assert len(names) == 8
    assert names.evicted == 2 * 12
    assert best(names, "192.0.2.3") == ""
    assert best(names, "192.0.2.19", CLIENT) == "n19.example"
    # Learning again counts as new
    names.feed(batch_of([frames[12], frames[1]]))
    assert best(names, "192.0.2.12") == "n12.example"
    assert best(names, "192.0.2.13") == ""


def test_memory_is_bounded_in_bytes():
    frames = [answer(a_record(f"{'x' * 60}{n}.example", f"192.0.2.{n}")) for n in range(100)]
    names = taught(*frames, size=20_000)
    assert 10_000 < names.nbytes <= 20_000
    assert 0 < len(names) < 100
    everything = taught(*frames, size=0)
    assert (len(everything), everything.nbytes) == (0, 0)


def test_an_address_keeps_few_names_of_a_kind_and_forgets_none_of_another():
    frames = [answer(a_record(f"n{n}.example", "10.0.0.50")) for n in range(500)]
    names = NameCache(messages=1000)
    names.feed(batch_of([udp("10.0.0.50", RESOLVER, 68, 67, dhcp(1, 3, (12, b"box"), own="10.0.0.50")), *frames]))
    assert best(names, "10.0.0.50") == "box"
    assert len(known(names, "10.0.0.50")) == 1 + 4
    assert names.nbytes < 4000


def test_a_flood_is_cut_and_counted_and_hides_no_other_protocol():
    flood = [answer(a_record(f"n{n}.example", "192.0.2.77"), question=f"n{n}.example") for n in range(1000)]
    quiet = udp("10.0.0.50", RESOLVER, 68, 67, dhcp(1, 3, (12, b"box"), own="10.0.0.50"))
    names = taught(*flood, quiet)
    assert names.skipped == 1001 - MESSAGES_A_BATCH
    assert best(names, "10.0.0.50") == "box"
    # Packets without names cost nothing of that budget
    names = taught(*[udp(CLIENT, RESOLVER, 40000, 53, dns("www.example.com", flags=0x0100))] * 1000)
    assert names.skipped == 0


def test_a_flood_is_cut_by_the_second_too():
    names = NameCache(messages=10)
    for number in range(40):
        frames = [answer(a_record(f"n{number}-{n}.example", "192.0.2.77")) for n in range(10)]
        names.feed(batch_of(frames, times=[START] * 10))
    assert names.skipped == 150
    names.feed(batch_of([answer(a_record("late.example", "192.0.2.78"))], times=[START + 2_000_000_000]))
    assert best(names, "192.0.2.78") == "late.example"
    # Also when time goes back after a packet from far in the future
    names.feed(batch_of([answer(a_record("early.example", "192.0.2.79"))] * 10, times=[START] * 10))
    assert best(names, "192.0.2.79") == "early.example"


def test_the_share_of_each_kind():
    kinds = np.array([1] * 90 + [3] * 5 + [2] * 5)
    chosen = fair_share(kinds, 20)
    assert len(chosen) == 20
    assert (np.diff(chosen) > 0).all()
    assert np.bincount(kinds[chosen]).tolist() == [0, 10, 5, 5]
    assert fair_share(kinds, 0).tolist() == []
    assert len(fair_share(kinds, 100)) == 100


def test_hostile_messages_cost_little():
    deep = b"".join(b"\1x" for _ in range(126)) + b"\0"
    loop = b"\xc0\x0c" + struct.pack("!HH", 1, 1)
    forward = b"\xc0\x40" + struct.pack("!HH", 1, 1)
    head = struct.pack("!HHHHHH", 1, 0x8180, 1, 10_000, 0, 0)
    messages = [
        head + loop + record(b"\xc0\x0c", 1, bytes([1, 2, 3, 4])) * 30,
        head + forward + record(b"\xc0\x0e", 1, bytes([1, 2, 3, 4])) * 30,
        head + deep + b"\0\1\0\1" + record(b"\xc0\x0e", 5, b"\xc0\x0c") * 100,
        struct.pack("!HHHHHH", 1, 0x8180, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF) + b"\1a" * 500,
        head + dns_name("a.b") + b"\0\1\0\1" + record(b"\xc0\x0c", 1, b"\1\2\3"),
        head + dns_name("a.b") + b"\0\1\0\1" + b"\xc0\x0c\0\1\0\1\0\0\0\0\xff\xff\1\2",
    ]
    names = taught(*[udp(RESOLVER, CLIENT, 53, 40000 + n, messages[n % 6]) for n in range(600)])
    assert len(names) == 0
    assert names.skipped >= 400


def test_a_batch_without_names():
    names = taught(tcp(CLIENT, "203.0.113.5", 50000, 443, 0x10), udp(CLIENT, RESOLVER, 53, 53, b"\x81"))
    assert (len(names), names.skipped) == (0, 0)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([53, 5353, 5355, 137, 67, 68]), st.binary(max_size=400)), max_size=8))
def test_any_bytes_are_survived(payloads):
    bodies = [udp("10.0.0.9", CLIENT, port, 40000, b"\0\1\x85\x80\0\0\0\4" + payload) for port, payload in payloads]
    bodies.append(
        tcp(CLIENT, "203.0.113.5", 50000, 443, 0x18, b"\x16\3\1\1\0\1\0\0\xfc" + b"".join(p for _, p in payloads))
    )
    names = taught(*bodies)
    for high, low in zip(*names.find_addresses(""), strict=True):
        for name in names.names(int(high), int(low)):
            assert name.name == printable(name.name)
            assert name.kind in KINDS


FRAMES = [
    answer(a_record("one.example", "198.51.100.1"), question="one.example"),
    udp("10.0.0.9", CLIENT, 137, 137, netbios(0x8500, "FILES", 0x20, claim(0, "10.0.0.9"))),
    answer(a_record("two.example", "198.51.100.1"), question="two.example", client=OTHER),
    udp("0.0.0.0", "255.255.255.255", 68, 67, dhcp(1, 1, (12, b"laptop"))),
    udp(RESOLVER, "10.0.0.20", 67, 68, dhcp(2, 5, given="10.0.0.20")),
    answer(record("1.100.51.198.in-addr.arpa", 12, dns_name("back.example.org"))),
    *(answer(a_record(f"n{n}.example", f"192.0.2.{n % 7}"), question=f"n{n}.example") for n in range(12)),
]


@settings(max_examples=40)
@given(st.sets(st.integers(1, len(FRAMES) - 1)))
def test_the_same_however_the_packets_are_split(cuts):
    whole, split = NameCache(addresses=9), NameCache(addresses=9)
    whole.feed(batch_of(FRAMES))
    for batch in batches_of(FRAMES, cuts):
        split.feed(batch)
    for high, low in zip(*whole.find_addresses(""), strict=True):
        assert whole.names(int(high), int(low)) == split.names(int(high), int(low))
    assert (len(whole), whole.nbytes, whole.evicted) == (len(split), split.nbytes, split.evicted)


def test_kinds_are_those_that_are_promised():
    assert {kind.value for kind in NameKind} == {"dns", "sni", "dhcp", "dhcpv6", "mdns", "nbns", "llmnr", "ptr"}
