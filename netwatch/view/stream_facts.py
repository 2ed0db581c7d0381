"""StreamFacts: what all packets before tell of the packets that are in sight, learned as far as somebody asks."""

from __future__ import annotations

import time
from dataclasses import fields
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.part import taken
from netwatch.filter.streams import UNKNOWN, Streams, StreamTracker
from netwatch.view.reader import batches_of
from netwatch.view.standing_aside import PART, STAND_ASIDE, goes_first

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.run.session import Session

MOST: Final = 2_000_000
"""Packets whose facts are kept, of 100 bytes each; of earlier ones they are learned again from the beginning."""
SMALL: Final = {"tcp": np.int32, "udp": np.int32, "remarks": np.int16, "completeness": np.int8}
"""Columns that are kept in fewer bytes than Streams has them in."""
NAMES: Final = tuple(each.name for each in fields(Streams))


class StreamFacts:
    """Follows the streams of one session, from the first packet that is there; used by one thread."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._begin()

    def of(self, numbers: NDArray[np.int64], cancelled: Callable[[], bool]) -> Streams:
        """Return what is known of packets, by number, ascending; nothing of those that are not there.

        Raises:
            FileError: the file that the packets are in cannot be read again.
        """
        if len(numbers) and self._gone() < numbers[0] <= self._forgotten:
            self._begin()
        if len(numbers) and numbers[-1] > self._last:
            self._learn(int(numbers[-1]), cancelled)
        found = {name: np.full(len(numbers), 0 if name == "remarks" else UNKNOWN, np.int64) for name in NAMES}
        for known, streams in self._parts:
            here = np.flatnonzero((numbers >= known[0]) & (numbers <= known[-1]))
            at = np.searchsorted(known, numbers[here])
            for name in NAMES if len(here) else ():
                found[name][here] = getattr(streams, name)[at]
        return Streams(**found)

    def _begin(self) -> None:
        self._tracker = StreamTracker()
        self._parts: list[tuple[NDArray[np.int64], Streams]] = []
        """Numbers of packets, ascending, and what is known of them."""
        self._last = self._gone()
        self._forgotten = 0
        """Number of the last packet whose facts were known and are not kept any more."""

    def _learn(self, last: int, cancelled: Callable[[], bool]) -> None:
        for batch, start in batches_of(self.session, self._last + 1):
            for at in range(start, len(batch), PART):
                if batch.first_number + at > last or cancelled():
                    return
                self._stand_aside(cancelled)
                part = taken(batch, slice(at, min(at + PART, len(batch))))
                streams = self._tracker.feed(part)
                small = {name: getattr(streams, name).astype(dtype) for name, dtype in SMALL.items()}
                kept = {name: small.get(name, getattr(streams, name)) for name in NAMES}
                self._parts.append((part.numbered(), Streams(**kept)))
                self._last = part.last_number
            self._forget()

    def _stand_aside(self, cancelled: Callable[[], bool]) -> None:
        while goes_first(self.session) and not cancelled():
            time.sleep(STAND_ASIDE)

    def _forget(self) -> None:
        gone = self._gone()
        while self._parts and (self._parts[0][0][-1] <= gone or self._last - self._parts[0][0][0] > MOST):
            self._forgotten = int(self._parts.pop(0)[0][-1])

    def _gone(self) -> int:
        """Return the number of the last packet that cannot be read any more."""
        return 0 if self.session.source.archive is not None else self.session.buffer.evicted
