"""One alert each: addresses that move between MAC addresses, echoes in floods, routes, pairs and what only informs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from netwatch.detect.registry import DETECTORS
from netwatch.detect.settings import DetectionSettings
from netwatch.detect.surroundings import mac_text
from netwatch.nanoseconds import SECOND
from tests.detect.traffic import ACK, LAN, PEER, ROUTER, ROUTER_MAC, START, SYN, WEB, Traffic, alerts, mac_of, rules

OLD, NEW, ADDRESS = 0x0011_2233_4401, 0x0011_2233_4402, "192.168.1.77"
HOUR = 3600


def says(traffic: Traffic, mac: int, after: float = 0.0) -> None:
    """A machine asks for another one, and so says that it has ADDRESS."""
    traffic.wait(after).arp(1, ADDRESS, PEER, mac=mac)


def changed(traffic: Traffic) -> None:
    says(traffic, OLD)
    says(traffic, NEW, after=600)


def flipflop(traffic: Traffic) -> None:
    says(traffic, OLD)
    for mac in (NEW, OLD, NEW):
        says(traffic, mac, after=300)


def duplicate(traffic: Traffic) -> None:
    """Copies of one machine that all have its address; with two that answer in turn it would look like spoofing."""
    for number in range(4):
        says(traffic, OLD + number, after=3)


def echo_flood(traffic: Traffic) -> None:
    for number in range(9000):
        traffic.wait(0.0006).icmp(PEER, LAN, 8, 0, number.to_bytes(4) + bytes(32))


def distributed(traffic: Traffic) -> None:
    for number in range(48):
        traffic.wait(0.5).refused(f"93.184.1.{number % 16 + 1}", LAN, 1000 + number)


def redirect(traffic: Traffic) -> None:
    for _ in range(3):
        body = traffic.wait(1).udp(LAN, WEB, 40000, 9)
        traffic.unreachable(PEER, (LAN, WEB, 17, body), code=1, kind=5)


LOW = {
    "icmp.redirect": redirect,
    "arp.changed": changed,
    "arp.duplicate_ip": duplicate,
    "flood.icmp": echo_flood,
    "scan.distributed": distributed,
}


def half_open(traffic: Traffic) -> None:
    for _ in range(70):
        traffic.wait(0.1).syn(PEER, LAN, 8080)


def acknowledged_by_nobody(traffic: Traffic) -> None:
    """The server answers each SYN, and the client says nothing more."""
    for _ in range(70):
        sport = traffic.wait(0.1).syn(PEER, LAN, 8080)
        traffic.tcp(LAN, PEER, 8080, sport, SYN | ACK, after=0.001, seq=500, ack=101)
    traffic.wait(20).connect(PEER, WEB, 443)


def refusals(traffic: Traffic) -> None:
    for _ in range(12):
        traffic.wait(2).refused(PEER, LAN, 8080)


def route(traffic: Traffic) -> None:
    for hop in range(1, 6):
        body = traffic.wait(0.2).udp(LAN, WEB, 40000, 33434 + hop, ttl=hop)
        traffic.unreachable(f"93.0.{hop}.1", (LAN, WEB, 17, body), code=0, kind=11)


INFO = {"tcp.half_open": half_open, "tcp.rst_burst": refusals, "trace.route": route}


@pytest.mark.parametrize("rule", LOW)
def test_exactly_one_alert(rule: str) -> None:
    traffic = Traffic()
    LOW[rule](traffic)
    assert rules(traffic) == [rule]


def test_a_slow_flip_flop_was_told_as_a_change_first() -> None:
    traffic = Traffic()
    flipflop(traffic)
    assert rules(traffic) == ["arp.changed", "arp.flipflop"]


def test_answered_handshakes_that_nobody_completes_are_half_open() -> None:
    traffic = Traffic()
    acknowledged_by_nobody(traffic)
    (alert,) = [alert for alert in alerts(traffic) if alert.rule == "tcp.half_open"]
    assert dict(alert.evidence)["how"] == "70 half-open"
    for cuts in (range(0, 200, 7), range(0, 200, 50)):
        (again,) = [alert for alert in alerts(traffic, cuts=cuts) if alert.rule == "tcp.half_open"]
        assert (again.value, again.opened_ns, again.packets) == (alert.value, alert.opened_ns, alert.packets)


def test_a_late_last_packet_completes_a_handshake() -> None:
    traffic = Traffic()
    for _ in range(70):
        sport = traffic.wait(0.1).syn(PEER, LAN, 8080)
        traffic.tcp(LAN, PEER, 8080, sport, SYN | ACK, after=0.001, seq=500, ack=101)
        traffic.tcp(PEER, LAN, sport, 8080, ACK, after=9.5, seq=101, ack=501)
    traffic.wait(20).connect(PEER, WEB, 443)
    assert "tcp.half_open" not in rules(traffic, least=0)


@pytest.mark.parametrize("rule", INFO)
def test_exactly_one_piece_of_information(rule: str) -> None:
    traffic = Traffic()
    INFO[rule](traffic)
    assert rules(traffic) == []
    assert rules(traffic, least=0) == [rule]


def test_a_router_may_redirect() -> None:
    traffic = Traffic()
    for number in range(1, 6):
        traffic.wait(0.5).connect(LAN, f"93.184.1.{number}", 443)
    traffic.wait(2).arp(2, ROUTER, LAN, mac=ROUTER_MAC)
    body = traffic.wait(20).udp(LAN, WEB, 40000, 9)
    traffic.unreachable(ROUTER, (LAN, WEB, 17, body), code=1, kind=5)
    assert rules(traffic) == []


def test_a_machine_that_stays_is_no_change() -> None:
    traffic = Traffic()
    says(traffic, OLD)
    says(traffic, OLD, after=600)
    assert rules(traffic, least=0) == []


def test_one_source_with_decoys_is_a_scan_of_its_own() -> None:
    traffic = Traffic()
    for number in range(60):
        traffic.wait(0.5).refused("93.184.1.1" if number % 3 else f"93.184.1.{number % 12 + 2}", LAN, 1000 + number)
    assert rules(traffic) == ["scan.vertical"]


def test_a_few_failures_inform_nobody() -> None:
    traffic = Traffic()
    for _ in range(8):
        traffic.wait(2).refused(PEER, LAN, 8080)
        traffic.syn(PEER, LAN, 8081)
    assert rules(traffic, least=0) == []


def test_new_pairs_are_told_after_the_time_of_learning() -> None:
    traffic = Traffic()
    traffic.connect(LAN, PEER, 22)
    traffic.wait(100)
    for server in (PEER, ROUTER, "192.168.1.30"):
        traffic.wait(2).connect(LAN, server, 22)
        traffic.connect(LAN, WEB, 22)
    settings = DetectionSettings(chosen={"new.peer": {"learn_s": 60}})
    told = [alert for alert in alerts(traffic, settings=settings) if alert.rule == "new.peer"]
    assert [alert.destination for alert in told] == [ROUTER, "192.168.1.30"]


@pytest.mark.parametrize("cut", [(), range(1, 400, 7)], ids=["whole", "cut"])
def test_connections_of_hours_are_told_by_their_length(cut: object) -> None:
    traffic = Traffic()
    sport = traffic.connect(LAN, WEB, 443, close=False)
    inside = traffic.connect(LAN, PEER, 445, close=False)
    for _ in range(13 * 12):
        traffic.wait(300).tcp(LAN, WEB, sport, 443, 16, seq=200, ack=600)
        traffic.tcp(LAN, PEER, inside, 445, 16, seq=200, ack=600)
    (alert,) = [alert for alert in alerts(traffic, cuts=cut) if alert.rule == "c2.long"]
    assert (alert.value, alert.word, alert.destination) == (12, "medium", WEB)
    traffic.frames = [frame for frame in traffic.frames if frame[0] < 5 * HOUR]
    (alert,) = [alert for alert in alerts(traffic, cuts=cut) if alert.rule == "c2.long"]
    assert (alert.value, alert.word) == (4, "low")


@pytest.mark.parametrize("before", [0, 5 * HOUR])
def test_a_flow_that_begins_at_the_end_of_time(before: int) -> None:
    """Hours later cannot be said in nanoseconds, and it is never due; found in a damaged file."""
    traffic = Traffic()
    traffic.connect(LAN, WEB, 443)
    traffic.wait(1).syn(LAN, WEB, 8443)
    *others, (_, opening) = traffic.sorted()
    last = Fraction(np.iinfo(np.int64).max - START, SECOND)
    assert "c2.long" not in rules([*others, (last - before, opening), (last, opening)])


def test_numbers_of_rules_are_their_own() -> None:
    numbers = [kind.rule.number for kind in DETECTORS]
    assert len(set(numbers)) == len(numbers)


def test_who_asks_for_the_address_that_it_took_did_not_take_it_from_itself() -> None:
    traffic = Traffic()
    for mac in (mac_of(PEER), ROUTER_MAC, mac_of(PEER)):
        traffic.wait(1).arp(2, ROUTER, LAN, mac=mac, to=mac_of(LAN))
    traffic.wait(1).arp(1, PEER, ROUTER)
    (alert,) = [alert for alert in alerts(traffic) if alert.rule == "arp.spoof"]
    assert alert.summary.startswith(f"{mac_text(mac_of(PEER))} took {ROUTER} over from {mac_text(ROUTER_MAC)}: ")


def test_a_flood_begins_with_its_first_syn() -> None:
    traffic = Traffic()
    for _ in range(400):
        traffic.wait(0.004).syn(PEER, LAN, 8080)
    (alert,) = [alert for alert in alerts(traffic) if alert.rule == "flood.syn"]
    assert (alert.first_ns - START) / SECOND == pytest.approx(0.004)
