"""BlockMemory: large arrays for the bytes of packets, whose memory is used again once nobody holds a packet of them."""

from __future__ import annotations

import contextlib
import mmap
import sys
import weakref
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MADV_POPULATE_WRITE: Final = 23
"""madvise(2)."""
STEP: Final = 1 << 20
"""Pieces of memory are multiples of this; shorter arrays are made by numpy."""
SPARE: Final = 24
"""Steps that wait for use at most; the pieces that wait longest go back to the system."""


class BlockMemory:
    """Memory of arrays of a mebibyte or more; any thread may drop an array, one thread takes them.

    On the heap they would leave holes that small objects of longer life settle in, so that later blocks do not fit:
    100 MiB after a quarter of a minute. Fresh from the system each is new pages, which cost more than copying packets.
    """

    def __init__(self) -> None:
        self._free: list[mmap.mmap] = []
        """Pieces that nobody uses, in the order in which they came back.

        A list: unlike a deque it may be walked while a thread that drops an array appends to it.
        """

    def take(self, size: int) -> NDArray[np.uint8]:
        """Return an array of `size` bytes, whose content is undefined."""
        if size < STEP:
            return np.empty(size, np.uint8)
        steps = -(-size // STEP)
        piece = self._fitting(steps)
        if piece is None:
            piece = _made(steps, size)
        else:
            _give_back(piece, size)
        array = np.frombuffer(piece, np.uint8, size)
        weakref.finalize(array, self._free.append, piece).atexit = False
        return array

    def _fitting(self, steps: int) -> mmap.mmap | None:
        free = self._free
        found = next((piece for piece in free if len(piece) == steps * STEP), None)
        if found is not None:
            free.remove(found)
        while sum(map(len, free)) > SPARE * STEP:
            del free[0]
        return found


def _made(steps: int, size: int) -> mmap.mmap:
    """Return new memory, with the pages of its first `size` bytes where Linux can: each would be a fault otherwise."""
    piece = mmap.mmap(-1, steps * STEP, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # before Linux 5.14
            piece.madvise(MADV_POPULATE_WRITE, 0, size)
    return piece


def _give_back(piece: mmap.mmap, size: int) -> None:
    """Give back the pages behind the first `size` bytes, which a longer block had and the buffer does not count."""
    unused = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    if sys.platform == "linux" and unused < len(piece):
        piece.madvise(mmap.MADV_DONTNEED, unused, len(piece) - unused)
