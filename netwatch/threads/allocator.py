"""Asks glibc to keep one arena, whose memory serves all threads, and to give back what none of them uses."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from typing import Final

M_ARENA_MAX: Final = -8
"""mallopt(3)."""


def use_one_arena() -> None:
    """Save some 50 MiB: blocks are made by the capture thread and saved, drawn and dissected by others.

    The interpreter's lock keeps threads from allocating at once, so they do not wait for each other. Nothing happens
    where the allocator is another.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def give_back_unused() -> None:
    """Give the system pages that hold nothing, between blocks in use too; milliseconds, while other threads run.

    glibc itself gives back only the end of its heap, and of that ever less: it learns from the largest block that was
    freed. Blocks of some hundred kilobytes leave holes that the next ones do not fit into, so that a capture whose
    tables were full long ago grew by 14 MiB at once, and sooner or later again. Nothing happens where the allocator is
    another.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).malloc_trim(0)
