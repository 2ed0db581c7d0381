"""Sizes of frames and what the link layer says of them, counted in one table over all combinations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frames import DIRECTION_IN, DIRECTION_OUT
from netwatch.decode.batch import CUT_SHORT, FRAGMENT_OFFSET, MALFORMED, MORE_FRAGMENTS
from netwatch.tables.traffic import Count, LinkCounters, SizeCount
from netwatch.track.traffic_delivery import BROADCAST, MULTICAST, UNICAST, delivery_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.decode.window import Rows

SIZE_CLASSES: Final = (0, 64, 128, 256, 512, 1024, 1519, 9019)
"""Where the classes begin: those of RMON (RFC 2819, etherStatsPkts), without the frame check sequence, which captures
do not hold; what exceeds an Ethernet frame is parted at the usual jumbo frame of 9018 bytes, because only offloading
makes longer ones."""

_CLASS_OF: Final = (np.searchsorted(SIZE_CLASSES, np.arange(SIZE_CLASSES[-1] + 1), "right") - 1).astype(np.uint16)

_DIRECTION, _DELIVERY, _STATUS, _FRAGMENT, _TAGGED, _TUNNELLED = 3, 5, 7, 9, 10, 11
"""Where the bits of a combination begin: three for the size class, two each for direction, delivery and status, one
for each of the rest."""
_COMBINATIONS: Final = 1 << 12
_ALL: Final = np.arange(_COMBINATIONS)


class FrameCounters:
    """Packets and bytes by size, direction, delivery, state of decoding, fragment, tag and tunnel."""

    def __init__(self) -> None:
        self._packets = np.zeros(_COMBINATIONS, np.int64)
        self._bytes = np.zeros(_COMBINATIONS, np.int64)
        self._smallest = np.iinfo(np.int64).max
        self.largest = 0

    def add(self, batch: PacketBatch, sizes: NDArray[np.int64], link_types: Mapping[int, Rows]) -> None:
        """Count the packets of `batch`, whose `sizes` are in bytes on the wire and `link_types` those of its frames."""
        cell = _CLASS_OF.take(np.minimum(sizes, SIZE_CLASSES[-1]))
        cell |= delivery_of(batch.frames, link_types) << np.uint16(_DELIVERY)
        for column, mask, shift in (
            (batch.frames.direction, np.uint8(3), _DIRECTION),
            (batch.status, np.uint8(MALFORMED | CUT_SHORT), _STATUS),
        ):
            if np.count_nonzero(column):
                cell |= (column & mask).astype(np.uint16) << np.uint16(shift)
        for present, shift in (
            (batch.fragment & np.uint16(FRAGMENT_OFFSET | MORE_FRAGMENTS), _FRAGMENT),
            (batch.vlan >= 0, _TAGGED),
            (batch.tunnel_depth, _TUNNELLED),
        ):
            if np.count_nonzero(present):
                cell |= (present != 0).astype(np.uint16) << np.uint16(shift)
        place = cell.astype(np.intp)
        np.add.at(self._packets, place, 1)
        np.add.at(self._bytes, place, sizes)
        self._smallest = min(self._smallest, int(sizes.min()))
        self.largest = max(self.largest, int(sizes.max()))

    @property
    def smallest(self) -> int:
        """Size of the smallest frame; 0 before the first."""
        return min(self._smallest, self.largest)

    @property
    def total(self) -> Count:
        """All packets."""
        return Count(int(self._packets.sum()), int(self._bytes.sum()))

    @property
    def malformed(self) -> int:
        """Packets with MALFORMED in their status."""
        return self._count(_STATUS, 1, MALFORMED).packets

    def sizes(self) -> tuple[SizeCount, ...]:
        """Return every size class, smallest first."""
        ends = (*(begin - 1 for begin in SIZE_CLASSES[1:]), None)
        counts = [self._count(0, 7, number) for number in range(len(SIZE_CLASSES))]
        return tuple(
            SizeCount(least, most, count.packets, count.bytes)
            for least, most, count in zip(SIZE_CLASSES, ends, counts, strict=True)
        )

    def link(self) -> LinkCounters:
        """Return what the link layer says."""
        return LinkCounters(
            unicast=self._count(_DELIVERY, 3, UNICAST),
            multicast=self._count(_DELIVERY, 3, MULTICAST),
            broadcast=self._count(_DELIVERY, 3, BROADCAST),
            incoming=self._count(_DIRECTION, 3, DIRECTION_IN),
            outgoing=self._count(_DIRECTION, 3, DIRECTION_OUT),
            tagged=self._count(_TAGGED, 1, 1),
            tunnelled=self._count(_TUNNELLED, 1, 1),
            fragments=self._count(_FRAGMENT, 1, 1),
            malformed=self._count(_STATUS, MALFORMED, MALFORMED),
            cut_short=self._count(_STATUS, CUT_SHORT, CUT_SHORT),
        )

    def _count(self, shift: int, mask: int, value: int) -> Count:
        """Return the sum over all combinations whose bits above `shift`, as far as `mask` has them, are `value`."""
        found = _ALL >> shift & mask == value
        return Count(int(self._packets[found].sum()), int(self._bytes[found].sum()))
