"""Routers of private networks, which have no addresses elsewhere to be known by: doing their duty is no alert."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

from tests.detect.traffic import LAN, OPTIONS, PEER, Traffic, ether, mac_of, rules
from tests.track.flow_packets import SYN

INSIDE, OUTSIDE = "10.9.2.1", "10.9.1.1"
"""The router's addresses."""
INSIDE_MAC, OUTSIDE_MAC = 0x0200_0000_0021, 0x0200_0000_0011
SCANNER = "10.9.1.7"
HOSTS = [f"10.9.2.{number}" for number in range(2, 90)]


def frame(source: str, target: str, port: int, macs: tuple[int, int], ttl: int = 64) -> bytes:
    """Return a SYN without options, as masscan sends it, with the MAC addresses of its frame."""
    segment = struct.pack("!HHIIBBHHH", 61000, port, int(ip_address(target)), 0, 5 << 4, SYN, 1024, 0, 0)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 40, 1, 0, ttl, 6, 0)
    packed = ip_address(source).packed + ip_address(target).packed
    return ether(*macs, 0x0800, head + packed + segment)


def through_a_router(traffic: Traffic) -> None:
    """A scan of a network from the one beside it, on the router's both interfaces: nobody answers its questions."""
    traffic.arp(1, SCANNER, OUTSIDE)
    traffic.arp(2, OUTSIDE, SCANNER, mac=OUTSIDE_MAC, to=mac_of(SCANNER), after=0.001)
    for host in HOSTS:
        traffic.wait(0.05).raw(frame(SCANNER, host, 445, (mac_of(SCANNER), OUTSIDE_MAC)))
        for again in range(3):
            traffic.arp(1, INSIDE, host, mac=INSIDE_MAC, after=0.001 + again)
    traffic.wait(30)


def with_redirects(traffic: Traffic) -> None:
    """Both networks are on one link, so that the router sends redirects as well."""
    traffic.arp(1, SCANNER, OUTSIDE)
    traffic.arp(2, OUTSIDE, SCANNER, mac=OUTSIDE_MAC, to=mac_of(SCANNER), after=0.001)
    for host in HOSTS:
        traffic.wait(0.05).raw(frame(SCANNER, host, 445, (mac_of(SCANNER), OUTSIDE_MAC)))
        quoted = struct.pack("!HHI", 61000, 445, int(ip_address(host)))
        start = len(traffic.frames)
        traffic.unreachable(OUTSIDE, (SCANNER, host, 6, quoted), code=1, kind=5)
        traffic.frames[start:] = [(at, _from(OUTSIDE_MAC, data)) for at, data in traffic.frames[start:]]
        traffic.raw(frame(SCANNER, host, 445, (OUTSIDE_MAC, mac_of(host)), ttl=63), after=0.003)
    traffic.wait(30)


def _from(mac: int, data: bytes) -> bytes:
    return data[:6] + mac.to_bytes(6) + data[12:]


@pytest.mark.parametrize("scene", [through_a_router, with_redirects], ids=["arp", "redirect"])
def test_a_scan_through_a_router_is_one_alert(scene):
    """Of the scanner, and none of the router that does its duty."""
    traffic = Traffic()
    scene(traffic)
    assert rules(traffic) == ["scan.horizontal"]


def test_who_asks_for_itself_sweeps():
    """Others send packets too, but not to what it asks for."""
    traffic = Traffic()
    traffic.tcp(LAN, PEER, 40000, 80, SYN, options=OPTIONS)
    for number in range(60):
        traffic.wait(0.1).arp(1, PEER, f"192.168.1.{100 + number}")
        traffic.tcp(LAN, "93.184.216.34", 41000 + number, 443, SYN, options=OPTIONS)
    assert "sweep.arp" in rules(traffic)
