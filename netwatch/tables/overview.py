"""What the first screen and a report hold: the essence of every tracker, frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netwatch.snapshot import Rates
    from netwatch.tables.flows import FlowCounts, FlowTable


@dataclass(frozen=True, slots=True)
class Losses:
    """What the trackers could not hold or look at."""

    evicted_flows: int = 0
    inspection_skipped: int = 0
    """Messages that were not read because too many came at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """What is going on."""

    rates: Rates
    protocols: tuple[tuple[str, int, int], ...]
    """(name, packets, bytes) of each protocol, most bytes first."""
    flows: FlowCounts


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What a report tells besides totals."""

    flow_counts: FlowCounts
    flows: FlowTable
    """The heaviest, in falling order."""
