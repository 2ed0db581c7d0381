"""StreamColumns: what is known of each direction of each flow, so that packets that do not matter are told in numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_SIZE: Final = 2048
UNDECIDED: Final = 0
"""Nobody knows yet whether the flow is of any interest, and this direction may tell."""
READING: Final = 1
"""The next bytes of this direction are wanted."""
IDLE: Final = 2
"""Nothing of this direction is wanted: it told nothing, its reader wants no more, it ended, or it is not TCP."""


class StreamColumns:
    """Directions by `row * 2 + from_initiator`; columns have shape (2 * rows,) and grow with the flow table's rows."""

    def __init__(self) -> None:
        self.state = np.zeros(0, np.uint8)
        self.known = np.zeros(0, np.bool_)
        """`next` is set."""
        self.next = np.zeros(0, np.uint32)
        """Sequence number of the first byte that was not handed on yet and is wanted."""
        self.tries = np.zeros(0, np.uint8)
        """Segments that told nothing, while UNDECIDED."""
        self.waiting = np.zeros(0, np.bool_)
        """Bytes behind a gap are held."""
        self.gap_end = np.zeros(0, np.uint32)
        """Sequence number of the first of these."""
        self.waits = 0
        """Directions that are waiting."""

    def reset(self, rows: NDArray[np.intp], protocol: NDArray[np.bool_]) -> None:
        """Begin flows anew in `rows`; those that are not TCP, as `protocol` says, are never looked at."""
        if not len(rows):
            return
        self._grow(int(rows.max()) * 2 + 2)
        keys = np.concatenate((rows * 2, rows * 2 + 1))
        self.state[keys] = np.tile(np.where(protocol, UNDECIDED, IDLE), 2)
        self.known[keys] = False
        self.tries[keys] = 0
        waiting = int(np.count_nonzero(self.waiting[keys]))
        if waiting:
            self.waiting[keys] = False
            self.waits -= waiting

    def wait(self, key: int, gap_end: int | None) -> None:
        """Note up to where a direction has a gap with bytes behind it, None for no gap."""
        waits = gap_end is not None
        if gap_end is not None:
            self.gap_end[key] = gap_end & 0xFFFFFFFF
        if bool(self.waiting[key]) != waits:
            self.waiting[key] = waits
            self.waits += 1 if waits else -1

    def _grow(self, needed: int) -> None:
        size = len(self.state)
        if needed <= size:
            return
        size = max(size, FIRST_SIZE)
        while size < needed:
            size *= 2
        for name in ("state", "known", "next", "tries", "waiting", "gap_end"):
            before: NDArray[Any] = getattr(self, name)
            after = np.zeros(size, before.dtype)
            after[: len(before)] = before
            setattr(self, name, after)
        # Rows that never began do not occur; were one to, it would not be looked at
        self.state[len(before) :] = IDLE
