"""KeptPackets: copies of the packets that alerts rest on, so that they outlive their place in the buffer."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frames import COLUMNS as FRAME_COLUMNS
from netwatch.capture.frames import PADDING
from netwatch.decode.decoder import decode
from netwatch.track.buffer import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netwatch.decode.batch import PacketBatch

MOST_PACKETS: Final = 2000
"""About 16 MB with their columns."""


class KeptPackets:
    """Batches of one packet by number, the oldest copy leaves first. Written by one thread, read by any."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, PacketBatch] = OrderedDict()
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
        """Return the copy of a packet, None without one."""
        return self._kept.get(number)


def _copied(batch: PacketBatch, position: int) -> PacketBatch:
    frames = batch.frames
    start, size = int(frames.offset[position]), int(frames.captured[position])
    data = np.concatenate((frames.data[start : start + size], np.zeros(PADDING, np.uint8)))
    columns = {name: getattr(frames, name)[position : position + 1].copy() for name in FRAME_COLUMNS}
    columns["offset"] = np.zeros(1, np.int32)
    return decode(replace(frames, data=data, **columns), batch.first_number + position)
