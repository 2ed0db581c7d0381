"""Events, an object each, that wait until the slice of packet time that they belong to is over."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from netwatch.track.stream_reader import Moment


class Timed(Protocol):
    """Something that happened at a packet."""

    @property
    def moment(self) -> Moment:
        """The packet that made it known."""
        ...


E = TypeVar("E", bound=Timed)


class WaitingEvents(Generic[E]):
    """Events in the order of their packets, those of the same packet in the order in which they were added."""

    def __init__(self, most: int | None = None) -> None:
        """Hold at most `most` events, None for any number."""
        self.left_out = 0
        """Events for which there was no room."""
        self._most = most
        self._events: list[E] = []
        self._begin = 0
        """Events at the front of the list that were taken already."""

    def __len__(self) -> int:
        return len(self._events) - self._begin

    def add(self, events: Iterable[E]) -> None:
        """Add events, in any order: trackers read in blocks, so some come late."""
        newer = sorted(events, key=_number)
        if self._most is not None:
            room = self._most - len(self)
            self.left_out += max(len(newer) - room, 0)
            newer = newer[:room]
        if not newer:
            return
        del self._events[: self._begin]
        self._begin = 0
        late = bool(self._events) and _number(newer[0]) < _number(self._events[-1])
        self._events += newer
        if late:  # few are: to sort all of a slice again with every batch would cost more than the events
            self._events.sort(key=_number)

    def numbers(self) -> NDArray[np.int64]:
        """Return the packet numbers of all that wait."""
        return np.array(list(map(_number, self._events[self._begin :])), np.int64)

    def take(self, number: int) -> list[E]:
        """Return the events up to packet `number`."""
        end = bisect_right(self._events, number, lo=self._begin, key=_number)
        found = self._events[self._begin : end]
        self._begin = end
        return found


_number: Final = attrgetter("moment.number")
"""Of hundreds of thousands of events a second: nothing in Python."""
