"""Live: offered against captured, key to paint, cost per packet, stock Scapy beside it."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.benchmarks.cable import cable, inside
from tests.benchmarks.screen import Watched, netwatch
from tests.benchmarks.synthetic import mixed, tiny, write_pcap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCAPY = """
import sys, time
from scapy.all import AsyncSniffer
seen = 0
def count(packet):
    global seen
    seen += 1
sniffer = AsyncSniffer(iface="v0", prn=count, store=False)
sniffer.start()
time.sleep(float(sys.argv[1]))
print(seen)
"""
PAUSE = 5
"""Seconds that netwatch gets to start before the load, Scapy's layers in the background included, and to empty its
ring after it."""


def live_figures(folder: Path, seconds: float) -> Iterator[tuple[str, str]]:
    """Yield (what, figure) for each load."""
    touch_memory()
    mixed_file, tiny_file = folder / "mixed.pcap", folder / "tiny.pcap"
    write_pcap(mixed_file, mixed(65_536))
    write_pcap(tiny_file, tiny(65_536))
    yield from _load("mixed sizes at 1,000,000/s", mixed_file, 1_000_000, seconds)
    try:
        yield from _load("the same, each packet copied 4 times by the kernel", mixed_file, 250_000, seconds, copies=4)
        yield from _load("the same at the top speed of that", mixed_file, 0, seconds, copies=4)
    except subprocess.CalledProcessError:
        yield "the same, each packet copied 4 times by the kernel", "this kernel cannot (tc u32, mirred)"
    yield from _load("mixed sizes at 1,000,000/s, flows on the screen", mixed_file, 1_000_000, seconds, keys="3")
    yield from _load("mixed sizes, top speed of the generator", mixed_file, 0, seconds)
    yield from _load("mixed sizes at 300,000/s", mixed_file, 300_000, seconds)
    yield from _load("64-byte packets, every one a new flow, 200,000/s", tiny_file, 200_000, seconds, new=True)
    yield from _load("64-byte packets, every one a new flow, top speed", tiny_file, 0, seconds, new=True)
    yield from _saving(mixed_file, seconds)
    yield "stock Scapy AsyncSniffer, mixed at 300,000/s", _scapy(mixed_file, seconds)


def touch_memory() -> None:
    """Write to a GiB once: a virtual machine's host gives memory at the first touch, milliseconds for each MiB."""
    memory = bytearray(1 << 30)
    memory[:: 1 << 12] = b"x" * (1 << 18)


def _load(
    what: str, file: Path, rate: float, seconds: float, *, copies: int = 0, new: bool = False, keys: str = ""
) -> Iterator[tuple[str, str]]:
    with cable(copies) as (sender, watched):
        screen = Watched(inside(watched, *netwatch("-i", "w0" if copies else "v0")))
        screen.pump(PAUSE)
        for key in keys:
            screen.key(key)
        before, frames = screen.cpu_now(), screen.frames
        generator = send(sender, file, rate, seconds, *(["new"] if new else []))
        started = time.perf_counter()
        times = []
        while generator.poll() is None and time.perf_counter() - started < seconds + 20:
            times.append(screen.key_to_paint("r", b"rising") if keys else screen.key_to_paint())
            screen.pump(0.1)
        took = time.perf_counter() - started
        memory = screen.memory_mib()
        drawn = (screen.frames - frames) / took
        screen.pump(PAUSE)
        status = screen.status()
        cost = screen.cpu_now() - before
        sent, duration = generator.stdout.read().split()  # it has a pipe
        screen.quit()
    offered = int(sent) * (copies or 1)
    each = cost / max(status["pkts"], 1) * 1e6
    late = statistics.quantiles(times, n=20)[-1] * 1000 if len(times) > 1 else float("nan")
    yield (
        what,
        f"offered {offered:,} at {offered / float(duration):,.0f}/s, captured {status['pkts']:,}, "
        f"dropped {status['drop']:,}, not inspected {max(status['not-inspected'], 0):,}; "
        f"{each:.2f} us CPU a packet, key to paint p95 "
        f"{late:.0f} ms ({len(times)} keys), {drawn:.1f} repaints/s, {memory:.0f} MiB resident",
    )


def _saving(file: Path, seconds: float) -> Iterator[tuple[str, str]]:
    with cable() as (sender, watched):
        folder = file.parent
        screen = Watched(
            inside(watched, "sh", "-c", f"cd {folder} && exec {' '.join(_absolute(netwatch('-i', 'v0')))}")
        )
        screen.pump(PAUSE)
        generator = send(sender, file, 500_000, seconds)
        screen.pump(seconds / 3)
        screen.key("s")
        took = screen.until(b"saved ", 60)
        while generator.poll() is None:
            screen.pump(0.2)
        screen.pump(PAUSE)
        status = screen.status()
        screen.quit()
    sizes = [path.stat().st_size for path in folder.glob("capture_*.pcap")]
    yield (
        "snapshot of the full buffer under load",
        f"{sum(sizes) / (1 << 20):.0f} MiB in {took:.1f} s, dropped {status['drop']:,} of {status['pkts']:,}",
    )


def _scapy(file: Path, seconds: float) -> str:
    with cable() as (sender, watched):
        words = inside(watched, sys.executable, "-c", SCAPY, str(seconds + 2 * PAUSE))
        sniffer = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        time.sleep(PAUSE)
        generator = send(sender, file, 300_000, seconds)
        sent, _ = generator.communicate()[0].split()
        seen = int(sniffer.communicate()[0] or 0)
    return f"offered {int(sent):,}, seen {seen:,} ({seen / int(sent):.1%})"


def send(sender: str, file: Path, rate: float, seconds: float, *words: str) -> subprocess.Popen[str]:
    generator = [sys.executable, "-m", "tests.benchmarks.generator", "v0", str(file), str(rate), str(seconds), *words]
    return subprocess.Popen(inside(sender, *generator), stdout=subprocess.PIPE, text=True)


def _absolute(words: list[str]) -> list[str]:
    from pathlib import Path

    return ["env", f"PYTHONPATH={Path(__file__).resolve().parents[2]}", *words]
