"""Regular calls, new hosts and new services: what must give one alert and what must give none."""

from __future__ import annotations

import random

import pytest

from netwatch.detect.detectors.c2_beacon import C2Beacon
from netwatch.detect.detectors.c2_beacon import Thresholds as BeaconThresholds
from netwatch.detect.detectors.new_host import NewHost
from netwatch.detect.detectors.new_host import Thresholds as HostThresholds
from netwatch.detect.detectors.new_service import NewService
from netwatch.detect.first_seen import FirstSeen
from netwatch.detect.learning import LearningThresholds
from netwatch.detect.regularity import regularity
from tests.detect.traffic import LAN, PEER, ROUTER, WEB, Traffic, alerts, mac_of
from tests.quic_packets import crypto, initial
from tests.tls_messages import (
    alpn,
    client_hello,
    extension,
    record,
    server_hello,
    server_name,
    usual_hello,
    versions,
)


def calls(traffic: Traffic, gaps: list[float], *, source: str = LAN, target: str = WEB, port: int = 8443) -> None:
    for gap in gaps:
        traffic.wait(gap).connect(source, target, port, request=b"x" * 120, answer=b"y" * 40)


def beacons(traffic: Traffic, **how: object) -> list[object]:
    return list(alerts(traffic, detectors=[C2Beacon(BeaconThresholds(**how))]))


@pytest.mark.parametrize("jitter", [0.0, 0.1, 0.3])
def test_calls_every_minute_are_one_alert(jitter: float) -> None:
    draw = random.Random(3)
    traffic = Traffic()
    calls(traffic, [60 * draw.uniform(1 - jitter, 1 + jitter) for _ in range(90)])
    (alert,) = beacons(traffic)
    assert (alert.rule, alert.source, alert.destination, alert.port) == ("c2.beacon", LAN, WEB, 8443)
    assert alert.severity == 2
    assert dict(alert.evidence)["machines that call it"] == "1 of 1"


def test_the_same_whatever_the_batches() -> None:
    traffic = Traffic()
    calls(traffic, [60.0] * 40)
    whole = beacons(traffic)
    cut = list(alerts(traffic, detectors=[C2Beacon(BeaconThresholds())], cuts=range(0, 320, 7)))
    assert [(alert.value, alert.summary, alert.packets) for alert in cut] == [
        (alert.value, alert.summary, alert.packets) for alert in whole
    ]


def test_rare_among_several_machines_is_high() -> None:
    traffic = Traffic()
    for number in range(3):
        traffic.wait(1).connect(f"192.168.1.{40 + number}", "198.51.100.9", 443)
    calls(traffic, [60.0] * 40)
    (alert,) = beacons(traffic)
    assert alert.severity == 3


@pytest.mark.parametrize(("name", "told"), [("c2.example", ["c2.example"]), ("1-courier.push.apple.com", [])])
def test_a_name_stands_for_all_its_addresses_and_may_be_allowed(name: str, told: list[str]) -> None:
    traffic = Traffic()
    hello, answer = record(22, usual_hello(name.encode())), record(22, server_hello())
    for number in range(40):
        traffic.wait(60).connect(LAN, f"93.184.216.{30 + number % 3}", 443, request=hello, answer=answer)
    assert [alert.destination for alert in beacons(traffic)] == told


def quic_call(traffic: Traffic, name: bytes, port: int, *, answered: bool = True) -> None:
    """A client says hello in QUIC, and the server answers."""
    original = f"call{port:04}".encode()
    hello = client_hello(server_name(name), alpn(b"h3"), versions(0x0304), extension(57, bytes(300)))
    traffic.udp(LAN, WEB, 40000 + port, 443, initial(crypto(0, hello), original=original, size=1100))
    if answered:
        frames = crypto(0, server_hello(extension(43, b"\3\4")))
        answer = initial(frames, original=original, destination=b"", source=b"servers", server=True, size=1000)
        traffic.udp(WEB, LAN, 443, 40000 + port, answer, after=0.02)


@pytest.mark.parametrize(
    ("name", "answered", "told"),
    [(b"c2.example", True, 1), (b"c2.example", False, 0), (b"1-courier.push.apple.com", True, 0)],
    ids=["answered", "silent", "allowed"],
)
def test_calls_in_quic(name: bytes, answered: bool, told: int) -> None:
    """Known by their name as those of TLS; what nobody answers is no call."""
    traffic = Traffic()
    for port in range(32):
        quic_call(traffic.wait(60), name, port, answered=answered)
    assert [(alert.destination, alert.protocol) for alert in beacons(traffic)] == [("c2.example", "QUIC")] * told


def test_the_host_of_a_request_is_a_name_too() -> None:
    """Several addresses of one host over HTTP are one place."""
    traffic = Traffic()
    for number in range(40):
        request = b"GET /poll HTTP/1.1\r\nHost: C2.example\r\n\r\n"
        traffic.wait(60).connect(LAN, f"93.184.216.{30 + number % 3}", 80, request=request)
    assert [alert.destination for alert in beacons(traffic)] == ["c2.example"]


