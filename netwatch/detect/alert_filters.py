"""What tells the packets of an alert from all others: by number, or by time with what was before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.track.packet_numbers import NumberFilter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.alerts import Alert

AROUND_NS: Final = 10_000_000_000
"""Packet time before the first and after the last packet of an alert that is saved with it."""


@dataclass(frozen=True, slots=True)
class TimeFilter:
    """Passes the packets of a span of time."""

    label: str
    first_ns: int
    last_ns: int

    def mask(self, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return which packets of a batch pass."""
        time_ns = batch.frames.time_ns
        passing: NDArray[np.bool_] = (time_ns >= self.first_ns) & (time_ns <= self.last_ns)
        return passing


def packets_of(alert: Alert) -> NumberFilter:
    """Return the filter of the packets that an alert rests on."""
    return NumberFilter(f"alert {alert.serial} {alert.rule}", np.unique(np.array(alert.packets, np.int64)))


def around(alert: Alert) -> TimeFilter:
    """Return the filter of everything from shortly before an alert to shortly after it."""
    label = f"alert {alert.serial}: {alert.word} {alert.rule}: {alert.summary}"
    return TimeFilter(label, min(alert.first_ns, alert.opened_ns) - AROUND_NS, alert.last_ns + AROUND_NS)
