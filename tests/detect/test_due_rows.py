"""DueRows: what is due comes in the order in which it began to wait, whether times ascend or not."""

from __future__ import annotations

import numpy as np
import pytest

from netwatch.detect.due_rows import DueRows


def taken(waiting: DueRows, until_ns: int) -> list[tuple[int, int, int]]:
    """Return (row, serial, time) of what is due."""
    return [row for parts in waiting.take(until_ns) for row in zip(*(part.tolist() for part in parts), strict=True)]


@pytest.mark.parametrize(
    ("times", "due", "later"),
    [([10, 20, 20, 30], [0, 1, 2], [3]), ([10, 30, 20, 20], [0, 2, 3], [1]), ([30, 10], [1], [0])],
    ids=["ascending", "one late", "descending"],
)
def test_rows_are_taken_once_they_are_due(times: list[int], due: list[int], later: list[int]) -> None:
    waiting = DueRows()
    rows = np.arange(len(times)) + 100
    waiting.add(rows, rows * 2, np.array(times))
    waiting.add(rows[:0], rows[:0], rows[:0])

    def of(at: list[int]) -> list[tuple[int, int, int]]:
        return [(100 + row, 200 + 2 * row, times[row]) for row in at]

    assert taken(waiting, 9) == []
    assert taken(waiting, 20) == of(due)
    assert taken(waiting, 29) == []
    assert taken(waiting, 30) == of(later)


def test_what_waits_behind_something_younger_waits_with_it() -> None:
    waiting = DueRows()
    for row, time_ns in ((1, 10), (2, 30), (3, 20)):
        waiting.add(np.array([row]), np.array([0]), np.array([time_ns]))
    assert taken(waiting, 25) == [(1, 0, 10)]
    assert taken(waiting, 30) == [(2, 0, 30), (3, 0, 20)]
