"""What must give one alert and what must give none: scans, sweeps, floods, the link."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest

from netwatch.detect.config import Profile
from netwatch.detect.settings import DetectionSettings
from tests.detect.traffic import ACK, FIN, LAN, PEER, ROUTER, ROUTER_MAC, RST, SYN, WEB, Traffic, alerts, mac_of, rules

LAB = DetectionSettings(Profile.LAB)


def host(number: int) -> str:
    return f"192.168.1.{number}"


def far(number: int) -> str:
    return f"93.184.{number // 250}.{number % 250 + 1}"


def refused_scan(traffic: Traffic) -> None:
    for port in range(40):
        traffic.wait(0.05).refused(PEER, LAN, 1000 + port)


def silent_scan(traffic: Traffic) -> None:
    for port in range(60):
        traffic.wait(0.05).syn(PEER, LAN, 1000 + port)


def slow_scan(traffic: Traffic) -> None:
    for port in range(30):
        traffic.wait(25).refused(PEER, LAN, 1000 + port)


def open_ports_scan(traffic: Traffic) -> None:
    for port in range(20):
        traffic.wait(0.5).probed(PEER, LAN, 1000 + port)


def straddling_scan(traffic: Traffic) -> None:
    traffic.wait(55)
    for port in range(16):
        traffic.wait(1.2 if port == 8 else 0.05).refused(PEER, LAN, 1000 + port)


def worm(traffic: Traffic) -> None:
    for number in range(60):
        traffic.wait(0.05).syn(PEER, host(100 + number), 445)


def block(traffic: Traffic) -> None:
    for number in range(8):
        for port in range(8):
            traffic.wait(0.2).refused(PEER, host(100 + number), 2000 + port)


def udp_scan(traffic: Traffic) -> None:
    for port in range(30):
        body = traffic.wait(0.1).udp(PEER, LAN, 50000, 600 + port)
        traffic.unreachable(LAN, (PEER, LAN, 17, body))


def odd_scan(flags: int, ports: int) -> object:
    def make(traffic: Traffic) -> None:
        for port in range(ports):
            traffic.wait(0.1).tcp(PEER, LAN, 40000, 100 + port, flags)

    return make


def ack_scan(traffic: Traffic) -> None:
    for port in range(30):
        traffic.wait(0.1).tcp(PEER, LAN, 40000, 100 + port, ACK)
        traffic.tcp(LAN, PEER, 100 + port, 40000, RST, after=0.001)


def pings(traffic: Traffic, *, answered: bool = False) -> None:
    for number in range(40):
        rest = struct.pack("!HH", 7, number) + bytes(48)
        traffic.wait(0.1).icmp(PEER, host(100 + number), 8, 0, rest)
        if answered:
            traffic.icmp(host(100 + number), PEER, 0, 0, rest, after=0.001)


def arp_sweep(traffic: Traffic) -> None:
    for number in range(50):
        traffic.wait(0.05).arp(1, PEER, host(100 + number))


def syn_flood(traffic: Traffic) -> None:
    for number in range(400):
        traffic.wait(0.01).syn(far(number), LAN, 80, options=b"")


def poison(traffic: Traffic, *, both: bool = False) -> None:
    traffic.arp(2, ROUTER, LAN, mac=ROUTER_MAC, to=mac_of(LAN))
    for _ in range(8):
        traffic.wait(1).arp(2, ROUTER, LAN, mac=mac_of(PEER), to=mac_of(LAN))
        if both:
            traffic.arp(2, LAN, ROUTER, mac=mac_of(PEER), to=ROUTER_MAC, after=0.1)


def gratuitous(traffic: Traffic) -> None:
    for _ in range(40):
        traffic.wait(0.1).arp(1, PEER, PEER)


def mismatched(traffic: Traffic) -> None:
    for _ in range(5):
        traffic.wait(1).arp(1, PEER, LAN, frame=0x001122AABBCC)


def dhcp(traffic: Traffic, kind: int, *, server: str = "", client: int = 1, router: str = "", xid: int = 5) -> None:
    sent = {True: (server, host(50), 67, 68), False: ("0.0.0.0", "255.255.255.255", 68, 67)}[bool(server)]
    offered = int(ip_address(host(50))) if server else 0
    body = struct.pack("!BBBBIHHIIII", 2 if server else 1, 1, 6, 0, xid, 0, 0, 0, offered, 0, 0)
    body += (0x0011_2233_0000 + client).to_bytes(6) + bytes(202) + b"\x63\x82\x53\x63" + bytes([53, 1, kind])
    if server:
        body += b"\x36\x04" + ip_address(server).packed + b"\x03\x04" + ip_address(router or server).packed
    traffic.udp(*sent, body + b"\xff")


def rogue_dhcp(traffic: Traffic) -> None:
    for xid in range(3):
        dhcp(traffic.wait(5), 2, server=ROUTER, xid=xid)
    dhcp(traffic.wait(5), 2, server=PEER, xid=9)


def starvation(traffic: Traffic) -> None:
    for client in range(100):
        dhcp(traffic.wait(0.1), 1, client=client, xid=client)


def router_advertisement(traffic: Traffic, router: str, prefix: str, mac: int) -> None:
    option = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 3600, 3600, 0) + ip_address(prefix).packed
    body = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + option
    traffic.ip(router, "ff02::1", 58, body, ttl=255, mac=mac)


def rogue_router(traffic: Traffic) -> None:
    for _ in range(3):
        router_advertisement(traffic.wait(40), "fe80::1", "2001:db8:1::", ROUTER_MAC)
    router_advertisement(traffic.wait(40), "fe80::66", "2001:db8:66::", mac_of(PEER))


def neighbour_advertisement(traffic: Traffic, target: str, mac: int) -> None:
    body = struct.pack("!BBHI", 136, 0, 0, 0x6000_0000) + ip_address(target).packed + b"\x02\x01" + mac.to_bytes(6)
    traffic.ip(target, "ff02::1", 58, body, ttl=255, mac=mac)


def neighbour_spoof(traffic: Traffic) -> None:
    for number in range(8):
        neighbour_advertisement(traffic.wait(1), "fe80::1", (ROUTER_MAC, mac_of(PEER))[number % 2])


def parasite(traffic: Traffic) -> None:
    """What parasite6 of the THC does: both ends of a conversation are answered for once, and nobody objects."""
    for address, mac in (("fe80::1", ROUTER_MAC), ("fe80::10", mac_of(LAN))):
        neighbour_advertisement(traffic.wait(1), address, mac)
        for _ in range(3):
            neighbour_advertisement(traffic.wait(0.01), address, mac_of(PEER))


def long_parasite(traffic: Traffic) -> None:
    for _ in range(4):
        parasite(traffic)


def router_failover(traffic: Traffic) -> None:
    for mac in (ROUTER_MAC, mac_of(PEER)):
        for address in ("fe80::1", "2001:db8::1", "2001:db8:1::1"):
            neighbour_advertisement(traffic.wait(1), address, mac)


def llmnr(traffic: Traffic, name: str, answerer: str, address: str) -> None:
    question = bytes([len(name)]) + name.encode() + b"\0\0\1\0\1"
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 30, 4) + ip_address(address).packed
    traffic.udp(answerer, LAN, 5355, 50000, struct.pack("!HHHHHH", 7, 0x8000, 1, 1, 0, 0) + question + record)


def responder(traffic: Traffic) -> None:
    for name in ("fileserver", "printsrv", "intranett", "wpad"):
        llmnr(traffic.wait(2), name, PEER, PEER)


def echo_tunnel(traffic: Traffic) -> None:
    for number in range(20):
        inner = struct.pack("!BBHHHBBH", 0x45, 0, 84, number, 0, 64, 6, 0) + bytes(72)
        traffic.wait(1).icmp(LAN, WEB, 8, 0, struct.pack("!HH", 9, 0) + inner)


def backdoor_from_outside(traffic: Traffic) -> None:
    traffic.connect(WEB, LAN, 4444)


def exposed_desktop(traffic: Traffic) -> None:
    traffic.connect(WEB, LAN, 3389)


def reflected(traffic: Traffic) -> None:
    for number in range(900):
        traffic.wait(0.001).udp(far(number), LAN, 123, 20000 + number, bytes(400))


def udp_flood(traffic: Traffic) -> None:
    for number in range(9000):
        traffic.wait(0.0007).udp(far(number % 700), LAN, 20000 + number, 9999, b"")


def syn_acks(traffic: Traffic) -> None:
    for number in range(600):
        traffic.wait(0.001).tcp(far(number), LAN, 80, 20000 + number, SYN | ACK)


def mac_flood(traffic: Traffic) -> None:
    for number in range(200):
        body = struct.pack("!HHIIBBHHH", 1000 + number, 2000, number, 0, 0x50, SYN, 512, 0, 0)
        traffic.wait(0.002).ip(far(number), far(5000 - number), 6, body, mac=0x0210_0000_0000 + 7919 * number)


MUST = {
    "scan.vertical": [refused_scan, silent_scan, slow_scan, open_ports_scan, straddling_scan],
    "scan.horizontal": [worm],
    "scan.block": [block],
    "scan.udp": [udp_scan],
    "scan.stealth": [odd_scan(0, 5), odd_scan(FIN, 5), odd_scan(0x29, 5), odd_scan(FIN | ACK, 15)],
    "scan.ack": [ack_scan],
    "sweep.icmp": [pings],
    "sweep.arp": [arp_sweep],
    "flood.syn": [syn_flood],
    "flood.udp": [udp_flood],
    "dns.amplify": [reflected],
    "backscatter": [syn_acks],
    "link.mac_flood": [mac_flood],
    "arp.spoof": [poison, lambda traffic: poison(traffic, both=True)],
    "arp.gratuitous": [gratuitous],
    "arp.mismatch": [mismatched],
    "nd.spoof": [neighbour_spoof, parasite, long_parasite],
    "ra.rogue": [rogue_router],
    "dhcp.rogue": [rogue_dhcp],
    "dhcp.starve": [starvation],
    "nr.poison": [responder],
    "icmp.tunnel": [echo_tunnel],
    "port.backdoor": [backdoor_from_outside],
    "port.admin_inet": [exposed_desktop],
}
CASES = [(rule, make) for rule, makers in MUST.items() for make in makers]


@pytest.mark.parametrize(("rule", "make"), CASES, ids=lambda case: case if isinstance(case, str) else "")
def test_this_gives_exactly_one_alert(rule: str, make) -> None:
    traffic = Traffic()
    make(traffic)
    assert rules(traffic) == [rule]
    (alert,) = (alert for alert in alerts(traffic) if alert.rule == rule)
    assert alert.packets
    assert alert.value >= alert.threshold


def browser(traffic: Traffic) -> None:
    for number in range(30):
        for _ in range(6):
            traffic.wait(0.05).connect(LAN, far(number), 443)
        if number % 6 == 0:
            traffic.refused(LAN, far(300 + number), 443)


def happy_eyeballs(traffic: Traffic) -> None:
    for number in range(40):
        source = "fe80::a"
        traffic.wait(0.2).ip(source, f"2001:db8::{number + 1:x}", 6, _syn(traffic.port()), mac=mac_of(LAN))
        traffic.connect(LAN, far(number), 443)


def _syn(sport: int) -> bytes:
    return struct.pack("!HHIIBBHHH", sport, 443, 1, 0, 0x50, SYN, 65535, 0, 0)


def bittorrent(traffic: Traffic) -> None:
    for number in range(300):
        port = 10000 + number * 131 % 50000
        if number % 10 < 4:
            traffic.wait(0.3).connect(LAN, far(number), port)
        else:
            traffic.wait(0.3).syn(LAN, far(number), port)


def no_uplink(traffic: Traffic) -> None:
    for turn in range(60):
        traffic.wait(2).syn(LAN, far(turn % 5), 443)


def late_answers(traffic: Traffic) -> None:
    for port in range(200):
        body = traffic.wait(0.05).udp(ROUTER, LAN, 53, 30000 + port)
        traffic.unreachable(LAN, (ROUTER, LAN, 17, body))


def traceroute(traffic: Traffic) -> None:
    for hop in range(90):
        body = traffic.wait(0.05).udp(LAN, WEB, 40000, 33434 + hop, ttl=hop // 3 + 1)
        traffic.unreachable(far(hop), (LAN, WEB, 17, body), 3 if hop > 60 else 0, 3 if hop > 60 else 11)


def many_requests(traffic: Traffic) -> None:
    for _ in range(300):
        traffic.wait(0.03).connect(LAN, WEB, 80)


def health_checks(traffic: Traffic) -> None:
    for _ in range(120):
        sport = traffic.wait(1).port()
        traffic.tcp(PEER, LAN, sport, 80, SYN)
        traffic.tcp(LAN, PEER, 80, sport, SYN | ACK, after=0.001, seq=500, ack=101)
        traffic.tcp(PEER, LAN, sport, 80, ACK, after=0.002, seq=101, ack=501)
        traffic.tcp(PEER, LAN, sport, 80, RST | ACK, after=0.003, seq=101, ack=501)


def own_port_4444(traffic: Traffic) -> None:
    for port in (4444, 31337):
        traffic.wait(1).connect(LAN, WEB, 443, sport=port)


def new_lease(traffic: Traffic) -> None:
    traffic.arp(2, host(50), LAN, mac=0x0011_2233_0007, to=mac_of(LAN))
    dhcp(traffic.wait(100), 5, server=ROUTER, client=8)
    traffic.wait(1).arp(1, host(50), host(50), mac=0x0011_2233_0008)


def virtual_router(traffic: Traffic) -> None:
    """VRRP and CARP, HSRP 1 and 2, GLBP, and one of the machines behind with its own address."""
    macs = 0x0000_5E00_0107, 0x0000_0C07_AC01, 0x0000_0C9F_F001, 0x0007_B400_0101, 0x0011_2233_0001
    for turn in range(10):
        traffic.wait(3).arp(2, host(254), host(254), mac=macs[turn % 5])


def moved_machine(traffic: Traffic) -> None:
    for _ in range(2):
        traffic.wait(30).arp(1, "0.0.0.0", LAN, mac=mac_of(LAN))
        traffic.wait(1).arp(1, LAN, LAN)
        traffic.wait(2).arp(1, LAN, LAN)


def phone(traffic: Traffic) -> None:
    traffic.arp(1, host(60), ROUTER, mac=0x0A11_2233_0001)
    traffic.wait(300).arp(1, host(60), ROUTER, mac=0x0E11_2233_0002)


def router_sweeps(traffic: Traffic) -> None:
    for number in range(5):
        traffic.wait(0.2).connect(LAN, far(number), 443)
    for number in range(1, 250):
        traffic.wait(0.02).arp(1, ROUTER, host(number), mac=ROUTER_MAC)


def mid_stream(traffic: Traffic) -> None:
    for number in range(500):
        traffic.wait(0.002).tcp(WEB, LAN, 443, 33000 + number, ACK, b"data")
        traffic.tcp(LAN, WEB, 33000 + number, 443, FIN | ACK, after=0.5)
        traffic.tcp(WEB, LAN, 443, 33000 + number, FIN | ACK, after=0.6)


def one_way(traffic: Traffic) -> None:
    for number in range(80):
        sport = traffic.wait(0.1).port()
        traffic.tcp(LAN, far(number), sport, 443, SYN)
        traffic.tcp(LAN, far(number), sport, 443, ACK, after=0.02, seq=101)
        traffic.tcp(LAN, far(number), sport, 443, ACK, b"hello", after=0.03, seq=101)


def knocking(traffic: Traffic) -> None:
    for port in (7000, 8000, 9000, 9001):
        traffic.wait(0.5).syn(LAN, PEER, port)
    traffic.connect(LAN, PEER, 22)


def dhcp_pair(traffic: Traffic) -> None:
    for xid in range(5):
        dhcp(traffic.wait(5), 2, server=ROUTER, router=ROUTER, xid=xid)
        dhcp(traffic, 2, server=PEER, router=ROUTER, xid=xid)


def printer_name(traffic: Traffic) -> None:
    for _ in range(10):
        llmnr(traffic.wait(5), "printer", PEER, PEER)


def plain_pings(traffic: Traffic) -> None:
    pings(traffic, answered=True)
    for number in range(100):
        rest = struct.pack("!HH", 7, number) + bytes(range(200))
        traffic.wait(1).icmp(LAN, WEB, 8, 0, rest)
        traffic.icmp(WEB, LAN, 0, 0, rest, after=0.01)


def call(traffic: Traffic) -> None:
    for _number in range(4000):
        traffic.wait(0.003).udp(LAN, WEB, 50000, 8801, bytes(900))
        traffic.udp(WEB, LAN, 8801, 50000, bytes(900), after=0.001)


def one_router(traffic: Traffic) -> None:
    for _ in range(20):
        router_advertisement(traffic.wait(20), "fe80::1", "2001:db8:1::", ROUTER_MAC)


MUST_NOT = [
    browser, happy_eyeballs, bittorrent, no_uplink, late_answers, traceroute, many_requests, health_checks,
    own_port_4444, new_lease, virtual_router, moved_machine, phone, router_sweeps, mid_stream, one_way, knocking,
    dhcp_pair, printer_name, plain_pings, call, one_router, router_failover,
]  # fmt: skip


@pytest.mark.parametrize("make", MUST_NOT, ids=lambda make: make.__name__)
def test_this_gives_no_alert(make) -> None:
    traffic = Traffic()
    make(traffic)
    assert rules(traffic) == []


def lab_ports(traffic: Traffic) -> None:
    for port in range(18):
        traffic.wait(1).connect(LAN, WEB, 8000 + port)


def lab_syns(traffic: Traffic) -> None:
    for _ in range(30):
        traffic.wait(0.1).tcp(LAN, PEER, 20, 80, SYN, seq=0)


def lab_listed(traffic: Traffic) -> None:
    traffic.connect(LAN, PEER, 23)


def lab_arp(traffic: Traffic) -> None:
    traffic.arp(2, host(60), LAN, mac=0x0A11_2233_0001, to=mac_of(LAN))
    traffic.wait(400).arp(2, host(60), LAN, mac=0x0A11_2233_0002, to=mac_of(LAN))


def lab_unanswered(traffic: Traffic) -> None:
    traffic.syn(LAN, PEER, 8080)
    traffic.wait(20).connect(LAN, WEB, 443)


def lab_unacknowledged(traffic: Traffic) -> None:
    sport = traffic.syn(LAN, PEER, 8080)
    traffic.tcp(PEER, LAN, 8080, sport, SYN | ACK, after=0.001, seq=500, ack=101)
    traffic.wait(20).connect(LAN, WEB, 443)


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        ("lab.ports", lab_ports), ("lab.syn", lab_syns), ("lab.port", lab_listed), ("lab.arp", lab_arp),
        ("lab.half_open", lab_unanswered), ("lab.half_open", lab_unacknowledged),
    ],
)  # fmt: skip
def test_the_lab_profile_fires_on_plain_counts(rule: str, make) -> None:
    traffic = Traffic()
    make(traffic)
    assert rule in rules(traffic, settings=LAB)
    assert rule not in rules(traffic)


def test_the_quiet_profile_wants_twice_as_much() -> None:
    few, many = Traffic(), Traffic()
    for port in range(20):
        few.wait(0.05).refused(PEER, LAN, 2000 + port)
    refused_scan(many)
    quiet = DetectionSettings(Profile.QUIET)
    assert rules(few) == ["scan.vertical"]
    assert rules(few, settings=quiet) == []
    assert rules(many, settings=quiet) == ["scan.vertical"]


@pytest.mark.parametrize(("rule", "make"), CASES[::3], ids=lambda case: case if isinstance(case, str) else "")
def test_cuts_make_no_difference(rule: str, make) -> None:
    traffic = Traffic()
    make(traffic)
    count = len(traffic.frames)
    assert alerts(traffic, cuts=range(1, count, max(count // 20, 1))) == alerts(traffic)
