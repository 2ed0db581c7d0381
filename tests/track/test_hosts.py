"""Hosts: counters, machines, gateways, roles, services, pages, bounds, and the same result for any batches."""

from __future__ import annotations

import pytest
from host_packets import (
    EVERYBODY,
    PC,
    PRINTER,
    ROUTER,
    START,
    Network,
    a_record,
    advertisement,
    arp,
    dns,
    ethernet,
    tcp,
    udp,
)
from host_pages import LAN, RST_ACK, SYN, SYN_ACK, column, page, surf, table

from netwatch.track.host_columns import SERVICES
from netwatch.track.host_table import SORT_KEYS


def test_what_each_address_sent_and_received():
    there = udp("10.0.0.2", "10.0.0.3", 40000, 9999, b"question", LAN)
    back = udp("10.0.0.3", "10.0.0.2", 9999, 40000, b"a longer answer", LAN[::-1])
    network = Network().fed(there, back, there)
    assert column(network, "packets") == {"10.0.0.2": [2, 1], "10.0.0.3": [1, 2]}
    assert column(network, "bytes")["10.0.0.2"] == [2 * len(there), len(back)]
    assert column(network, "first_ns") == {"10.0.0.2": START + 1_000_000, "10.0.0.3": START + 1_000_000}
    assert column(network, "last_ns")["10.0.0.3"] == START + 3_000_000
    assert column(network, "mac") == {"10.0.0.2": PC, "10.0.0.3": PRINTER}
    assert column(network, "vendor") == {"10.0.0.2": "3Com", "10.0.0.3": "Hewlett Packard"}


def test_a_page_shows_what_was_fed_before_it():
    network = Network()
    frame = udp("10.0.0.2", "10.0.0.3", 1, 2, b"x", LAN)
    for count in range(1, 4):
        network.fed(frame)
        assert column(network, "packets")["10.0.0.2"] == [count, 0]


def test_packets_to_and_from_nobody():
    lldp = ethernet(0x88CC, bytes(40), PC, "01:80:c2:00:00:0e")
    network = Network().fed(
        udp("0.0.0.0", "255.255.255.255", 68, 67, b"", (PC, EVERYBODY)), lldp, arp(1, "0.0.0.0", PC, "10.0.0.9")
    )
    assert column(network, "packets") == {
        "255.255.255.255": [0, 1],
        PC: [1, 0],
        "01:80:c2:00:00:0e": [0, 1],
        "10.0.0.9": [0, 1],
    }
    assert column(network, "roles") == {
        "255.255.255.255": ("broadcast",),
        PC: (),
        "01:80:c2:00:00:0e": ("multicast",),
        "10.0.0.9": ("silent",),
    }


def test_arp_tells_the_mac_of_who_was_only_asked_by_broadcast():
    network = Network().fed(arp(1, "10.0.0.2", PC, "10.0.0.3"), arp(2, "10.0.0.3", PRINTER, "10.0.0.2", PC))
    assert column(network, "mac") == {"10.0.0.2": PC, "10.0.0.3": PRINTER}


def test_open_services():
    network = Network().fed(
        tcp("10.0.0.2", "10.0.0.3", 50000, 443, SYN, macs=LAN),
        tcp("10.0.0.3", "10.0.0.2", 443, 50000, SYN_ACK, macs=LAN[::-1]),
        tcp("10.0.0.2", "10.0.0.3", 50001, 22, SYN, macs=LAN),
        tcp("10.0.0.3", "10.0.0.2", 22, 50001, RST_ACK, macs=LAN[::-1]),
        udp("10.0.0.2", "10.0.0.3", 50000, 53, dns("a.example"), LAN),
        udp("10.0.0.2", "10.0.0.3", 50000, 161, b"?", LAN),
        udp("10.0.0.3", "10.0.0.2", 53, 50000, dns("a.example"), LAN[::-1]),
        udp("10.0.0.3", "10.0.0.2", 45678, 50000, b"!", LAN[::-1]),
        tcp("10.0.0.3", "10.0.0.2", 443, 50002, SYN_ACK, macs=LAN[::-1]),
    )
    assert column(network, "services") == {"10.0.0.2": (), "10.0.0.3": ("53/udp domain", "443/tcp https")}
    assert column(network, "roles") == {"10.0.0.2": (), "10.0.0.3": ("dns",)}


@pytest.mark.parametrize(("server", "client", "source"), [(67, 68, "10.0.0.1"), (547, 546, "fe80::1")])
def test_dhcp_servers(server, client, source):
    destination = "ff02::1:2" if ":" in source else "255.255.255.255"
    network = Network().fed(udp(source, destination, server, client, b"offer", (ROUTER, EVERYBODY)))
    assert column(network, "roles")[source] == ("dhcp",)
    asks = Network().fed(udp("10.0.0.2", destination.replace("ff02::1:2", "10.0.0.1"), client, server, b"ask", LAN))
    assert column(asks, "roles")["10.0.0.2"] == ()


