"""Figures of a start, beside that of a bare Textual program, and of doing nothing."""

from __future__ import annotations

import statistics
import sys
from typing import Final

from tests.benchmarks.cable import cable, inside
from tests.benchmarks.live import PAUSE
from tests.benchmarks.screen import Watched, netwatch

TIMES: Final = 5
IDLE: Final = 10.0
"""Seconds."""
BARE: Final = [sys.executable, "-m", "tests.benchmarks.bare_textual"]


def start_figures() -> list[tuple[str, str]]:
    """Return the time to the first paint and what an idle interface costs."""
    ours, bare = [], []
    with cable() as (_, watched):
        command = inside(watched, *netwatch("-i", "v0"))
        for _ in range(TIMES):
            ours.append(_first_paint(command))
            bare.append(_first_paint(inside(watched, *BARE)))
        screen = Watched(command)
        screen.pump(2 * PAUSE)
        before = screen.cpu_now()
        screen.pump(IDLE)
        idle = (screen.cpu_now() - before) / IDLE
        memory = screen.memory_mib()
        screen.quit()
    paint, least = statistics.median(ours), statistics.median(bare)
    return [
        (
            "start to first paint",
            f"{paint * 1000:.0f} ms (median of {TIMES}), {paint / least:.1f} times a bare Textual program's",
        ),
        ("idle interface", f"{idle:.1%} of a core, {memory:.0f} MiB resident"),
    ]


def _first_paint(command: list[str]) -> float:
    screen = Watched(command)
    screen.pump(0.5)
    screen.quit()
    return screen.first_paint
