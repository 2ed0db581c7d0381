"""Events: a million packets told as EVE, with a record a packet or without, as Zeek's conn.log and as CSV."""

from __future__ import annotations

import resource
import subprocess
import time
from typing import TYPE_CHECKING

from tests.benchmarks.screen import netwatch
from tests.benchmarks.synthetic import mixed, write_pcap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKETS = 1_000_000
AT_ONCE = 1 << 20
"""Bytes that are read at once, if the pipe has them."""
WAYS = {
    "usual types": (),
    "all types": ("--types", "all"),
    "Zeek's conn.log": ("--format", "zeek"),
    "CSV a packet": ("--format", "csv"),
}


def event_figures(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (what, figure): the time of a process from its start to its last record."""
    capture = folder / "events.pcap"
    write_pcap(capture, mixed(PACKETS))
    for what, options in WAYS.items():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        lines = _lines(netwatch("events", str(capture), *options))
        took = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cost = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        yield (
            f"events of {PACKETS:,} packets, {what}",
            f"{PACKETS / took:,.0f} packets/s, {lines:,} records, {cost / PACKETS * 1e6:.1f} us CPU a packet",
        )


def _lines(command: list[str]) -> int:
    """Run a command and return how many lines it writes, none of which is kept: their reader is to cost little."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        lines = 0
        while part := process.stdout.read(AT_ONCE):
            lines += part.count(b"\n")
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return lines
