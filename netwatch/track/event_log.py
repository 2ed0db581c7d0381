"""EventLog: what trackers found in packets, one object a time, on its way to detectors and to EVE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.track.stream_reader import Moment

CAPACITY: Final = 50_000
"""Events that wait for somebody to take them; they are taken after every batch."""


class Event(Protocol):
    """Frozen. Detectors ask for events by class."""

    @property
    def moment(self) -> Moment:
        """The packet that made it known."""


class EventLog:
    """A bounded list; used by one thread. Events of one class must come in the order of their packets."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.dropped = 0
        """Events for which there was no room."""
        self._capacity = capacity
        self._waiting: list[Event] = []

    def add(self, event: Event) -> None:
        """Add the newest event of its class."""
        if len(self._waiting) < self._capacity:
            self._waiting.append(event)
        else:
            self.dropped += 1

    def extend(self, events: Iterable[Event]) -> None:
        """Add the newest events of their class."""
        self._waiting.extend(events)
        too_many = len(self._waiting) - self._capacity
        if too_many > 0:
            del self._waiting[self._capacity :]
            self.dropped += too_many

    def take(self) -> list[Event]:
        """Return what was added since the last time."""
        taken, self._waiting = self._waiting, []
        return taken
