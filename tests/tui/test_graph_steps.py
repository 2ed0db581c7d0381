"""The steps of the graph: a young capture fills it, an old one has a column a step, and what is brushed is its time."""

from __future__ import annotations

import numpy as np
import pytest

from netwatch.nanoseconds import SECOND
from netwatch.tables.resolution import Resolution
from netwatch.tables.traffic import TrafficSeries
from netwatch.tui.panes.graph_steps import LEAST, WIDTHS, fitting, step_columns
from netwatch.tui.panes.overview import OverviewPane
from tests.tui.screen import monitor, settle, text_of

END = 2_000 * SECOND


def series(steps: int, resolution: Resolution = Resolution.SECOND) -> TrafficSeries:
    """Return a series of two groups that ends at END."""
    start = END - np.arange(steps, 0, -1) * int(resolution) * SECOND
    counted = np.arange(2 * steps).reshape(2, steps)
    return TrafficSeries(resolution, ("a", "b"), start, counted, counted * 8)


@pytest.mark.parametrize("resolution", Resolution)
@pytest.mark.parametrize("columns", [78, 156, 158, 316, 476])
def test_what_is_known_fills_the_graph(columns: int, resolution: Resolution) -> None:
    """From the first steps on all that is known is shown, the newest last, and more than half of the columns are it."""
    for known in range(1, columns + 40):
        shown = fitting(series(columns, resolution), END - known * int(resolution) * SECOND, columns)
        wide = step_columns(len(shown), columns)
        assert int(shown.start_ns[-1]) == END - int(resolution) * SECOND
        assert min(known, columns) <= len(shown) <= columns
        assert len(shown) == shown.packets.shape[1] == shown.bits.shape[1]
        assert wide * len(shown) <= columns
        if known >= LEAST:
            assert wide == WIDTHS[0] or min(known, columns) * wide > columns / 2, known


def test_a_capture_without_packets_has_narrow_steps() -> None:
    """Nothing is known of it, not even when it begins; and a series may be empty."""
    assert len(fitting(series(316), 0, 316)) == 316
    empty = series(0)
    assert fitting(empty, 0, 316) is empty


async def test_what_is_brushed_is_the_time_under_the_mouse() -> None:
    """A cell of a wide step is a part of it: both ends of the range are where the mouse was."""
    async with monitor((160, 45)) as (app, pilot):
        await pilot.press("1")
        await settle(app, pilot, lambda: "Throughput, last 19 s" in text_of(app))
        pane = app.screen.query_one(OverviewPane)
        assert pane._latest is not None
        found = pane._latest.series
        wide = step_columns(len(found), 2 * (160 - 2))
        end = int(found.start_ns[-1]) + SECOND
        await pilot.mouse_down(pane, offset=(159 - wide, 4))
        await pilot.hover(pane, offset=(158, 4))
        await pilot.mouse_up(pane, offset=(158, 4))
        await settle(app, pilot, lambda: app._engine.snapshot().view is not None)
        view = app._engine.snapshot().view
        assert view is not None
        assert view.time_range == (end - 2 * SECOND, end - 1)
