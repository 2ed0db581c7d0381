"""SliceCutter: where slices of packet time end, told by packets and their times alone: batches do not matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.detect.gather_times import LEAST_PACKETS, TICKS_A_SECOND

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEFORE: Final = -1
"""The position of the last packet before a batch."""


class SliceCutter:
    """A slice ends with a tick if it has LEAST_PACKETS by then, and with every full second."""

    def __init__(self) -> None:
        self.tick = -1
        """The one of the newest packet, or of the time that passed without packets; -1 before the first."""
        self._second = -1
        """In which the running slice began."""
        self._packets = 0
        """Of the running slice."""

    def cuts(self, ticks: NDArray[np.int64]) -> list[int]:
        """Return the positions of the last packets of slices, given the ticks of the packets of a batch, ascending.

        BEFORE stands for the slice that ran until this batch; the last packet of the batch is never among them.
        """
        edges = [] if ticks[0] == ticks[-1] else np.flatnonzero(ticks[1:] != ticks[:-1]).tolist()
        if self.tick < 0:
            self._second = int(ticks[0]) // TICKS_A_SECOND
        elif ticks[0] != self.tick:
            edges.insert(0, BEFORE)
        found = []
        begin = -self._packets
        for edge, tick in zip(edges, ticks[[edge + 1 for edge in edges]].tolist(), strict=True):
            second = tick // TICKS_A_SECOND
            if edge + 1 - begin >= LEAST_PACKETS or second != self._second:
                found.append(edge)
                begin, self._second = edge + 1, second
        self.tick, self._packets = int(ticks[-1]), len(ticks) - begin
        return found

    def pass_time(self, tick: int, *, eager: bool) -> bool:
        """Let time pass without packets; return whether the running slice is over, `eager` for as soon as may be."""
        second = tick // TICKS_A_SECOND
        if self.tick < 0 or tick <= self.tick or not (eager or second != self._second):
            return False
        self.tick, self._second, self._packets = tick, second, 0
        return True
