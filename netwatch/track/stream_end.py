"""StreamEnd: one direction of a TCP stream, its bytes put in order, each once, the first copy of those that overlap."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SEQUENCE_SPACE: Final = 1 << 32
LARGEST_WINDOW: Final = 1 << 30
"""Bytes that a receiver can offer to take, RFC 7323 section 2.3; nothing lies farther ahead in a sound stream."""
LONGEST_JUMP: Final = 1 << 30
"""Bytes that are skipped at once, so that sequence numbers in front of and behind them can be told apart."""
PIECE_COST: Final = 160
"""Bytes that a held piece takes besides its data, measured with sys.getsizeof and rounded up."""


class Piece(NamedTuple):
    """Bytes `start` to `stop` - 1 of a direction."""

    start: int
    stop: int
    data: bytes | None
    """None where the capture has not got them although they were on the wire."""


class StreamEnd:
    """Positions are sequence numbers that do not wrap."""

    __slots__ = ("_starts", "finish", "held", "next", "pieces", "published", "skip", "skipped", "wanted")

    def __init__(self, following: int | None) -> None:
        """`following` is the sequence number of the first byte, None where it is not known."""
        self.next = following
        """The first byte that was neither handed on nor skipped."""
        self.skip = 0
        """Bytes behind `next` that are not wanted."""
        self.skipped = False
        """The reader said what it does not want since it was last given something."""
        self.wanted = True
        """False when nothing of this direction is wanted any more."""
        self.finish: int | None = None
        """Where a FIN says that the direction ends."""
        self.pieces: list[Piece] = []
        """What waits behind a gap, ascending, without overlaps."""
        self._starts: list[int] = []
        self.held = 0
        """Bytes that these take, PIECE_COST included."""
        self.published: tuple[int | None, bool, int | None] | None = None
        """`next`, `wanted` and `gap_end` as StreamColumns have them."""

    @property
    def gap_end(self) -> int | None:
        """The first byte that waits behind a gap."""
        return self._starts[0] if self._starts else None

    def position(self, sequence: int) -> int:
        """Return the position of a sequence number, the one closest to `next`."""
        if self.next is None:
            self.next = sequence
        ahead = (sequence - self.next) % SEQUENCE_SPACE
        return self.next + (ahead if ahead < SEQUENCE_SPACE >> 1 else ahead - SEQUENCE_SPACE)

    def jump(self) -> None:
        """Leave bytes out that are not wanted."""
        if self.skip and self.next is not None:
            length = min(self.skip, LONGEST_JUMP)
            self.next += length
            self.skip -= length

    def hold(self, piece: Piece) -> None:
        """Keep what is new of a piece behind a gap."""
        start = piece.start
        at = bisect_right(self._starts, start)
        if at and self.pieces[at - 1].stop > start:
            start = self.pieces[at - 1].stop
        while start < piece.stop:
            later = self._starts[at] if at < len(self._starts) else piece.stop
            stop = min(later, piece.stop)
            if start < stop:
                self._insert(at, _cut(piece, start, stop))
                at += 1
            if at == len(self._starts):
                break
            start = max(start, self.pieces[at].stop)
            at += 1

    def ready(self) -> Iterator[Piece]:
        """Yield the pieces that `next` has reached, one after the other, as far as they are new; then forget them."""
        while self.pieces and self.next is not None and self.pieces[0].start <= self.next:
            piece = self.pieces[0]
            self._remove()
            if piece.stop > self.next:
                yield _cut(piece, self.next, piece.stop)

    def forget(self) -> int:
        """Drop all pieces; return how many bytes they took."""
        held = self.held
        self.pieces, self._starts, self.held = [], [], 0
        return held

    def _insert(self, at: int, piece: Piece) -> None:
        self.pieces.insert(at, piece)
        self._starts.insert(at, piece.start)
        self.held += len(piece.data or b"") + PIECE_COST

    def _remove(self) -> None:
        piece = self.pieces.pop(0)
        del self._starts[0]
        self.held -= len(piece.data or b"") + PIECE_COST


def _cut(piece: Piece, start: int, stop: int) -> Piece:
    if start == piece.start and stop == piece.stop:
        return piece
    data = piece.data if piece.data is None else piece.data[start - piece.start : stop - piece.start]
    return Piece(start, stop, data)
