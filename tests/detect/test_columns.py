"""Columns of events wait in the order of their packets, also those that come late."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray  # noqa: TC002  # the dataclass below is read at run time

from netwatch.detect.columns import Columns, Waiting


@dataclass(slots=True, eq=False)
class Told(Columns):
    order: NDArray[np.int64]
    """Of all that were added."""


def told(numbers: list[int], before: int) -> Told:
    every = np.array(sorted(numbers), np.int64)
    return Told(every, every * 10, np.arange(before, before + len(every)))


@given(st.lists(st.tuples(st.lists(st.integers(1, 40), max_size=5), st.integers(0, 41)), max_size=12))
def test_what_is_taken_is_what_sorting_everything_gives(steps: list[tuple[list[int], int]]):
    waiting: Waiting[Told] = Waiting()
    left: list[tuple[int, int]] = []
    added = 0
    for numbers, until in steps:
        part = told(numbers, added)
        added += len(part)
        waiting.add(part)
        left = sorted([*left, *zip(part.number.tolist(), part.order.tolist(), strict=True)])
        assert waiting.newest().tolist() == [number for number, _ in left]
        taken = waiting.take(until)
        due = [each for each in left if each[0] <= until]
        left = left[len(due) :]
        found = [] if taken is None else list(zip(taken.number.tolist(), taken.order.tolist(), strict=True))
        assert found == due
        assert taken is None or (taken.time_ns == taken.number * 10).all()
        assert waiting.waiting == bool(left)
