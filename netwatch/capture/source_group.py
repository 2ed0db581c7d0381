"""Several live sources read as one, where the system has no source that hears several interfaces by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.source import SourceCounters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netwatch.capture.bpf import CaptureFilter
    from netwatch.capture.frames import FrameInterface, Frames
    from netwatch.capture.source import Source


class SourceGroup:
    """Reads its sources by turns; implements Source. Frames keep their order within each interface only."""

    live = True
    archive = None

    def __init__(self, sources: Sequence[Source]) -> None:
        """Take over `sources`, of which there is one at least; each has one interface."""
        self._sources = list(sources)
        self._turn = 0
        self.name = ", ".join(source.name for source in sources)
        self.interfaces: tuple[FrameInterface, ...] = tuple(source.interfaces[0] for source in sources)

    @property
    def backlog(self) -> float:
        """See Source."""
        return max(source.backlog for source in self._sources)

    def read(self, timeout: float) -> Frames | None:
        """Return the next block of the first source that has one; see Source."""
        for _ in self._sources:
            place = self._turn
            self._turn = (place + 1) % len(self._sources)
            frames = self._sources[place].read(timeout / len(self._sources))
            if frames is not None:
                return replace(frames, interface=frames.interface + np.uint16(place))
        return None

    def wake(self) -> None:
        """See Source."""
        for source in self._sources:
            source.wake()

    def set_filter(self, capture_filter: CaptureFilter | None) -> None:
        """See Source."""
        for source in self._sources:
            source.set_filter(capture_filter)

    def counters(self) -> SourceCounters:
        """Return the sums; what one of them does not know is not known of all."""
        each = [source.counters() for source in self._sources]
        return SourceCounters(
            received=_total([one.received for one in each]),
            dropped=_total([one.dropped for one in each]),
            interface_dropped=_total([one.interface_dropped for one in each]),
            message="; ".join(one.message for one in each if one.message),
        )

    def rest(self) -> Iterator[Frames]:
        """See Source."""
        for place, source in enumerate(self._sources):
            for frames in source.rest():
                yield replace(frames, interface=frames.interface + np.uint16(place))

    def close(self) -> None:
        """See Source."""
        for source in self._sources:
            source.close()


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
