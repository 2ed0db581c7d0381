"""BlockMemory: large arrays for the bytes of packets, whose memory is used again once nobody holds a packet of them."""

from __future__ import annotations

import contextlib
import mmap
import sys
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MADV_POPULATE_WRITE: Final = 23
"""madvise(2)."""
STEP: Final = 1 << 20
"""Pieces of memory are this long times a power of two; shorter arrays are made by numpy."""
WIDEST: Final = 4
"""How many times as long as wanted a piece may be: addresses cost nothing, pages only where they are used."""
SPARE: Final = 8 << 20
"""Bytes that wait for use at most, as many as are read at once; the pieces that wait longest go back to the system.
With a quarter of that a capture that keeps nothing made its pages anew all the time."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Memory of which the first `used` bytes have pages."""

    memory: mmap.mmap
    used: int


class BlockMemory:
    """Memory of arrays of a mebibyte or more; any thread may drop an array, one thread takes them.

    On the heap they would leave holes that small objects of longer life settle in, so that later blocks do not fit:
    100 MiB after a quarter of a minute. Fresh from the system each is new pages, which cost more than copying packets.
    """

    def __init__(self) -> None:
        self._free: list[_Piece] = []
        """Pieces that nobody uses, in the order in which they came back.

        A list: unlike a deque it may be walked while a thread that drops an array appends to it.
        """

    def take(self, size: int) -> NDArray[np.uint8]:
        """Return an array of `size` bytes, whose content is undefined."""
        if size < STEP:
            return np.empty(size, np.uint8)
        piece = self._fitting(size)
        if piece is None:
            length = STEP << (-(-size // STEP) - 1).bit_length()
            piece = _Piece(mmap.mmap(-1, length, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), 0)
        _fit_pages(piece, size)
        array = np.frombuffer(piece.memory, np.uint8, size)
        weakref.finalize(array, self._free.append, _Piece(piece.memory, size)).atexit = False
        return array

    @property
    def waiting(self) -> int:
        """Bytes that nobody uses."""
        return sum(piece.used for piece in self._free)

    def _fitting(self, size: int) -> _Piece | None:
        """Take the shortest of the pieces that are long enough; then let go of what is too much."""
        free = self._free
        fitting = (piece for piece in free if size <= len(piece.memory) <= WIDEST * size)
        found = min(fitting, key=lambda piece: len(piece.memory), default=None)
        if found is not None:
            free.remove(found)
        while self.waiting > SPARE:
            del free[0]
        return found


def _fit_pages(piece: _Piece, size: int) -> None:
    """Have the pages of the first `size` bytes made at once, where Linux can: each would be a fault otherwise.

    Those behind them, which a longer block had and the buffer does not count, are given back.
    """
    if sys.platform != "linux":
        return
    if piece.used < size:
        with contextlib.suppress(OSError):  # before Linux 5.14
            piece.memory.madvise(MADV_POPULATE_WRITE, 0, size)
        return
    unused = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    if unused < len(piece.memory):
        piece.memory.madvise(mmap.MADV_DONTNEED, unused, len(piece.memory) - unused)
