"""Figures: what a view counts, as snapshots show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netwatch.snapshot import Rates, ViewState


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What the trackers of a view count, in place of those of the whole capture."""

    state: ViewState
    packets: int = 0
    bytes: int = 0
    first_time_ns: int = 0
    last_time_ns: int = 0
    protocols: tuple[tuple[str, int, int], ...] = ()
    tables: tuple[tuple[str, int], ...] = ()
    rates: Rates | None = None
    malformed: int = 0
