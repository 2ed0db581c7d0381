"""Reassembly: the segments of one TCP connection as what both sides said, in the order in which it was said.

It is the rule of Wireshark's follow_tcp_tap_listener (epan/dissectors/packet-tcp.c): bytes count from where a side is
first seen; of bytes that come twice the first are taken; what comes early waits; a gap is closed when the other side
has acknowledged bytes behind it, or at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from netwatch.tables.stream import Chunk

if TYPE_CHECKING:
    from netwatch.tables.stream import Side

MOST_BYTES: Final = 8 << 20
"""Bytes of a conversation that are kept, both sides together."""
MOST_WAITING: Final = 1 << 20
"""Bytes that came early and wait for what is missing before them."""
_HALF: Final = 1 << 31
_WHOLE: Final = 1 << 32


@dataclass(slots=True)
class _Direction:
    next: int | None = None
    """Sequence number that is expected; None until the side was seen."""
    early: list[tuple[int, bytes, int, int]] = field(default_factory=list)
    """Sequence number, captured bytes, length on the wire and packet number of segments that came early."""
    waiting: int = 0


class Reassembly:
    """Takes segments in the order of their capture."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self._sides = (_Direction(), _Direction())
        self._parts: list[bytes] = []
        """Bytes of the chunk that is growing."""
        self._growing: tuple[Side, int] | None = None
        self._bytes = 0

    @property
    def full(self) -> bool:
        """As much was kept as there is room for."""
        return self._bytes >= MOST_BYTES

    def segment(self, side: Side, seq: int, ack: int | None, data: bytes, length: int, number: int) -> None:
        """Take a segment: its first byte's sequence number, what it acknowledges, its bytes as far as captured.

        `length` is how many bytes there were, `number` that of the packet.
        """
        here, there = self._sides[side], self._sides[1 - side]
        if ack is not None and there.early:
            self._close_gaps(_other(side), ack)
        if here.next is None:
            here.next = seq
        before = _ahead(here.next, seq)
        if before > 0:
            if length <= before:
                return
            data, seq, length = data[before:], here.next, length - before
        if not length:
            return
        if seq == here.next:
            self._take(side, data, length, number)
            self._fit(side)
            return
        here.early.append((seq, data, length, number))
        here.waiting += length
        if here.waiting > MOST_WAITING:
            self._close_gaps(side, None)

    def finish(self) -> tuple[Chunk, ...]:
        """Return everything, closing gaps that were never filled."""
        for side in (0, 1):
            self._close_gaps(_other(1 if side == 0 else 0), None)
        self._cut()
        return tuple(self.chunks)

    def _close_gaps(self, side: Side, acknowledged: int | None) -> None:
        """Give up what is missing before segments that came early, as far as these are acknowledged; None for all."""
        here = self._sides[side]
        while here.early and here.next is not None:
            start = here.next
            lowest = min(here.early, key=lambda one: _ahead(one[0], start))
            if acknowledged is not None and _ahead(acknowledged, lowest[0]) <= 0:
                return
            gap = _ahead(lowest[0], start)
            if gap > 0:
                self._cut()
                self.chunks.append(Chunk(side, b"", lowest[3], missing=gap))
                here.next = lowest[0]
            self._fit(side)

    def _fit(self, side: Side) -> None:
        """Take what waited for the bytes that came now."""
        here = self._sides[side]
        while here.early and here.next is not None:
            start = here.next
            fitting = next((one for one in here.early if _ahead(one[0], start) <= 0), None)
            if fitting is None:
                return
            here.early.remove(fitting)
            seq, data, length, number = fitting
            here.waiting -= length
            known = _ahead(start, seq)
            if length > known:
                self._take(side, data[known:], length - known, number)

    def _take(self, side: Side, data: bytes, length: int, number: int) -> None:
        here = self._sides[side]
        here.next = ((here.next or 0) + length) % _WHOLE
        data = data[: max(MOST_BYTES - self._bytes, 0)] if self._bytes + len(data) > MOST_BYTES else data
        if self._growing is None or self._growing[0] != side:
            self._cut()
            self._growing = (side, number)
        self._parts.append(data)
        self._bytes += len(data)
        if len(data) < length and not self.full:
            self._cut()
            self.chunks.append(Chunk(side, b"", number, missing=length - len(data)))

    def _cut(self) -> None:
        """End the chunk that is growing."""
        if self._growing is not None:
            side, number = self._growing
            data = b"".join(self._parts)
            if data:
                self.chunks.append(Chunk(side, data, number))
        self._growing, self._parts = None, []


def _other(side: Side) -> Side:
    return 0 if side else 1


def _ahead(one: int, two: int) -> int:
    """Return by how much sequence number `one` is ahead of `two` (RFC 9293 section 3.4)."""
    return (one - two + _HALF) % _WHOLE - _HALF
