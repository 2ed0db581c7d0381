"""Rows of chosen packets: those that can still be looked at stay when the buffer goes on, under the cursor too."""

from __future__ import annotations

import numpy as np
import pytest

from netwatch.snapshot import History
from netwatch.tui.widgets.chosen_rows import leaving
from netwatch.tui.widgets.packets import PacketTable
from tests.build import FakeEngine, snapshot
from tests.tui.screen import monitor

NUMBERS = np.array([3, 5, 8, 13, 21], np.int64)


@pytest.mark.parametrize(
    ("history", "gone"),
    [
        (History(1, 30), []),
        (History(10, 30), [0, 1, 2]),
        (History(10, 30, copies=(5, 21)), [0, 2]),
        (History(40, 60, copies=(3, 5, 8, 13, 21)), []),
        (History(40, 60, again=True), []),
    ],
)
def test_what_leaves(history: History, gone: list[int]) -> None:
    assert leaving(NUMBERS, history).tolist() == gone


async def test_the_cursor_stays_on_its_packet_when_others_leave() -> None:
    async with monitor(engine=FakeEngine(snapshot(1, 30))) as (app, _):
        table = app.screen.query_one(PacketTable)
        table.narrow("none")
        table.extend(NUMBERS)
        table.go(table.first + 1)
        assert table.number == 5
        for copies, left in (((3, 5), [3, 5, 13, 21]), ((5,), [5, 13, 21]), ((), [13, 21])):
            table.show(snapshot(1, 30, history=History(10, 30, copies=copies)))
            assert table.shown_numbers() == left
            assert table.number == (5 if 5 in left else 13)
