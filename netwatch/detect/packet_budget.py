"""PacketBudget: the first packets of each second of packet time, for detectors that look at packets themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PacketBudget:
    """Picks the same packets however the capture is cut into batches."""

    def __init__(self, each_second: int) -> None:
        """Pick so many packets of a second at most."""
        self._each = each_second
        self._second = -1
        """The newest one, for time can go backwards."""
        self._taken = 0

    def take(self, time_ns: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the positions of the packets of a batch that are picked, in order."""
        if not len(time_ns):
            return np.empty(0, np.intp)
        if self._taken >= self._each and int(time_ns.max()) // SECOND <= self._second:
            return np.empty(0, np.intp)
        seconds = np.maximum.accumulate(np.maximum(time_ns // SECOND, self._second))
        rank = np.arange(len(seconds)) - np.searchsorted(seconds, seconds)
        rank[seconds == self._second] += self._taken
        self._second = int(seconds[-1])
        self._taken = int(rank[-1]) + 1
        return np.flatnonzero(rank < self._each)
