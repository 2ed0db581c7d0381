"""EventLog: what trackers found in packets, one by one or in blocks, on its way to detectors and to EVE."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Self

    from netwatch.track.stream_reader import Moment

CAPACITY: Final = 50_000
"""Events that wait for somebody to take them; they are taken after every batch."""


class Event(Protocol):
    """Frozen. Detectors ask for events by class."""

    @property
    def moment(self) -> Moment:
        """The packet that made it known."""


class EventBlock(ABC):
    """Events of one class that a tracker found together: objects are made only of those that somebody looks at.

    In a log it stands for all of them.
    """

    __slots__ = ()

    @abstractmethod
    def __len__(self) -> int:
        """Return how many they are, one or more."""

    @property
    @abstractmethod
    def moment(self) -> Moment:
        """The packet that made the last of them known."""

    @abstractmethod
    def events(self) -> Sequence[Any]:
        """Return all of them, in the order of their packets."""

    @abstractmethod
    def first(self, count: int) -> Self:
        """Return the first ones, `count` or fewer."""


def unfolded(events: Iterable[Event]) -> Iterator[Event]:
    """Yield events one by one, those in blocks too."""
    for event in events:
        if isinstance(event, EventBlock):
            yield from event.events()
        else:
            yield event


class EventLog:
    """A bounded list; used by one thread. Events of one class must come in the order of their packets."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.dropped = 0
        """Events for which there was no room."""
        self._capacity = capacity
        self._waiting: list[Event] = []
        self._room = capacity

    def add(self, event: Event) -> None:
        """Add the newest event of its class."""
        if self._room > 0:
            self._room -= 1
            self._waiting.append(event)
        else:
            self.dropped += 1

    def extend(self, events: Iterable[Event]) -> None:
        """Add the newest events of their class."""
        for event in events:
            self.add(event)

    def add_block(self, block: EventBlock) -> None:
        """Add the newest events of their class, all together."""
        kept = min(len(block), self._room)
        self.dropped += len(block) - kept
        self._room -= kept
        if kept:
            self._waiting.append(block.first(kept))

    def take(self) -> list[Event]:
        """Return what was added since the last time; see `unfolded`."""
        taken, self._waiting, self._room = self._waiting, [], self._capacity
        return taken
