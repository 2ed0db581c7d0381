"""KeptPackets: copies of the packets that alerts rest on, so that they outlive their place in the buffer."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from netwatch.capture.frames import COLUMNS as FRAME_COLUMNS
from netwatch.capture.frames import PADDING, Frames
from netwatch.decode.decoder import decode
from netwatch.track.buffer import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netwatch.decode.batch import PacketBatch

MOST_PACKETS: Final = 2000
"""A kilobyte each besides the bytes of the packet."""


class _Copy(NamedTuple):
    """One frame without its decoded columns, which are some ten kilobytes of array objects."""

    number: int
    data: bytes
    columns: dict[str, np.generic]
    """What Frames has of it, by name of the column."""

    def decoded(self) -> PacketBatch:
        columns: dict[str, Any] = {name: np.array([value]) for name, value in self.columns.items()}
        return decode(Frames(np.frombuffer(self.data + bytes(PADDING), np.uint8), **columns), self.number)


class KeptPackets:
    """Single packets by number, the oldest copy leaves first. Written by one thread, read by any."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, _Copy] = OrderedDict()
        self.numbers: tuple[int, ...] = ()
        """Of all copies, ascending; replaced and never changed."""

    def keep(self, numbers: Iterable[int], batches: Sequence[PacketBatch]) -> None:
        """Copy those of the packets `numbers` that are in `batches` and were not copied yet."""
        before = len(self._kept)
        for number in numbers:
            if number in self._kept:
                continue
            try:
                batch, position = find(batches, number)
            except LookupError:
                continue
            self._kept[number] = _copied(batch, position)
            if len(self._kept) > MOST_PACKETS:
                self._kept.popitem(last=False)
                before = -1
        if len(self._kept) != before:
            self.numbers = tuple(sorted(self._kept))

    def get(self, number: int) -> PacketBatch | None:
        """Return the copy of a packet, a batch of its own; None without one."""
        copy = self._kept.get(number)
        return copy.decoded() if copy is not None else None


def _copied(batch: PacketBatch, position: int) -> _Copy:
    frames = batch.frames
    start, size = int(frames.offset[position]), int(frames.captured[position])
    columns = {name: getattr(frames, name)[position] for name in FRAME_COLUMNS}
    columns["offset"] = np.int32(0)
    return _Copy(batch.number(position), frames.data[start : start + size].tobytes(), columns)
