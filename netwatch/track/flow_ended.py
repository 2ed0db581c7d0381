"""EndedFlows: each flow once, when it is over, for whoever writes a line a flow."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP
from netwatch.nanoseconds import SECOND
from netwatch.track.conn_state import is_over

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.tables.flows import FlowTable
    from netwatch.track.flow import FlowTracker

CLOSE_DELAY_NS: Final = 5 * SECOND
"""Zeek's tcp_close_delay: what comes so soon after the end still belongs to the connection."""
LOOK_NS: Final = SECOND
"""Packet time between two looks at all flows."""


class Why(Enum):
    """Why a flow is told, in the words of EVE."""

    TIMEOUT = "timeout"
    FORCED = "forced"
    """It left the table, which was full."""
    SHUTDOWN = "shutdown"
    """The capture ended."""


class Ended(NamedTuple):
    """Flows that are over."""

    flows: FlowTable
    why: Why


class EndedFlows:
    """Looks at the table once a second of packet time, and hears of flows that leave it."""

    def __init__(self, tracker: FlowTracker) -> None:
        """Watch `tracker`, which nobody else may do."""
        self._tracker = tracker
        self._told = np.zeros(tracker.columns.capacity, np.int64)
        """Serial of the flow of each row that was told last."""
        self._looked_ns: int | None = None
        self._left: list[Ended] = []
        tracker.leaving = self._leave

    def take(self) -> list[Ended]:
        """Return the flows that ended since the last time."""
        found, self._left = self._left, []
        now_ns = self._tracker.now_ns
        if self._looked_ns is not None and now_ns - self._looked_ns < LOOK_NS:
            return found
        self._looked_ns = now_ns
        self._tracker.measure()
        columns, rows = self._tracker.columns, self._untold()
        idle = now_ns - columns.last_ns[rows]
        timeouts = self._tracker.timeouts
        tcp = columns.protocol[rows] == PROTOCOL_TCP
        over = (columns.slot[rows] == 0) | (idle > np.where(tcp, timeouts.tcp_ns, timeouts.other_ns))
        over |= tcp & is_over(columns.state[rows]) & (idle > CLOSE_DELAY_NS)
        return [*found, *self._tell(rows[over], Why.TIMEOUT)]

    def finish(self) -> list[Ended]:
        """Return all that were not told yet: the capture is over."""
        found = self.take()
        self._tracker.measure()
        return [*found, *self._tell(self._untold(), Why.SHUTDOWN)]

    def _untold(self) -> NDArray[np.intp]:
        rows = self._tracker.rows()
        untold: NDArray[np.intp] = rows[self._told[rows] != self._tracker.columns.serial[rows]]
        return untold

    def _leave(self, rows: NDArray[np.intp]) -> None:
        columns = self._tracker.columns
        self._left += self._tell(rows[self._told[rows] != columns.serial[rows]], Why.FORCED)

    def _tell(self, rows: NDArray[np.intp], why: Why) -> list[Ended]:
        if not len(rows):
            return []
        serials = self._tracker.columns.serial[rows]
        self._told[rows] = serials
        return [Ended(self._tracker.table(rows[np.argsort(serials)]), why)]
