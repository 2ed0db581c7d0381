"""Answers that contradict one another are told; those that are repeated, turned round or asked for again are not."""

from __future__ import annotations

import pytest

from tests.detect.names_traffic import LookUps, addresses
from tests.detect.traffic import LAN, ROUTER, alerts, rules

TRUE, FORGED = "93.184.216.34", "93.184.216.99"


def asked(traffic: LookUps, name: str, *answers: tuple[float, tuple[str, ...]], times: int = 1) -> None:
    """Ask for a name and answer with each group of addresses, so many seconds later."""
    port, identifier = traffic.query(name)
    for _ in range(times - 1):
        traffic.wait(0.5).query(name, identifier=identifier, source_port=port)
    for after, group in answers:
        body = traffic.response(name, identifier, addresses(group))
        traffic.udp(ROUTER, LAN, 53, port, body, after=after)
    traffic.wait(10)


def forged(count: int) -> LookUps:
    traffic = LookUps()
    for number in range(count):
        asked(traffic, f"www{number}.example.com", (0.01, (FORGED,)), (0.03, (TRUE,)))
    return traffic


def test_answers_of_somebody_else_are_one_alert() -> None:
    (alert,) = alerts(forged(5))
    assert (alert.rule, alert.word, alert.value) == ("dns.spoof", "high", 5)
    assert f"{FORGED} and {TRUE}" in alert.summary
    assert len(alert.packets) >= 5


def test_the_same_whatever_the_batches() -> None:
    traffic = forged(4)
    told = [[(one.summary, one.packets) for one in alerts(traffic, cuts=cuts)] for cuts in ((), range(1, 12))]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("answers", "times"),
    [
        (((0.01, (TRUE,)), (0.02, (TRUE,))), 1),
        (((0.01, (TRUE, FORGED)), (0.02, (FORGED, TRUE))), 1),
        (((0.01, (TRUE,)), (0.02, (FORGED,))), 2),
        (((0.01, (TRUE,)), (0.02, ("2606:2800:220::1",))), 1),
        (((0.01, (TRUE,)), (8, (FORGED,))), 1),
    ],
    ids=["copy", "turned", "again", "family", "later"],
)
def test_what_is_no_contradiction(answers: tuple[tuple[float, tuple[str, ...]], ...], times: int) -> None:
    traffic = LookUps()
    for number in range(4):
        asked(traffic, f"www{number}.example.com", *answers, times=times)
    assert rules(traffic) == []


def test_once_is_a_fault() -> None:
    assert rules(forged(1)) == []
