"""Numbers of packets that pass a view: those that can be looked at, however long the capture goes on."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netwatch.view.passing import AT_ONCE, Passing
from tests.reachable import bytes_reachable

BATCH = 100


@given(
    st.lists(st.sets(st.integers(0, BATCH - 1)), max_size=60),
    st.integers(0, 60 * BATCH),
    st.sets(st.integers(0, 60 * BATCH)),
    st.integers(0, 60 * BATCH),
)
def test_what_can_be_looked_at_stays(parts: list[set[int]], oldest: int, copies: set[int], known: int) -> None:
    """In its order, from wherever somebody goes on; what is gone counts as passed."""
    passing, every = Passing(), []
    for number, part in enumerate(parts):
        numbers = sorted(number * BATCH + place for place in part)
        every += numbers
        passing.add(np.array(numbers, np.int64))
        passing.let_go(min(oldest, number * BATCH), sorted(copies))
    found = passing.after(known).tolist()
    assert all(one < two for one, two in pairwise(found))
    assert set(found) <= {each for each in every if each > known}
    assert set(found) >= {each for each in every if each > known and (each >= oldest or each in copies)}
    assert passing.count == len(every)


def test_a_capture_of_hours_takes_no_more_memory() -> None:
    """Of ten million packets that passed as many are kept as there are in the buffer, and those with copies."""
    passing, held = Passing(), 20_000
    sizes = []
    for begin in range(1, 10_000_000, 10_000):
        passing.add(np.arange(begin, begin + 10_000))
        passing.let_go(begin - held, [5, 123_456])
        sizes.append(bytes_reachable(passing))
    assert passing.count == 10_000_000
    assert passing.after(0)[:2].tolist() == [5, 123_456]
    assert max(sizes) < 8 * (held + (AT_ONCE + 3) * 10_000) + 10_000
    assert passing.after(9_999_990).tolist() == list(range(9_999_991, 10_000_001))