def browsing(traffic: Traffic) -> None:
    draw = random.Random(5)
    for _ in range(120):
        traffic.wait(draw.expovariate(1 / 60)).connect(LAN, WEB, 443, request=b"x" * draw.randrange(200, 900))


def even_gaps(traffic: Traffic) -> None:
    draw = random.Random(6)
    for _ in range(100):
        traffic.wait(draw.uniform(100, 600)).connect(LAN, WEB, 443, request=b"x" * draw.randrange(200, 900))


def nearby(traffic: Traffic) -> None:
    calls(traffic, [60.0] * 60, target=PEER)


def mail(traffic: Traffic) -> None:
    calls(traffic, [300.0] * 60, port=993)


def short(traffic: Traffic) -> None:
    calls(traffic, [20.0] * 60)


def refused(traffic: Traffic) -> None:
    for _ in range(60):
        traffic.wait(60).refused(LAN, WEB, 8443)


def fast(traffic: Traffic) -> None:
    calls(traffic, [6.0] * 320)


def everybody(traffic: Traffic) -> None:
    for _ in range(40):
        traffic.wait(60)
        for number in range(5):
            traffic.connect(f"192.168.1.{40 + number}", WEB, 443)


def inbound(traffic: Traffic) -> None:
    calls(traffic, [60.0] * 60, source=WEB, target=LAN)


@pytest.mark.parametrize("make", [browsing, even_gaps, nearby, mail, short, refused, fast, everybody, inbound])
def test_what_is_no_beacon(make: object) -> None:
    traffic = Traffic()
    make(traffic)
    assert beacons(traffic) == []


def test_regularity() -> None:
    assert regularity([60.0] * 10) == 1
    assert regularity([0.0] * 10) == 1
    draw = random.Random(1)
    assert regularity([draw.expovariate(1 / 60) for _ in range(400)]) < 0.65
    assert regularity([1.0] * 50 + [500.0]) == 1


def test_new_hosts_once_each_after_learning() -> None:
    traffic = Traffic()
    traffic.arp(1, LAN, ROUTER)
    traffic.wait(10).connect(PEER, WEB, 443)
    traffic.wait(100)
    traffic.connect(LAN, WEB, 443)
    traffic.arp(1, "192.168.1.77", ROUTER)
    traffic.wait(5).connect("192.168.1.77", WEB, 443)
    traffic.wait(5).connect("192.168.1.78", WEB, 443)
    traffic.wait(5).arp(1, "192.168.1.79", ROUTER, mac=0x0211_2233_4455)
    found = alerts(traffic, detectors=[NewHost(HostThresholds(learn_s=60))])
    assert [(alert.rule, alert.source, alert.severity) for alert in found] == [
        ("new.host", "192.168.1.77", 0),
        ("new.host", "192.168.1.78", 0),
    ]
    private = alerts(traffic, detectors=[NewHost(HostThresholds(learn_s=60, private=True))])
    assert [alert.source for alert in private] == ["192.168.1.77", "192.168.1.78", "192.168.1.79"]
    assert alerts(traffic, detectors=[NewHost(HostThresholds())]) == ()


def test_a_known_host_with_another_address_is_not_new() -> None:
    traffic = Traffic()
    traffic.arp(1, LAN, ROUTER)
    traffic.wait(100).arp(1, "192.168.1.99", ROUTER, mac=mac_of(LAN))
    assert alerts(traffic, detectors=[NewHost(HostThresholds(learn_s=60))]) == ()


def test_new_services_once_each_after_learning() -> None:
    traffic = Traffic()
    traffic.connect(PEER, LAN, 22)
    traffic.wait(100)
    traffic.connect(PEER, LAN, 22)
    traffic.wait(1).connect(PEER, LAN, 8080)
    traffic.wait(1).connect(ROUTER, LAN, 8080)
    traffic.wait(1).refused(PEER, LAN, 8081)
    traffic.wait(1).connect(LAN, WEB, 9999)
    (alert,) = alerts(traffic, detectors=[NewService(LearningThresholds(learn_s=60))])
    assert (alert.rule, alert.destination, alert.port, alert.severity) == ("new.service", LAN, 8080, 0)
    assert alerts(traffic, detectors=[NewService(LearningThresholds())]) == ()


def test_what_was_seen_is_bounded_and_forgotten() -> None:
    seen = FirstSeen(2, 100)
    assert [seen.add(thing, time) for thing, time in (("a", 0), ("a", 50), ("b", 60), ("a", 151), ("c", 160))] == [
        True,
        False,
        True,
        True,
        True,
    ]
    assert (len(seen), seen.evicted) == (2, 1)
