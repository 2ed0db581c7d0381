"""Resets by somebody in between are told from those of the ends themselves."""

from __future__ import annotations

import pytest

from netwatch.detect.detectors.tcp_rst_inject import MOST_ODD
from tests.detect.traffic import ACK, LAN, PEER, PSH, RST, SYN, WEB, Traffic, alerts, detect


def conversation(
    traffic: Traffic, *, reset_ttl: int, goes_on: bool = True, later_ttl: int = 52, server: str = WEB
) -> None:
    """A server's packets have 12 hops behind them; then there is a RST in its name, and perhaps more data."""
    port = traffic.port()
    traffic.tcp(LAN, server, port, 80, SYN, seq=100)
    traffic.tcp(server, LAN, 80, port, SYN | ACK, after=0.01, seq=500, ack=101, ttl=52)
    traffic.tcp(LAN, server, port, 80, PSH | ACK, b"GET / HTTP/1.1\r\n\r\n", after=0.02, seq=101, ack=501)
    traffic.tcp(server, LAN, 80, port, PSH | ACK, b"some", after=0.03, seq=501, ack=119, ttl=52)
    traffic.tcp(server, LAN, 80, port, RST, after=0.031, seq=505, ttl=reset_ttl)
    if goes_on:
        traffic.tcp(server, LAN, 80, port, PSH | ACK, b" more", after=0.04, seq=505, ack=119, ttl=later_ttl)
    traffic.wait(5).connect(LAN, WEB, 443)


def injected(traffic: Traffic, **how: object) -> list[tuple[str, tuple[int, ...]]]:
    """Return (TTLs, packets) of the alerts of the detector."""
    found = [alert for alert in alerts(traffic, **how) if alert.rule == "tcp.rst_inject"]
    return [(dict(alert.evidence)["TTL"], alert.packets) for alert in found]


@pytest.mark.parametrize("cuts", [(), range(1, 20), (5,), (4, 6)], ids=["one", "each", "before", "around"])
def test_a_reset_from_elsewhere_is_told_when_the_end_goes_on(cuts: object) -> None:
    traffic = Traffic()
    conversation(traffic, reset_ttl=61)
    assert injected(traffic, cuts=cuts) == [("61 of the RST, 52 of the packets before it", (5, 6))]


def test_on_the_own_network_it_matters_more() -> None:
    for source, severity in ((WEB, 0), (PEER, 2)):
        traffic = Traffic()
        conversation(traffic, reset_ttl=61, server=source)
        assert [alert.severity for alert in alerts(traffic) if alert.rule == "tcp.rst_inject"] == [severity]


def test_the_ends_own_resets_are_fine() -> None:
    for words in ({"reset_ttl": 52}, {"reset_ttl": 54}, {"reset_ttl": 61, "goes_on": False}):
        traffic = Traffic()
        conversation(traffic, **words)
        assert injected(traffic) == [], words
    moved = Traffic()
    conversation(moved, reset_ttl=61, later_ttl=61)  # another way through the network
    assert injected(moved) == []


def test_a_port_that_is_used_again_is_another_connection() -> None:
    traffic = Traffic()
    conversation(traffic, reset_ttl=61, goes_on=False)
    port = 32769
    traffic.connect(LAN, WEB, 80, sport=port)
    assert injected(traffic) == []


def test_answers_to_a_scan_hide_no_reset_from_elsewhere_and_are_not_left_out() -> None:
    traffic = Traffic()
    for port in range(1, 401):
        traffic.wait(0.0001).refused(PEER, LAN, port)
    conversation(traffic.wait(0.1), reset_ttl=61)
    assert detect(traffic).skipped == 0
    assert injected(traffic) == [("61 of the RST, 52 of the packets before it", (805, 806))]


def test_more_odd_resets_than_can_be_remembered_are_counted() -> None:
    traffic, ports = Traffic(), range(40001, 40301)
    for port in ports:
        traffic.tcp(WEB, LAN, 80, port, PSH | ACK, b"some", after=0.0, seq=501, ttl=52)
        traffic.tcp(WEB, LAN, 80, port, RST, after=0.1, seq=505, ttl=61)
    assert detect(traffic).skipped == len(ports) - MOST_ODD
