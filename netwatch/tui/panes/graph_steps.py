"""How many columns of the graph a step of time has: what is known of a young capture fills it as well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from netwatch.tables.traffic import TrafficSeries

LEAST: Final = 15
"""Steps that a graph covers at least: fewer would be blocks and no graph."""
WIDTHS: Final = (32, 24, 16, 12, 8, 6, 4, 3, 2, 1)
"""Columns of a step; apart so far that the graph of a young capture is drawn to another scale only now and then."""


def fitting(series: TrafficSeries, begin_ns: int, columns: int) -> TrafficSeries:
    """Return the newest steps of `series`, no more than fill `columns` since `begin_ns`, nanoseconds."""
    if not len(series):
        return series
    step = int(series.resolution) * SECOND
    known = max(-(-(int(series.start_ns[-1]) + step - begin_ns) // step), LEAST)
    wide = next((width for width in WIDTHS if width * known <= columns), 1)
    kept = max(columns // wide, 1)
    return replace(
        series, start_ns=series.start_ns[-kept:], packets=series.packets[:, -kept:], bits=series.bits[:, -kept:]
    )


def step_columns(steps: int, columns: int) -> int:
    """Return how many of `columns` each of `steps` has."""
    return max(columns // max(steps, 1), 1)
