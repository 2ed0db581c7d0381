"""Views: a display filter over a million packets in the buffer: its first rows, and all panes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.benchmarks.synthetic import mixed, write_pcap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netwatch.engine import Engine

PACKETS = 1_000_000
FILTERS = (
    "tcp.port == 443",
    "ip.addr == 10.0.0.0/8",
    "tcp.len > 1000 and not udp",
    'frame contains "AAAA"',
    "tcp.analysis.retransmission",
)


def view_figures(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (what, figure) of each filter, from setting it to its first rows and to all panes."""
    from netwatch.capture.file_source import FileSource
    from netwatch.engine import Engine

    path = folder / "view.pcap"
    write_pcap(path, mixed(PACKETS))
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
