"""Asks glibc to keep one small arena, whose memory serves all threads, and to give back what none of them uses."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from typing import Final

M_TRIM_THRESHOLD: Final = -1
"""mallopt(3), as the others."""
M_MMAP_THRESHOLD: Final = -3
M_ARENA_MAX: Final = -8
MAPPED: Final = 2 << 20
"""Bytes from which an array gets pages of its own, which go back with it. Left alone, glibc raises this to the largest
block that was ever freed, up to 32 MiB, and the heap keeps what the largest intermediate results took."""
END: Final = 8 << 20
"""Free bytes at the end of the heap that are kept."""


def keep_heap_small() -> None:
    """Save some 80 MiB: blocks are made by the capture thread and saved, drawn and dissected by others.

    The interpreter's lock keeps threads from allocating at once, so they do not wait for each other's arena. Nothing
    happens where the allocator is another.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            mallopt = ctypes.CDLL(None).mallopt
            for parameter, value in ((M_ARENA_MAX, 1), (M_MMAP_THRESHOLD, MAPPED), (M_TRIM_THRESHOLD, END)):
                mallopt(parameter, value)


def give_back_unused() -> None:
    """Give the system pages that hold nothing, between blocks in use too; milliseconds, while other threads run.

    glibc itself gives back only the end of its heap. Blocks of some hundred kilobytes leave holes that the next ones do
    not fit into, so that a capture whose tables were full long ago grew by 14 MiB at once, and sooner or later again.
    Nothing happens where the allocator is another.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).malloc_trim(0)
