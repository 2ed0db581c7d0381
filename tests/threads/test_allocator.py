"""One arena, in which threads go on allocating, and whose holes go back to the system when garbage is looked at."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CODE = """
import threading
from netwatch.threads.allocator import use_one_arena
use_one_arena()
use_one_arena()
kept = []
threads = [threading.Thread(target=lambda: kept.append(bytearray(1 << 20))) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(kept))
"""

HOLES = """
from netwatch.threads.allocator import use_one_arena
from netwatch.threads.garbage import SECONDS, Garbage
use_one_arena()
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
blocks = [bytes(100_000) for _ in range(800)]
blocks = [b"x" * 100_000 for _ in blocks]
full = resident()
kept = blocks[::8]
del blocks[:]
with Garbage(0.0) as garbage:
    garbage.look(SECONDS)
print(full - resident(), len(kept))
"""
"""Blocks too small for mappings of their own, of which every eighth stays, so that the heap cannot become shorter."""


def test_threads_allocate_as_before() -> None:
    """In a process of its own: the setting lasts."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout == "4\n"
    assert done.stderr == ""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators have ways of their own")
def test_holes_go_back_to_the_system() -> None:
    """Of 80 MB seven eighths are free, and glibc alone would keep them all: the last block is in use."""
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    given, kept = map(int, done.stdout.split())
    assert (given > 60_000_000, kept) == (True, 100)
