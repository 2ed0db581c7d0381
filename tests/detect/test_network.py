"""Scans, sweeps, floods, the link: cases beside those of the fixtures, and what the profiles `lab` and `quiet` say."""

from __future__ import annotations

import random
import struct

import pytest

from netwatch.detect.config import Profile
from netwatch.detect.detectors.lab_counts import MOST_ATTEMPTS, LabSyn
from netwatch.detect.settings import DetectionSettings
from tests.benchmarks.flood_frames import syns
from tests.detect.fixtures import floods, link, scans
from tests.detect.traffic import ACK, LAN, PEER, SYN, WEB, Traffic, alerts, detect, mac_of, rules

LAB = DetectionSettings(Profile.LAB)
MUST = {
    "scan.block": scans.block,
    "scan.horizontal": scans.worm,
    "scan.udp": scans.udp_scan,
    "flood.udp": floods.udp_flood,
    "dns.amplify": floods.reflected,
    "backscatter": floods.syn_acks,
    "link.mac_flood": floods.mac_flood,
    "arp.gratuitous": link.gratuitous,
    "arp.mismatch": link.mismatched,
    "nd.spoof": link.neighbour_spoof,
    "dhcp.starve": link.starvation,
    "icmp.tunnel": floods.echo_tunnel,
    "port.backdoor": floods.backdoor_from_outside,
    "port.admin_inet": floods.exposed_desktop,
}


@pytest.mark.parametrize("rule", MUST)
def test_this_gives_exactly_one_alert(rule: str) -> None:
    traffic = Traffic()
    MUST[rule](traffic)
    assert rules(traffic) == [rule]
    (alert,) = (alert for alert in alerts(traffic) if alert.rule == rule)
    assert alert.packets
    assert alert.value >= alert.threshold


def test_taking_the_same_addresses_over_again_is_the_same_alert() -> None:
    traffic = Traffic()
    link.long_parasite(traffic)
    assert rules(traffic) == ["nd.spoof"]


def test_echoes_whose_contents_are_encrypted_are_a_tunnel() -> None:
    """Each is repeated by its reply, as an honest echo; only what they carry tells."""
    traffic, draw = Traffic(), random.Random(1)
    for number in range(12):
        rest = struct.pack("!HH", 9, number) + draw.randbytes(600)
        traffic.wait(1).icmp(LAN, WEB, 8, 0, rest)
        traffic.icmp(WEB, LAN, 0, 0, rest, after=0.01)
    assert rules(traffic) == ["icmp.tunnel"]


def test_half_a_million_syns_a_second_are_one_alert() -> None:
    """From random sources, live."""
    frames = [(number * 2e-6, frame) for number, frame in enumerate(syns(30_000))]
    (alert,) = alerts(frames, cuts=range(2000, 30_000, 2000), live=True)
    assert (alert.rule, alert.word) == ("flood.syn", "high")


def lab_ports(traffic: Traffic) -> None:
    for port in range(18):
        traffic.wait(1).connect(LAN, WEB, 8000 + port)


def lab_syns(traffic: Traffic) -> None:
    for _ in range(30):
        traffic.wait(0.1).tcp(LAN, PEER, 20, 80, SYN, seq=0)


def lab_listed(traffic: Traffic) -> None:
    traffic.connect(LAN, PEER, 23)


def lab_arp(traffic: Traffic) -> None:
    traffic.arp(2, "192.168.1.60", LAN, mac=0x0A11_2233_0001, to=mac_of(LAN))
    traffic.wait(400).arp(2, "192.168.1.60", LAN, mac=0x0A11_2233_0002, to=mac_of(LAN))


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
    scans.refused_scan(many)
    quiet = DetectionSettings(Profile.QUIET)
    assert rules(few) == ["scan.vertical"]
    assert rules(few, settings=quiet) == []
    assert rules(many, settings=quiet) == ["scan.vertical"]


def test_syns_that_the_plain_rules_do_not_look_at_are_counted() -> None:
    traffic = Traffic()
    for number in range(MOST_ATTEMPTS + 50):
        traffic.syn(PEER, LAN, 1000 + number)
    detector = LabSyn(LabSyn.defaults)
    detect(traffic, detectors=[detector], settings=LAB)
    assert detector.skipped == 50


def test_traffic_to_a_listed_port_is_told_without_its_beginning_and_over_udp_too() -> None:
    traffic = Traffic()
    traffic.udp(PEER, LAN, 40000, 31337)
    for _ in range(3):
        traffic.wait(1).tcp(LAN, PEER, 50000, 22, ACK, b"in the middle", seq=900, ack=5)
        traffic.tcp(PEER, LAN, 22, 50000, ACK, b"answer", after=0.1, seq=5, ack=913)
    traffic.connect(LAN, WEB, 443, sport=4444)
    for cuts in ((), range(1, 12)):
        told = [alert.summary for alert in alerts(traffic, settings=LAB, cuts=cuts) if alert.rule == "lab.port"]
        assert told == [f"{PEER} sends to {LAN} port 31337 over UDP", f"{LAN} sends to {PEER} port 22 over TCP"]
