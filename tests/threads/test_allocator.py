"""One arena, in which threads go on allocating, and whose holes go back to the system when garbage is looked at."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CODE = """
import threading
from netwatch.threads.allocator import keep_heap_small
keep_heap_small()
keep_heap_small()
kept = []
threads = [threading.Thread(target=lambda: kept.append(bytearray(1 << 20))) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(kept))
"""

HOLES = """
from netwatch.threads.allocator import keep_heap_small
from netwatch.threads.garbage import SECONDS, Garbage
keep_heap_small()
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

ARRAYS = """
import numpy
from netwatch.threads.allocator import MAPPED, keep_heap_small
keep_heap_small()
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
numpy.ones(30 << 20, numpy.uint8)
before = resident()
arrays = [numpy.ones(MAPPED + 1, numpy.uint8) for _ in range(16)]
held = numpy.ones(1000)
full = resident()
del arrays
print(full - before, resident() - before)
"""
"""Once a large array was freed, glibc would put all up to its size on the heap, in front of what stays."""


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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other allocators have ways of their own")
def test_large_arrays_take_their_pages_along() -> None:
    """Without waiting for anything to be given back."""
    done = subprocess.run([sys.executable, "-c", ARRAYS], capture_output=True, text=True, check=True)
    full, after = map(int, done.stdout.split())
    assert full > 30_000_000
    assert after < 1_000_000
