"""Reading single packets of a session from any thread: rows, bytes, and the packets that a paused view holds."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.frame_bytes import frame_bytes
from netwatch.decode.row import packet_row
from netwatch.errors import FileError
from netwatch.snapshot import History
from netwatch.tables.selection import Selection
from netwatch.track.buffer import find
from netwatch.view.packets_again import PacketsAgain, read_again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from netwatch.decode.batch import PacketBatch
    from netwatch.dissection import PacketRow
    from netwatch.run.session import Session
    from netwatch.tables.selection import PacketFilter


class PacketReader:
    """Looks packets up by number among what is held, what the buffer has, and what can be read from a file again.

    The first two are tuples that never change.
    """

    def __init__(self) -> None:
        self._session: Session | None = None
        self.held: tuple[PacketBatch, ...] = ()
        self._again = PacketsAgain()

    @property
    def session(self) -> Session | None:
        """Whose packets are read; replaced when another capture begins."""
        return self._session

    @session.setter
    def session(self, session: Session) -> None:
        self._session = session
        self._again = PacketsAgain()

    @property
    def oldest(self) -> int:
        """Number of the first packet that can be looked at; of older ones there may be copies."""
        session, held = self.session, self.held
        if session is None or session.source.archive is not None:
            return 1
        first = session.buffer.evicted + 1
        return min(held[0].first_number, first) if held else first

    def rows(self, first: int, count: int) -> list[PacketRow]:
        """Return packets `first` to `first + count - 1` as far as they are there."""
        return self.rows_of(range(first, first + count))

    def rows_of(self, numbers: Sequence[int]) -> list[PacketRow]:
        """Return those of the packets `numbers`, ascending, that are there."""
        if self.session is None or not numbers:
            return []
        names = [interface.name for interface in self.session.source.interfaces]
        rows = []
        for number in numbers:
            try:
                batch, position = self.find(number)
            except (LookupError, FileError):
                continue
            interface = int(batch.frames.interface[position])
            row = packet_row(batch, position, names[interface] if interface < len(names) else "")
            remark = self.session.analysis.contents.remarks.text(number)
            rows.append(replace(row, info=f"{row.info} {remark}") if remark else row)
        return rows

    def select(self, wanted: PacketFilter, first: int, cancelled: Callable[[], bool] = lambda: False) -> Selection:
        """Return which packets from number `first` on pass a filter, among all that `batches` and `outlived` have.

        Raises:
            FileError: packets left the buffer, and the file cannot be read again.
            CancelledError: `cancelled`, which is asked before each batch, said so.
        """
        copies = [batch.numbered()[wanted.mask(batch)] for batch in self.outlived(first)]
        numbers, last = [np.zeros(0, np.int64), *copies], first - 1
        for batch, start in self.batches(first):
            if cancelled():
                raise CancelledError
            numbers.append(np.flatnonzero(wanted.mask(batch)[start:]) + batch.first_number + start)
            last = batch.last_number
        return Selection(wanted, np.concatenate(numbers), last)

    def frame(self, number: int) -> tuple[bytes, int]:
        """Return the bytes of a packet, its VLAN tag put back, and its link type.

        Raises:
            LookupError: the packet is not there any more.
            FileError: it left the buffer, and the file cannot be read again.
        """
        batch, position = self.find(number)
        return frame_bytes(batch.frames, position), int(batch.frames.link_type[position])

    def hold(self) -> History:
        """Keep the newest packets of the buffer and tell which they are."""
        self.held = self.session.buffer.newest() if self.session else ()
        if not self.held or self.session is None:
            return History()
        size = sum(batch.nbytes for batch in self.held)
        again = self.session.source.archive is not None
        return History(self.held[0].first_number, self.held[-1].last_number, size, size, again=again)

    def find(self, number: int) -> tuple[PacketBatch, int]:
        """Return the batch that holds a packet, and its position there: held, in the buffer, or again from the file.

        Raises:
            LookupError: the packet is not there any more.
            FileError: it left the buffer, and the file cannot be read again.
        """
        held, session = self.held, self.session
        kept = session.kept.get(number) if session else None
        if kept is not None:
            return kept, 0
        if held and held[0].first_number <= number <= held[-1].last_number:
            return find(held, number)
        batches = session.buffer.batches if session else ()
        if session and session.source.archive and 1 <= number < (batches[0].first_number if batches else 1):
            batches = (self._again.batch(session.source.archive, number),)
        return find(batches, number)

    def batches(self, first: int = 1) -> Iterator[tuple[PacketBatch, int]]:
        """Yield what has packets from number `first` on: all that is held, else what the file and the buffer have.

        With each batch comes the position from which on its packets are meant.

        Raises:
            FileError: packets left the buffer, and the file cannot be read again.
        """
        if self.held or self.session is None:
            yield from [
                (batch, max(first - batch.first_number, 0)) for batch in self.held if batch.last_number >= first
            ]
            return
        yield from batches_of(self.session, first)

    def outlived(self, first: int = 1) -> Iterator[PacketBatch]:
        """Yield copies of the packets from number `first` on that left the buffer, each a batch of its own."""
        session = self.session
        if session is None or session.source.archive is not None:
            return
        batches = self.held or session.buffer.batches
        begin = batches[0].first_number if batches else session.packets + 1
        for number in session.kept.numbers:
            copy = session.kept.get(number) if first <= number < begin else None
            if copy is not None:
                yield copy

    def batches_now(self, first: int = 1) -> Iterator[tuple[PacketBatch, int]]:
        """Yield the same of a live capture as far as it is there now: who is slower than it would never end.

        Raises:
            FileError: see `batches`.
        """
        if self.held or self.session is None or self.session.source.archive is not None:
            yield from self.batches(first)
            return
        waiting = deque(batch for batch in self.session.buffer.batches if batch.last_number >= first)
        while waiting:
            batch = waiting.popleft()  # what left the buffer meanwhile goes once it was used
            yield batch, max(first - batch.first_number, 0)


def batches_of(session: Session, first: int) -> Iterator[tuple[PacketBatch, int]]:
    """Yield what a session has of the packets from number `first` on, in its file or in its buffer.

    With each batch comes the position from which on its packets are meant.

    Raises:
        FileError: packets left the buffer, and the file cannot be read again.
    """
    number = max(first, 1)
    while batch := _batch_from(session, number):
        yield batch, max(number - batch.first_number, 0)
        number = batch.last_number + 1


def _batch_from(session: Session, number: int) -> PacketBatch | None:
    batches, archive = session.buffer.batches, session.source.archive
    if not batches or number > batches[-1].last_number:
        return None
    if archive is not None and number < batches[0].first_number:
        return read_again(archive, number)
    return batches[bisect_left(batches, number, key=lambda batch: batch.last_number)]
