"""Puts frames on a wire in the rhythm in which they were recorded, or faster, or steadily."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.lab.bench import Bench


@dataclass(frozen=True, slots=True)
class Played:
    """What was sent."""

    packets: int
    octets: int
    seconds: float


def play(
    bench: Bench,
    packets: Iterable[tuple[float, bytes]],
    *,
    speed: float | None = 1.0,
    most_seconds: float | None = None,
) -> Played:
    """Send frames, (seconds, bytes) each, `speed` times as fast as their times say, None for as the pacer allows.

    Never faster than the bench's pacer, never longer than `most_seconds`; ends early when the user wants to stop.
    """
    begin = bench.clock()
    first: float | None = None
    sent = octets = 0
    for time, data in packets:
        if first is None:
            first, begin = time, bench.clock()  # reading the file took its own time
            bench.pacer.start()
        due = 0.0 if speed is None else begin + (time - first) / speed - bench.clock()
        wait = max(due, bench.pacer.delay())
        if wait > 0:
            bench.pause(wait)
        over = most_seconds is not None and bench.clock() - begin >= most_seconds
        if bench.stop.wanted or over:
            break
        bench.transmit(data, f"frame {sent + 1}, {data[6:12].hex(':')} > {data[:6].hex(':')}")
        sent += 1
        octets += len(data)
        bench.progress.show(f"{sent} frames sent")
    bench.progress.clear()
    return Played(sent, octets, bench.clock() - begin)
