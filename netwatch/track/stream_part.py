"""Part: packets of a batch that a StreamTracker looks at before it decides about the next ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappush
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from netwatch.track.stream_select import StreamPackets

LOOK_AGAIN: Final = ("position", "direction")
"""What an entry of Part.further that is no packet holds: where to look for more packets of a flow."""


@dataclass(slots=True)
class Part:
    """How far the packets up to `stop` were looked at."""

    packets: StreamPackets
    stop: int
    done: int = -1
    """The last position."""
    further: list[tuple[Any, ...]] = field(default_factory=list)
    """Packets as _segments yields them, and LOOK_AGAIN; a heap."""
    idle: set[int] = field(default_factory=set)
    """Directions that told nothing and will not, as long as nothing is read of their flows."""
    queued: set[tuple[int, int, int]] = field(default_factory=set)
    """Position, direction and kind of all that was in there: a stream sent backwards asks for the same each time."""

    def queue(self, entry: tuple[Any, ...]) -> None:
        """Put an entry in its place, unless it was there before."""
        mark = entry[0], entry[1], len(entry)
        if mark not in self.queued:
            self.queued.add(mark)
            heappush(self.further, entry)
