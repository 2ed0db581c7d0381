"""Names live: look-ups and new connections at a given rate, and how many of them were read and matched."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

import psutil

from tests.benchmarks.cable import cable, inside
from tests.benchmarks.conversations import connections, look_ups
from tests.benchmarks.live import PAUSE, send, touch_memory
from tests.benchmarks.screen import netwatch
from tests.benchmarks.synthetic import write_pcap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FRAMES = 65_536
"""That the generator sends round and round."""
DNS_RATE = 100_000
MIXED_RATE = 1_000_000
TLS_RATE, HTTP_RATE = 5_000, 2_000


def name_figures(folder: Path, seconds: float) -> Iterator[tuple[str, str]]:
    """Yield (what, figure) for each load."""
    touch_memory()
    look_up_file, mixed_file = folder / "look-ups.pcap", folder / "connections.pcap"
    write_pcap(look_up_file, look_ups(FRAMES))
    sent, found, cost = _load(look_up_file, DNS_RATE, seconds)
    dns = found["dns"]
    yield (
        f"DNS at {DNS_RATE:,} messages/s",
        f"{_captured(sent, found, cost)}; {dns['queries']:,} queries, {dns['responses']:,} responses, "
        f"{dns['matched']:,} matched",
    )
    share = FRAMES / MIXED_RATE
    tls, http = round(TLS_RATE * share), round(HTTP_RATE * share)
    write_pcap(mixed_file, iter(connections(FRAMES, tls, http)))
    sent, found, cost = _load(mixed_file, MIXED_RATE, seconds)
    rounds = sent / FRAMES
    skipped = found["loss"]["inspection_skipped"]
    yield (
        f"mixed sizes at {MIXED_RATE:,}/s with {TLS_RATE:,} new TLS connections/s and {HTTP_RATE:,} HTTP requests/s",
        f"{_captured(sent, found, cost)} ({skipped / max(sent, 1):.2%}); "
        f"{found['tls']['over_tcp']:,} of {tls * rounds:,.0f} hellos, "
        f"{found['http']['requests']:,} of {http * rounds:,.0f} requests read",
    )


def _captured(sent: int, found: dict[str, Any], cost: float) -> str:
    loss, packets = found["loss"], found["capture"]["packets"]
    return (
        f"offered {sent:,}, captured {packets:,}, dropped {loss['kernel_dropped']:,}, "
        f"{cost / max(packets, 1) * 1e6:.2f} us CPU a packet, not inspected {loss['inspection_skipped']:,}"
    )


def _load(file: Path, rate: float, seconds: float) -> tuple[int, dict[str, Any], float]:
    """Return how many frames were sent, the report of a live capture of them, and the seconds of CPU that it took."""
    with cable() as (sender, watched):
        words = ("report", "-i", "v0", "-a", f"duration:{seconds + 2 * PAUSE:.0f}", "--format", "json")
        capturing = subprocess.Popen(inside(watched, *netwatch(*words)), stdout=subprocess.PIPE, text=True)
        time.sleep(PAUSE)
        before = sum(psutil.Process(capturing.pid).cpu_times()[:2])
        generator = send(sender, file, rate, seconds, "clients")
        sent = int(generator.communicate()[0].split()[0])
        assert capturing.stdout is not None
        found = json.loads(capturing.stdout.read())
        _, _, usage = os.wait4(capturing.pid, 0)
        capturing.returncode = 0
    return sent, found, usage.ru_utime + usage.ru_stime - before
