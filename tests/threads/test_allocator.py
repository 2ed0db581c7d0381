"""One arena: asking for it works on any machine, and threads go on allocating."""

from __future__ import annotations

import subprocess
import sys

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


def test_threads_allocate_as_before() -> None:
    """In a process of its own: the setting lasts."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout == "4\n"
    assert done.stderr == ""
