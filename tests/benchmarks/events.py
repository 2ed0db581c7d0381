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
        done = subprocess.run(netwatch("events", str(capture), *options), check=True, stdout=subprocess.PIPE)
        took = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cost = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        lines = done.stdout.count(b"\n")
        yield (
            f"events of {PACKETS:,} packets, {what}",
            f"{PACKETS / took:,.0f} packets/s, {lines:,} records, {cost / PACKETS * 1e6:.1f} us CPU a packet",
        )
