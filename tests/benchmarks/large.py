"""A large file: what `netwatch report` and `netwatch events` keep in memory while they read 5 GB."""

from __future__ import annotations

import struct
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

import numpy as np
import psutil

from tests.benchmarks.files import MAKE_BIG, PACKETS
from tests.benchmarks.screen import netwatch
from tests.benchmarks.synthetic import mixed, write_pcap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE: Final = 5_000_000_000
"""Bytes."""
PAUSE: Final = 0.2
"""Seconds between two looks at the memory."""
HEADER, RECORD = 24, 16
"""Bytes of a pcap file's header and of a packet's."""
WAYS: Final = {
    "netwatch report": ("report",),
    "netwatch events, all types": ("events", "--types", "all"),
}


def large_figures(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (what, figure) for the synthetic mix and, where its sources are, for real traffic."""
    short = folder / "short.pcap"
    for name in ("synthetic", "real"):
        if name == "synthetic":
            write_pcap(short, mixed(PACKETS))
        elif MAKE_BIG.exists():
            words = [sys.executable, str(MAKE_BIG), str(short), str(PACKETS)]
            subprocess.run(words, check=True, capture_output=True)
        else:
            return
        large = folder / "large.pcap"
        copies = _repeat(short, large)
        for what, words in WAYS.items():
            took, peak = _watched(netwatch(*words, str(large)))
            yield (
                f"{what}: {name} file of {large.stat().st_size / 1e9:.1f} GB, {copies * PACKETS:,} packets",
                f"at most {peak / (1 << 20):,.0f} MiB resident in all its processes, {took:.0f} s",
            )
        large.unlink()


def _repeat(short: Path, large: Path) -> int:
    """Write the packets of a pcap file over and over, each time later, until there are SIZE bytes; return how often."""
    data = np.fromfile(short, np.uint8)
    begins, at, end = [], HEADER, len(data)
    lengths = memoryview(data)
    while at < end:
        begins.append(at)
        at += RECORD + struct.unpack_from("<I", lengths, at + 8)[0]
    seconds = np.array(begins)[:, None] + np.arange(4)
    first = data[seconds].view("<u4").ravel()
    span = int(first.max()) - int(first.min()) + 1
    copies = -(-SIZE // len(data))
    with large.open("wb") as file:
        file.write(data[:HEADER])
        for number in range(copies):
            data[seconds] = (first + number * span).astype("<u4").view(np.uint8).reshape(-1, 4)
            file.write(data[HEADER:])
    return copies


def _watched(command: list[str]) -> tuple[float, int]:
    """Run a command; return the seconds it took, and the most memory that it and its children held at a time."""
    begun, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _held(watched))
            time.sleep(PAUSE)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.perf_counter() - begun, peak


def _held(process: psutil.Process) -> int:
    """Return the resident bytes of a process and its children; pages that they share count once."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().pss
        except psutil.Error:  # it ended just now
            continue
    return total
