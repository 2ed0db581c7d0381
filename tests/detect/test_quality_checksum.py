"""Wrong checksums are told of one sender elsewhere, never of frames that a card had yet to finish."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netwatch.decode.decoder import decode
from netwatch.detect.packet_budget import PacketBudget
from netwatch.nanoseconds import SECOND
from netwatch.track.checksums import ChecksumCounter
from tests.detect.fixtures.checksums import segment
from tests.detect.traffic import PEER, START, WEB, Traffic, alerts, block_of

BAD = "198.51.100.9"


def found(traffic: Traffic, **how: Any) -> list[tuple[str, int]]:
    return [
        (alert.summary, int(alert.severity)) for alert in alerts(traffic, **how) if alert.rule == "quality.checksum"
    ]


def mixed(*, kind: str = "bad", source: str = BAD, others: int = 120, each: int = 4, wrong: int = 30) -> Traffic:
    """Packets of others that are right, among them those of one sender."""
    traffic = Traffic()
    for number in range(others):
        segment(traffic, WEB, number)
        if number >= others // 2 and number % 2 == 0 and wrong > 0:
            segment(traffic, source, number, kind=kind)
            wrong -= 1
            for more in range(each - 4):
                segment(traffic, source, number * 100 + more)
    return traffic


@pytest.mark.parametrize("cuts", [(), range(1, 200), (91, 93)], ids=["one", "each", "around"])
def test_one_sender_elsewhere_is_told_and_nearer_ones_matter_less(cuts: Any) -> None:
    assert found(mixed(), cuts=cuts) == [(f"30 of 30 packets from {BAD} have a wrong checksum", 1)]
    assert found(mixed(source=PEER), cuts=cuts) == [(f"30 of 30 packets from {PEER} have a wrong checksum", 0)]


def test_what_is_no_news() -> None:
    assert found(mixed(kind="offloaded")) == []
    assert found(mixed(kind="good")) == []
    assert found(mixed(wrong=19)) == []
    # too few others to know that the capture is right
    few = Traffic()
    for number in range(100):
        segment(few, BAD, number, kind="bad")
    assert found(few) == []
    # the others' are wrong too
    everywhere = Traffic()
    for number in range(200):
        segment(everywhere, BAD if number % 2 else WEB, number, kind="bad")
    assert found(everywhere) == []
    # twenty of many
    rare = mixed(wrong=22, each=40)
    assert found(rare) == []


def test_few_packets_are_judged_as_many_are() -> None:
    traffic = mixed(others=40)
    for odd in range(9):
        traffic.raw(traffic.frames[odd][1][:-1])
    batch = decode(block_of(traffic.sorted()), 1)
    every = set(ChecksumCounter().wrong(batch, np.ones(len(batch), np.bool_)).tolist())
    one_by_one: set[int] = set()
    for position in range(len(batch)):
        wanted = np.zeros(len(batch), np.bool_)
        wanted[position] = True
        one_by_one.update(ChecksumCounter().wrong(batch, wanted).tolist())
    assert one_by_one == every
    assert 10 <= len(every) < len(batch)


def test_a_budget_is_the_same_however_a_capture_is_cut() -> None:
    draw = np.random.default_rng(3)
    times = START + np.sort(draw.integers(0, 5 * SECOND, 400)).astype(np.int64)
    times[50:60] -= 2 * SECOND  # time goes backwards
    whole = PacketBudget(20).take(times).tolist()
    for size in (1, 7, 90):
        budget, picked = PacketBudget(20), []
        for start in range(0, len(times), size):
            picked += (budget.take(times[start : start + size]) + start).tolist()
        assert picked == whole
    assert len(whole) == 100
    assert PacketBudget(20).take(times[:0]).tolist() == []
