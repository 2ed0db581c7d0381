"""Alerts: half a million SYNs a second from random sources on a live link are one alert, in bounded memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from tests.benchmarks.cable import cable, inside
from tests.benchmarks.flood_frames import syns
from tests.benchmarks.live import PAUSE, send, touch_memory
from tests.benchmarks.screen import Watched, netwatch
from tests.benchmarks.synthetic import write_pcap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RATE: Final = 500_000
"""SYNs a second."""


def alert_figures(folder: Path, seconds: float) -> Iterator[tuple[str, str]]:
    """Yield (what, figure) of the flood: what was captured, every alert that opened, memory twice."""
    touch_memory()
    frames, events = folder / "syns.pcap", folder / "events.json"
    write_pcap(frames, syns(65_536))
    with cable() as (sender, watched):
        screen = Watched(inside(watched, *netwatch("-i", "v0", "--events", str(events))))
        screen.pump(PAUSE)
        generator = send(sender, frames, RATE, seconds, "new")
        screen.pump(seconds / 3)
        early = screen.memory_mib()
        while generator.poll() is None:
            screen.pump(0.2)
        late = screen.memory_mib()
        screen.pump(PAUSE)
        status = screen.status()
        assert generator.stdout is not None
        sent, duration = generator.stdout.read().split()
        screen.quit()
    told = [(record["alert"]["category"], _context(record)) for record in _alerts(events.read_text())]
    opened = [f"{rule} ({context['severity']})" for rule, context in told if context["news"] == "open"]
    plural = "s" * (len(opened) != 1)
    last = told[-1][1]["summary"] if told else "none"
    yield (
        f"SYN flood from random sources, {RATE:,}/s",
        f"{len(opened)} alert{plural}: {', '.join(opened)}, last told: {last}; offered {int(sent):,} at "
        f"{int(sent) / float(duration):,.0f}/s, captured {status['pkts']:,}, dropped {status['drop']:,}, not inspected "
        f"{max(status['not-inspected'], 0):,}; {early:.0f} MiB resident after a third, {late:.0f} MiB at the end",
    )


def _alerts(text: str) -> list[dict[str, Any]]:
    records = [json.loads(line) for line in text.splitlines()]
    return [record for record in records if record["event_type"] == "alert"]


def _context(record: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = record["alert"]["context"]["netwatch"]
    return found
