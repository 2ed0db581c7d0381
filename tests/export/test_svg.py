"""Charts: what is drawn is what was counted, and each colour stands for one thing."""

from __future__ import annotations

import re

import numpy as np
import pytest

from netwatch.export.svg import CLASSES, time_graph
from netwatch.nanoseconds import SECOND
from netwatch.tables.resolution import Resolution
from netwatch.tables.traffic import TrafficSeries

BEGAN_NS = 1_767_225_600 * SECOND


def series(totals: list[int]) -> TrafficSeries:
    """Return two seconds in which the groups 0, 1, ... sent so many bits in all."""
    bits = np.array([[0, total] for total in totals], np.int64)
    start_ns = BEGAN_NS + np.arange(2, dtype=np.int64) * SECOND
    return TrafficSeries(Resolution.SECOND, tuple(f"g{at}" for at in range(len(totals))), start_ns, bits, bits)


def keys(drawn: str) -> list[tuple[str, str]]:
    """Return (colour, group) of the legend."""
    return re.findall(r'class="(c[0-9])" width="10" height="10"/></svg>([^<]+)', drawn)


def test_groups_that_sent_something_from_the_largest_on() -> None:
    """With when the graph begins and ends."""
    drawn = time_graph(series([5, 0, 7]))
    assert keys(drawn) == [("c0", "g2"), ("c1", "g0")]
    assert drawn.count("<polygon") == 2
    assert "2026-01-01 00:00:00" in drawn
    assert "2026-01-01 00:00:01" in drawn
    assert "at most 12 b/s" in drawn


@pytest.mark.parametrize("groups", [CLASSES, CLASSES + 1, 3 * CLASSES], ids=str)
def test_no_colour_stands_for_two_groups(groups: int) -> None:
    """Those for which there is none are drawn as one."""
    found = keys(time_graph(series(list(range(groups, 0, -1)))))
    assert [colour for colour, _ in found] == [f"c{at}" for at in range(CLASSES)]
    own = CLASSES if groups == CLASSES else CLASSES - 1
    assert [name for _, name in found[:own]] == [f"g{at}" for at in range(own)]
    if groups > CLASSES:
        assert found[-1][1] == f"{groups - own} others"


def test_nothing_to_draw() -> None:
    """No empty frame."""
    assert time_graph(series([0, 0])) == ""
