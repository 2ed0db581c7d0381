"""Columns that grow, are given back and used again; segments and their running figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.track.flow_order import Segments, flow_order, grouped, segments_of
from netwatch.track.flow_storage import FIRST_SIZE, Storage, column


class Columns(Storage):
    single = column(np.int64)
    filled = column(np.int32, fill=-1)
    pair = column(np.uint8, 2)


def test_rows_are_empty_when_taken_and_when_taken_again():
    columns = Columns(FIRST_SIZE * 4)
    first = columns.take(3)
    assert first.tolist() == [0, 1, 2]
    for values in (columns.single, columns.filled, columns.pair):
        values[:] = 9
    columns.give_back(np.array([1]))
    assert columns.used == 2
    again = columns.take(2)
    assert again.tolist() == [1, 3]
    assert columns.single[1] == 0
    assert columns.filled[1] == -1
    assert columns.pair[2:4].tolist() == [0, 0]
    assert columns.pair[:2].tolist() == [9, 9]


def test_columns_grow_and_keep_what_they_hold():
    columns = Columns(FIRST_SIZE * 4)
    rows = columns.take(FIRST_SIZE)
    columns.single[rows] = rows
    columns.pair[rows * 2 + 1] = 7
    more = columns.take(FIRST_SIZE + 1)
    assert more.tolist() == list(range(FIRST_SIZE, 2 * FIRST_SIZE + 1))
    assert columns.single[rows].tolist() == rows.tolist()
    assert columns.pair.reshape(-1, 2)[: 2 * FIRST_SIZE + 1, 1].tolist() == [7] * FIRST_SIZE + [0] * (FIRST_SIZE + 1)
    assert set(columns.filled[more].tolist()) == {-1}


def test_there_is_a_cap():
    columns = Columns(10)
    columns.take(8)
    assert columns.room == 2
    with pytest.raises(ValueError, match="3 rows wanted, 2 left of 10"):
        columns.take(3)


LISTS = st.lists(st.lists(st.integers(-(1 << 61), 1 << 61), min_size=1, max_size=6), min_size=1, max_size=6)


@given(LISTS, st.integers(-(1 << 61), 1 << 61))
def test_running_figures_of_segments(lists, first):
    """Even where values are so far apart that segments cannot be lifted above each other."""
    starts = np.cumsum([0, *map(len, lists[:-1])])
    values = np.array([value for each in lists for value in each])
    segments = Segments(starts, len(values))
    before = np.full(len(lists), first)
    largest, previous, running = [], [], []
    for each in lists:
        so_far = [first, *each]
        previous += so_far[:-1]
        largest += [max(so_far[: index + 1]) for index in range(len(each))]
        running += [max(each[: index + 1]) for index in range(len(each))]
    assert segments.previous(values, before).tolist() == previous
    assert segments.largest_before(values, before).tolist() == largest
    assert segments.running_max(values).tolist() == running
    assert segments.number.tolist() == [index for index, each in enumerate(lists) for _ in each]
    small = values >> 40
    sums = [sum(value >> 40 for value in each[: index + 1]) for each in lists for index in range(len(each))]
    assert segments.running_sum(small).tolist() == sums


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans())))
def test_flow_order(packets):
    rows = np.array([row for row, _ in packets], np.intp)
    sender = np.array([second for _, second in packets], np.bool_)
    order = flow_order(rows, sender)
    wanted = sorted(range(len(packets)), key=lambda position: packets[position][0])
    assert order.positions.tolist() == wanted
    assert order.rows.tolist() == [packets[position][0] for position in wanted]
    assert order.sender.tolist() == [int(packets[position][1]) for position in wanted]
    assert order.ends.tolist() == [packets[position][0] * 2 + packets[position][1] for position in wanted]
    assert grouped(rows)[0].tolist() == wanted
    assert len(segments_of(order.rows).starts) == len({row for row, _ in packets})
