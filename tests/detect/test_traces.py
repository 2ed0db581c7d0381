"""A trace explains closed ports of its own target only, and only while it lasts."""

from __future__ import annotations

import pytest

from tests.detect.traffic import LAN, PEER, WEB, Traffic, rules


def trace(traffic: Traffic) -> None:
    for hop in range(3):
        body = traffic.wait(0.1).udp(LAN, WEB, 40000, 33000 + hop, ttl=hop + 1)
        traffic.unreachable(f"93.0.{hop}.1", (LAN, WEB, 17, body), code=0, kind=11)


def closed(traffic: Traffic, target: str, first: int) -> None:
    for port in range(first, first + 12):
        body = traffic.wait(0.1).udp(LAN, target, 40000, port)
        traffic.unreachable(target, (LAN, target, 17, body))


@pytest.mark.parametrize(
    ("target", "first", "pause", "told"),
    [(WEB, 33010, 1, []), (WEB, 33010, 300, ["scan.udp"]), (WEB, 600, 1, ["scan.udp"]), (PEER, 33010, 1, ["scan.udp"])],
    ids=["traced", "later", "low", "other"],
)
def test_what_a_trace_explains(target: str, first: int, pause: int, told: list[str]) -> None:
    traffic = Traffic()
    trace(traffic)
    closed(traffic.wait(pause), target, first)
    assert rules(traffic) == told