def test_services_are_bounded():
    frames = [tcp("10.0.0.3", "10.0.0.2", port, 50000, SYN_ACK, macs=LAN) for port in range(1000, 1100)]
    shown = column(Network().fed(*frames), "services")["10.0.0.3"]
    assert shown == (*(f"{port}/tcp" + (" socks" if port == 1080 else "") for port in range(1000, 1016)), "...")
    assert len(shown) == SERVICES + 1


def test_names_of_a_machine():
    answer = udp("10.0.0.1", "10.0.0.2", 53, 50000, dns("box.example", a_record(b"\xc0\x0c", "10.0.0.3")), (ROUTER, PC))
    network = Network().fed(answer, udp("10.0.0.2", "10.0.0.3", 1, 2, b"", LAN), advertisement("fe80::3", PRINTER))
    assert column(network, "name")["10.0.0.3"] == "box.example"
    assert column(network, "names")["10.0.0.3"] == ("box.example",)
    assert column(network, "name")["10.0.0.2"] == ""


def crowd():
    """Four hosts of different kinds."""
    answer = dns("www.example.com", a_record(b"\xc0\x0c", "93.184.216.34"))
    return Network().fed(
        *surf("93.184.216.34"),
        udp("192.168.1.1", "192.168.1.5", 53, 50000, answer, (ROUTER, PC)),
        udp("192.168.1.9", "192.168.1.5", 161, 50001, bytes(500), (PRINTER, PC)),
        udp("fe80::9", "ff02::fb", 5353, 5353, b"", (PRINTER, "33:33:00:00:00:fb")),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.168.1.9", {"192.168.1.9"}),
        ("192.168", {"192.168.1.1", "192.168.1.5", "192.168.1.9"}),
        ("192.168.1.0/29", {"192.168.1.1", "192.168.1.5"}),
        ("192.168.1.5/32", {"192.168.1.5"}),
        ("0.0.0.0/0", {"192.168.1.1", "192.168.1.5", "192.168.1.9", "93.184.216.34"}),
        ("fe80::/10", {"192.168.1.9"}),
        ("::/0", {"192.168.1.9", "ff02::fb"}),
        ("10.0.0.0/99", set()),
        ("00:01:e6", {"192.168.1.9"}),
        ("00-01-E6", {"192.168.1.9"}),
        ("example", {"93.184.216.34"}),
        ("EXAMPLE www", {"93.184.216.34"}),
        ("hewlett", {"192.168.1.9"}),
        ("gateway", {"192.168.1.1"}),
        ("dns", {"192.168.1.1"}),
        ("multicast", {"ff02::fb"}),
        ("https", {"93.184.216.34"}),
        ("snmp", {"192.168.1.9"}),
        ("161", {"192.168.1.9"}),
        ("192.168 gateway", {"192.168.1.1"}),
        ("gateway printer", set()),
        ("   ", {"192.168.1.1", "192.168.1.5", "192.168.1.9", "93.184.216.34", "ff02::fb"}),
        ("\x1b[2J", set()),
        ("%s" * 500, set()),
    ],
)
def test_the_quick_filter(text, expected):
    network = crowd()
    found = page(network, text=text)
    assert set(found.table.address) == expected
    assert found.total == len(expected)


def test_every_column_sorts_both_ways():
    network = crowd()
    for key in SORT_KEYS:
        assert set(table(network, sort=key).address) == set(table(network, sort=key, descending=True).address)
    assert table(network, sort="address").address[:2] == ("93.184.216.34", "192.168.1.1")
    assert table(network, sort="sent", descending=True, count=1).address == ("192.168.1.9",)
    assert table(network, sort="received", descending=True, count=1).address == ("192.168.1.5",)
    assert table(network, sort="name").address[0] == "93.184.216.34"
    assert table(network, sort="vendor").vendor[:3] == ("3Com", "Cisco Systems, Inc", "Hewlett Packard")
    with pytest.raises(KeyError):
        page(network, sort="nothing")


def test_a_held_order_keeps_rows_still():
    network = crowd()
    order = page(network, sort="bytes", descending=True, whole_order=True).order
    network.fed(*[udp("192.168.1.1", "192.168.1.5", 53, 50000, bytes(1000), (ROUTER, PC))] * 9)
    held = page(network, sort="bytes", held=order, first=1, count=2)
    assert held.table.serial.tolist() == order[1:3].tolist()
    assert held.total == 5


def test_an_empty_tracker():
    network = Network()
    assert page(network).total == 0
    assert len(table(network, sort="name", text="a 10.0.0.0/8 https gateway 3com")) == 0
    assert (network.hosts.held, network.hosts.evicted) == (0, 0)
