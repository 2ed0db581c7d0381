"""Which addresses are one machine, and which lie behind a gateway."""

from __future__ import annotations

from host_packets import (
    PC,
    PRINTER,
    ROUTER,
    Network,
    arp,
    dns,
    ethernet,
    router_advertisement,
    tcp,
    udp,
)
from host_pages import LAN, SYN, column, page, surf, table


def test_addresses_of_one_machine_are_one_host():
    network = Network().fed(
        udp("fe80::2", "fe80::3", 1, 2, b"", LAN),
        udp("10.0.0.2", "10.0.0.3", 1, 2, b"", LAN),
        udp("2001:db8::2", "2001:db8::3", 1, 2, b"", LAN),
        ethernet(0x88CC, bytes(40), PC, "01:80:c2:00:00:0e"),
    )
    found = table(network)
    assert found.addresses[0] == ("10.0.0.2", "2001:db8::2", "fe80::2")
    assert found.addresses[1] == ("10.0.0.3", "2001:db8::3", "fe80::3")
    assert found.serial[:2].tolist() == [1, 2]
    assert found.packets[0].tolist() == [4, 0]
    apart = page(network, by_machine=False).table
    assert len(apart) == 8
    assert all(len(addresses) == 1 for addresses in apart.addresses)
    assert network.hosts.machines == len(found)


def test_many_machines_are_told_nearly(monkeypatch):
    monkeypatch.setattr("netwatch.track.hosts.MOST_COUNTED", 100)
    network = Network()
    told = []
    for count in (199, 200, 201, 220):
        network.fed(*[tcp("10.0.0.2", f"10.1.0.{n}", 1, 2, SYN, macs=LAN) for n in range(1, count)])
        told.append((network.hosts.held, network.hosts.machines))
    assert told == [(199, 199), (200, 199), (201, 199), (220, 220)]


def test_what_lies_behind_a_gateway_is_not_the_gateway():
    resolver = udp("192.168.1.1", "192.168.1.5", 53, 50000, dns("a.example"), (ROUTER, PC))
    network = Network().fed(*surf("93.184.216.34", "198.51.100.7"), resolver)
    assert column(network, "roles") == {
        "192.168.1.5": (),
        "93.184.216.34": (),
        "198.51.100.7": (),
        "192.168.1.1": ("gateway", "dns"),
    }
    assert column(network, "mac")["192.168.1.1"] == ROUTER
    assert column(network, "mac")["93.184.216.34"] == ""
    assert column(network, "via")["93.184.216.34"] == ROUTER
    assert column(network, "vendor")["93.184.216.34"] == ""
    assert column(network, "via")["192.168.1.1"] == ""


def test_one_public_server_is_enough_to_tell_a_gateway():
    network = Network().fed(surf("93.184.216.34")[0])
    assert column(network, "via") == {"192.168.1.5": "", "93.184.216.34": ROUTER}


def test_public_addresses_on_the_link_are_machines():
    frames = [
        udp("203.0.113.5", "203.0.113.9", 1, 2, b"", LAN),
        udp("203.0.113.9", "203.0.113.5", 2, 1, b"", LAN[::-1]),
    ]
    assert column(Network().fed(*frames), "mac") == {"203.0.113.5": PC, "203.0.113.9": PRINTER}


def test_a_mac_that_carries_many_networks_is_a_gateway():
    frames = [udp("203.0.113.5", f"198.51.{n}.1", 1, 2, b"", (PC, ROUTER)) for n in range(3)]
    network = Network().fed(*frames, arp(2, "203.0.113.1", ROUTER, "203.0.113.5"))
    assert column(network, "roles")["203.0.113.1"] == ("gateway",)
    assert column(network, "via")["198.51.2.1"] == ROUTER
    assert column(network, "roles")["203.0.113.5"] == ()
    assert column(Network().fed(*frames[:2]), "via") == {"203.0.113.5": "", "198.51.0.1": ""}


def test_a_router_that_advertises_itself():
    network = Network().fed(
        router_advertisement("fe80::1", ROUTER),
        udp("2001:db8::5", "2a00:1450::1", 50000, 443, b"", (PC, ROUTER)),
    )
    assert column(network, "roles")["fe80::1"] == ("gateway", "router")
    assert column(network, "via")["2a00:1450::1"] == ROUTER
    assert column(network, "mac")["2001:db8::5"] == PC


def test_a_mac_with_too_many_addresses_is_not_one_machine():
    frames = [udp(f"10.0.0.{n}", "10.0.0.250", 1, 2, b"", LAN) for n in range(1, 19)]
    found = column(Network().fed(*frames), "addresses")
    assert found["10.0.0.1"] == ("10.0.0.1",)
    assert len(found) == 19
    assert len(column(Network().fed(*frames[:16]), "addresses")) == 2


def test_tunnelled_addresses_have_no_mac():
    inner = udp("172.16.0.1", "172.16.0.2", 1, 2, b"x")[14:]
    outer = udp("10.0.0.2", "10.0.0.3", 1, 2, b"", LAN)[:14] + udp("10.0.0.2", "10.0.0.3", 1, 2)[14:34]
    frame = bytearray(outer + inner)
    frame[16:18] = (20 + len(inner)).to_bytes(2, "big")
    frame[23] = 4
    assert column(Network().fed(bytes(frame)), "mac") == {"172.16.0.1": "", "172.16.0.2": ""}
