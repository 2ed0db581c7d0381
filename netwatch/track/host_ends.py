"""FlowEnds: which host is at each end of each flow, and by which address it is found again after it was evicted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.host_pending import Meetings

UNKNOWN = -1


class FlowEnds:
    """Arrays by end of a flow: row << 1 is its responder, row << 1 | 1 its initiator."""

    def __init__(self) -> None:
        self._rows = np.zeros(0, np.int32)
        self._high = np.zeros(0, np.uint64)
        self._low = np.zeros(0, np.uint64)

    def put(self, packets: Meetings, source: NDArray[np.intp], destination: NDArray[np.intp]) -> None:
        """Remember that the hosts `source` and `destination` are at the ends of the flows of `packets`."""
        # Both ends of a packet before the next packet: of several flows that had a row the last one stays
        ends = np.stack((packets.ends, packets.ends ^ 1), axis=1).ravel()
        self._fit(int(ends.max(initial=0)) + 2)
        self._rows[ends] = np.stack((source, destination), axis=1).ravel()
        self._high[ends] = np.stack((packets.source_high, packets.destination_high), axis=1).ravel()
        self._low[ends] = np.stack((packets.source_low, packets.destination_low), axis=1).ravel()

    def rows(self, ends: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the hosts at `ends`, UNKNOWN for those that were evicted."""
        self._fit(int(ends.max(initial=0)) + 2)
        return self._rows[ends].astype(np.intp)

    def addresses(self, ends: NDArray[np.intp]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Return both halves of the addresses at `ends`."""
        return self._high[ends], self._low[ends]

    def give(self, ends: NDArray[np.intp], rows: NDArray[np.intp]) -> None:
        """Put hosts at `ends` whose addresses are known already."""
        self._rows[ends] = rows

    def forget(self, gone: NDArray[np.bool_]) -> None:
        """Forget the hosts that were evicted; `gone` has one value a host."""
        known = np.maximum(self._rows, 0)
        self._rows[gone[known]] = UNKNOWN

    def _fit(self, ends: int) -> None:
        if ends <= len(self._rows):
            return
        size = max(ends, 2 * len(self._rows))
        rows = np.full(size, UNKNOWN, np.int32)
        high, low = np.zeros(size, np.uint64), np.zeros(size, np.uint64)
        for before, after in ((self._rows, rows), (self._high, high), (self._low, low)):
            after[: len(before)] = before
        self._rows, self._high, self._low = rows, high, low
