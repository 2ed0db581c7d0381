"""PacketBuffer: the newest packets, bounded in bytes; batches leave whole and are counted."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from netwatch.decode.join import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.decode.batch import PacketBatch

SMALL: Final = 256 << 10
"""Bytes up to which two neighbouring batches are joined; at a high packet rate batches are larger than this."""

MOST_HELD: Final = 64 << 20
"""Bytes that `newest` gives at most, so that a paused view cannot double the buffer."""


class PacketBuffer:
    """A queue of batches of at most `capacity` bytes, the memory of their columns included; 0 keeps nothing at all.

    Written by one thread. Others read `batches`, a tuple that is replaced and never changed.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.batches: tuple[PacketBatch, ...] = ()
        self.bytes = 0
        self.evicted = 0
        """Packets that left because the buffer was full."""

    def append(self, batch: PacketBatch) -> None:
        """Add the newest batch, then let the oldest ones leave until the rest fits; the newest always stays."""
        if not len(batch) or self.capacity == 0:
            return
        batches = [*self.batches, batch]
        self.bytes += batch.nbytes
        # Joining equals with equals copies each packet only a few times however many small batches come
        most = min(SMALL, self.capacity // 8)
        while len(batches) > 1 and _belong_together(batches[-2], batches[-1], most):
            last = batches.pop()
            joined = join(batches[-1], last)
            self.bytes += joined.nbytes - batches[-1].nbytes - last.nbytes
            batches[-1] = joined
        leaving = 0
        while self.bytes > self.capacity and leaving < len(batches) - 1:
            self.bytes -= batches[leaving].nbytes
            self.evicted += len(batches[leaving])
            leaving += 1
        self.batches = tuple(batches[leaving:])

    def newest(self, most_bytes: int = MOST_HELD) -> tuple[PacketBatch, ...]:
        """Return the newest batches of at most `most_bytes` together, at least one when there is any."""
        batches = self.batches
        first = len(batches)
        total = 0
        while first > 0 and (total == 0 or total + batches[first - 1].nbytes <= most_bytes):
            first -= 1
            total += batches[first].nbytes
        return batches[first:]


def find(batches: Sequence[PacketBatch], number: int) -> tuple[PacketBatch, int]:
    """Return the batch that holds packet `number` and the packet's position in it.

    Raises:
        LookupError: no batch holds it.
    """
    index = bisect_right(batches, number, key=lambda batch: batch.first_number) - 1
    if index < 0 or number > batches[index].last_number:
        raise LookupError(f"packet {number} is not in the buffer")
    return batches[index], number - batches[index].first_number


def _belong_together(before: PacketBatch, last: PacketBatch, most: int) -> bool:
    size = last.nbytes
    return size * 2 >= before.nbytes and size + before.nbytes <= most
