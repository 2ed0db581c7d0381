"""Views: a display filter over a million packets in the buffer, of a file and live: its first rows, and all panes."""

from __future__ import annotations

import re
import time
from itertools import islice
from typing import TYPE_CHECKING

from tests.benchmarks.cable import cable, inside
from tests.benchmarks.live import PAUSE, send, touch_memory
from tests.benchmarks.screen import Watched, netwatch
from tests.benchmarks.synthetic import mixed, write_pcap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netwatch.engine import Engine

PACKETS = 1_000_000
FILTERS = (
    "frame.len > 0",
    "tcp.port == 443",
    "ip.addr == 10.0.0.0/8",
    "tcp.len > 1000 and not udp",
    'frame contains "AAAA"',
    "tcp.analysis.retransmission",
)
REPEATED = 500
"""One packet in so many is sent twice, or nobody could say when the first retransmission is shown."""
LIVE_RATE = 500_000
LIVE_FILTERS = ("tcp.port == 443", "tcp.len > 1000 and not udp", "ip.addr == 10.0.0.0/8")
LIVE_BUFFER = 1 << 10
"""MiB: more than a million packets and what comes while they are looked at."""
LIVE_SIZE = (220, 45)
"""Columns and lines: the status line has room for all that it says of a view."""
LONGEST = 30
_CHIP = re.compile(rb"\[/ ([\d,]+) of ([\d,]+) (?:(\d+)%|[a-z])")
"""How many packets passed of how many, and how far a view is unless it is shown."""


def view_figures(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (what, figure) of each filter, from setting it to its first rows and to all panes."""
    from netwatch.capture.file_source import FileSource
    from netwatch.engine import Engine

    path = folder / "view.pcap"
    write_pcap(path, islice(_with_repeats(mixed(PACKETS)), PACKETS))
    engine = Engine(buffer_bytes=2 << 30)
    engine.start(FileSource([str(path)]))
    try:
        while engine.snapshot().history.last < PACKETS:
            time.sleep(0.05)
        yield from find_figures(engine)
        for text in FILTERS:
            first, whole, matched = _timed(engine, text)
            figure = f"first rows after {first:.2f} s, all panes after {whole:.2f} s ({matched:,} packets)"
            yield f"view of 1,000,000 packets, {text}", figure
    finally:
        engine.close()


def _with_repeats(frames: Iterator[bytes]) -> Iterator[bytes]:
    for number, frame in enumerate(frames):
        yield frame
        if number % REPEATED == 0:
            yield frame


def _timed(engine: Engine, text: str) -> tuple[float, float, int]:
    begin = time.perf_counter()
    number = engine.set_view(text).result(60)
    first = 0.0
    while True:
        found, view = engine.matches(0), engine.snapshot().view
        now = time.perf_counter() - begin
        if not first and found is not None and len(found.numbers):
            first = now
        if view is not None and view.id == number and view.progress is None:
            return first or now, now, view.matched
        time.sleep(0.005)


def live_view_figures(folder: Path, seconds: float) -> Iterator[tuple[str, str]]:
    """Yield (what, figure) of each filter typed while packets come: what it shows when, and what capture loses."""
    touch_memory()
    path = folder / "live.pcap"
    write_pcap(path, mixed(65_536))
    for text in LIVE_FILTERS:
        with cable() as (sender, watched):
            screen = Watched(inside(watched, *netwatch("-i", "v0", "-B", str(LIVE_BUFFER))), size=LIVE_SIZE)
            screen.pump(PAUSE)
            generator = send(sender, path, LIVE_RATE, seconds)
            screen.pump(PACKETS / LIVE_RATE + 1)
            first, whole, passed = _typed(screen, text)
            while generator.poll() is None:
                screen.pump(0.2)
            screen.pump(PAUSE)
            screen.key("\x1b")
            screen.pump(1)
            status = screen.status()
            sent, duration = generator.stdout.read().split()  # it has a pipe
            screen.quit()
        skipped = max(status["not-inspected"], 0)
        yield (
            f"view of the buffer while {int(sent) / float(duration):,.0f} packets/s come, {text}",
            f"first rows after {first:.2f} s, all panes after {whole:.2f} s ({passed}); offered {int(sent):,}, "
            f"captured {status['pkts']:,}, dropped {status['drop']:,}, not inspected {skipped:,}",
        )


def _typed(screen: Watched, text: str) -> tuple[float, float, str]:
    """Type a filter; return when its first rows are there, when all panes are, and how many packets pass by then."""
    screen.key("/")
    screen.pump(0.5)
    screen.key(text)
    screen.pump(1)
    screen.key("\r")
    begin = time.perf_counter()
    first, read = 0.0, b""
    while (now := time.perf_counter() - begin) < LONGEST:
        read = read[-100:] + screen.pump(0.01)
        for passed, looked_at, share in _CHIP.findall(read):
            if not first and passed != b"0":
                first = now
            if not share and looked_at != b"0":
                return first or now, now, f"{passed.decode()} of {looked_at.decode()} packets"
    return first, float("inf"), "never"


def find_figures(engine: Engine) -> Iterator[tuple[str, str]]:
    """Yield how long a search through everything that the buffer holds takes, as it finds nothing."""
    size = engine.snapshot().bytes / (1 << 20)
    for mode, text in (("text", "not there"), ("hex", "de ad be ef 01 02"), ("regex", r"pass(word)?=\S+")):
        begin = time.perf_counter()
        assert engine.find(mode, text, 1, 1).result(120) is None
        took = time.perf_counter() - begin
        yield (
            f"find {mode} in {size:.0f} MiB, {PACKETS:,} packets",
            f"{took:.2f} s, {took / size * 256:.2f} s a 256 MiB",
        )
