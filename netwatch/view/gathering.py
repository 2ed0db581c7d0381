"""Gathering: packets that wait for the trackers of a view, given away in batches that are worth a call of numpy."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from netwatch.decode.join import compacted, join
from netwatch.decode.part import taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

MANY: Final = 12_288
"""Packets that need no others beside them: a numpy call costs as much as the work on a thousand."""
MANY_BYTES: Final = 12 << 20
"""The same in bytes, so that what is joined stays small."""
LIVE_SPAN_NS: Final = 50_000_000
"""Packet time that one batch of a live capture covers about: what its trackers read of a batch has a bound, which is
that of what a ring hands over at once."""


class Gathering:
    """Packets in the order of their numbers; used by one thread."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._waiting: deque[tuple[PacketBatch, NDArray[np.intp] | None]] = deque()
        self.waiting = 0
        """Packets that wait."""

    @property
    def oldest(self) -> int:
        """Number of the first packet of the batches that wait, of which there must be some."""
        return self._waiting[0][0].first_number

    def add(self, batch: PacketBatch, passing: NDArray[np.bool_]) -> None:
        """Let those packets of `batch` wait that are `passing`, shape (len(batch),)."""
        positions = passing.nonzero()[0]
        if len(positions):
            self._waiting.append((batch, positions if len(positions) < len(batch) else None))
            self.waiting += len(positions)

    def take(self) -> PacketBatch:
        """Return the first packets that wait, of which there must be some, and let them wait no more."""
        parts: list[PacketBatch] = []
        packets = size = 0
        begin = self._begin_ns()
        while self._waiting and packets < MANY and size < MANY_BYTES and self._begin_ns() - begin < LIVE_SPAN_NS:
            batch, positions = self._waiting.popleft()
            part = batch if positions is None else compacted(taken(batch, positions))
            parts.append(part)
            packets += len(part)
            size += len(part.frames.data)
        self.waiting -= packets
        return join(*parts)

    def _begin_ns(self) -> int:
        """Return when the first packet came, where that matters."""
        return int(self._waiting[0][0].frames.time_ns[0]) if self._live else 0


def in_groups(parts: Iterable[PacketBatch], packets: int) -> Iterator[list[PacketBatch]]:
    """Yield `parts` in groups that have so many packets, or MANY_BYTES, in all; the last may have less."""
    group: list[PacketBatch] = []
    count = size = 0
    for part in parts:
        group.append(part)
        count, size = count + len(part), size + len(part.frames.data)
        if count >= packets or size >= MANY_BYTES:
            yield group
            group, count, size = [], 0, 0
    if group:
        yield group
