"""Reading single packets of a session from any thread: rows, bytes, and the packets that a paused view holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.frame_bytes import frame_bytes
from netwatch.decode.row import packet_row
from netwatch.snapshot import History
from netwatch.tables.selection import Selection
from netwatch.track.buffer import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.decode.batch import PacketBatch
    from netwatch.session import Session
    from netwatch.snapshot import PacketRow
    from netwatch.tables.selection import PacketFilter


class PacketReader:
    """Looks packets up by number among what is held and what the buffer has; both are tuples that never change."""

    def __init__(self) -> None:
        self.session: Session | None = None
        """Whose packets are read; replaced when another capture begins."""
        self.held: tuple[PacketBatch, ...] = ()

    def rows(self, first: int, count: int) -> list[PacketRow]:
        """Return packets `first` to `first + count - 1` as far as they are there."""
        return self.rows_of(range(first, first + count))

    def rows_of(self, numbers: Sequence[int]) -> list[PacketRow]:
        """Return those of the packets `numbers`, ascending, that are there."""
        if self.session is None or not numbers:
            return []
        names = [interface.name for interface in self.session.source.interfaces]
        batches = self.batches(numbers[0])
        rows = []
        for number in numbers:
            try:
                batch, position = find(batches, number)
            except LookupError:
                continue
            interface = int(batch.frames.interface[position])
            rows.append(packet_row(batch, position, names[interface] if interface < len(names) else ""))
        return rows

    def select(self, wanted: PacketFilter, first: int) -> Selection:
        """Return which packets from number `first` on pass a filter, among what is held or else the buffer."""
        batches = self.held or (self.session.buffer.batches if self.session else ())
        batches = tuple(batch for batch in batches if batch.last_number >= first)
        found = [np.flatnonzero(wanted.mask(batch)) + batch.first_number for batch in batches]
        numbers = np.concatenate([np.zeros(0, np.int64), *found])
        last = batches[-1].last_number if batches else first - 1
        return Selection(wanted, numbers[np.searchsorted(numbers, first) :], last)

    def frame(self, number: int) -> tuple[bytes, int]:
        """Return the bytes of a packet, its VLAN tag put back, and its link type.

        Raises:
            LookupError: the packet is not there any more.
        """
        batch, position = find(self.batches(number), number)
        return frame_bytes(batch.frames, position), int(batch.frames.link_type[position])

    def hold(self) -> History:
        """Keep the newest packets of the buffer and tell which they are."""
        self.held = self.session.buffer.newest() if self.session else ()
        if not self.held:
            return History()
        size = sum(batch.nbytes for batch in self.held)
        return History(self.held[0].first_number, self.held[-1].last_number, size, size)

    def batches(self, number: int) -> tuple[PacketBatch, ...]:
        """Return the batches among which packet `number` is to be looked for."""
        held = self.held
        if held and held[0].first_number <= number <= held[-1].last_number:
            return held
        return self.session.buffer.batches if self.session else ()
