"""`python -m tests.benchmarks.soak [--minutes N]`: a steady load with every pane visited; what grows is a failure.

Three minutes unless told otherwise; the long form is `--minutes 60`. Needs root, as the other live benchmarks.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.benchmarks.cable import cable, inside
from tests.benchmarks.live import PAUSE, send
from tests.benchmarks.screen import Watched, netwatch
from tests.benchmarks.synthetic import mixed, write_pcap

if TYPE_CHECKING:
    from collections.abc import Sequence

RATE: Final = 100_000
"""Packets a second."""
VISITS: Final = "1345678b92"
"""Keys of the panes and of a view, pressed one after another."""
STAY: Final = 2.0
"""Seconds in each."""
BUFFER: Final = 64
"""MiB of packets kept: full after a few seconds, so that memory is flat from then on."""
WARM: Final = 0.4
"""Share of the run that is not judged: tables and buffer fill."""
STEEPEST: Final = 1.0
"""MiB that memory may grow in ten minutes; a short run may also grow by SLACK, which is no slope."""
SLACK: Final = 8.0
"""Also what pages of files may come and go by, which the kernel maps as other programs read the same libraries."""
LONG: Final = 1200.0
"""Seconds judged from which on SLACK is none for memory of the process's own."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The process at one moment."""

    seconds: float
    memory_mib: float
    """All that is resident."""
    descriptors: int
    cpu_seconds: float
    own_mib: float = 0.0
    """Of that what is not pages of files."""


def main(words: Sequence[str]) -> int:
    """Return 1 when anything grew, slowed down, or was counted wrongly."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--rate", type=float, default=RATE, help="packets a second")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        samples, sent, status = _run(Path(folder), 60 * options.minutes, options.rate)
    problems = judge(samples, sent, status)
    for sample in samples[:: max(len(samples) // 20, 1)]:
        used = f"{sample.descriptors:4} fd {sample.cpu_seconds:8.1f} s"
        print(f"{sample.seconds:7.0f} s {sample.memory_mib:8.1f} MiB, of files all but {sample.own_mib:.1f}, {used}")
    warm = _warm(samples)
    slopes = (_slope(warm, [getattr(sample, name) for sample in warm]) for name in ("memory_mib", "own_mib"))
    print("MiB in ten minutes: {:+.2f}, without pages of files {:+.2f}".format(*slopes))
    print(f"sent {sent:,}, counted {status['pkts']:,}, dropped {status['drop']:,}")
    print("\n".join(problems) or "nothing grew")
    return 1 if problems else 0


def judge(samples: Sequence[Sample], sent: int, status: dict[str, int]) -> list[str]:
    """Return what is wrong, a line each."""
    problems = []
    warm = _warm(samples)
    judged = warm[-1].seconds - warm[0].seconds
    slope, own = (_slope(warm, [getattr(sample, name) for sample in warm]) for name in ("memory_mib", "own_mib"))
    if slope > STEEPEST and slope * judged / 600 > SLACK:
        problems.append(f"memory grows by {slope:.1f} MiB in ten minutes")
    if own > STEEPEST and (judged >= LONG or own * judged / 600 > SLACK):
        problems.append(f"memory of its own grows by {own:.1f} MiB in ten minutes")
    if warm[-1].descriptors > warm[0].descriptors:
        problems.append(f"{warm[0].descriptors} descriptors became {warm[-1].descriptors}")
    middle = len(warm) // 2
    early, late = (_cpu_share(part) for part in (warm[: middle + 1], warm[middle:]))
    if late > 1.25 * early + 0.05:
        problems.append(f"it slows down: {early:.2f} of a processor became {late:.2f}")
    if status["pkts"] + status["drop"] != sent:
        problems.append(f"{sent:,} packets were sent, {status['pkts']:,} counted and {status['drop']:,} dropped")
    return problems


def told(farewell: str) -> dict[str, int]:
    """Return packets and drops as the last words of a monitor tell them, which unlike the status line round nothing."""
    packets = re.search(r"netwatch: \S+: ([\d,]+) packets", farewell)
    dropped = re.search(r"dropped ([\d,]+)", farewell)
    return {
        name: int(match[1].replace(",", "")) if match else 0 for name, match in (("pkts", packets), ("drop", dropped))
    }


def _warm(samples: Sequence[Sample]) -> list[Sample]:
    return [sample for sample in samples if sample.seconds >= WARM * samples[-1].seconds]


def _slope(samples: Sequence[Sample], values: Sequence[float]) -> float:
    """Return how much `values` grow in ten minutes."""
    return statistics.linear_regression([sample.seconds for sample in samples], values).slope * 600


def _cpu_share(samples: Sequence[Sample]) -> float:
    first, last = samples[0], samples[-1]
    return (last.cpu_seconds - first.cpu_seconds) / max(last.seconds - first.seconds, 1e-9)


def _run(folder: Path, seconds: float, rate: float) -> tuple[list[Sample], int, dict[str, int]]:
    file = folder / "mixed.pcap"
    write_pcap(file, mixed(65_536))
    with cable() as (sender, watched):
        screen = Watched(inside(watched, *netwatch("-i", "v0", "-B", str(BUFFER))))
        screen.pump(PAUSE)
        generator = send(sender, file, rate, seconds)
        started, samples = time.monotonic(), []
        for key in cycle(VISITS):
            if generator.poll() is not None:
                break
            screen.key(key)
            screen.pump(STAY)
            open_now = len(list(Path(f"/proc/{screen.process}/fd").iterdir()))
            memory, own = screen.memory_mib(), screen.memory_mib("Anonymous")
            samples.append(Sample(time.monotonic() - started, memory, open_now, screen.cpu_now(), own))
        assert generator.stdout is not None
        sent = int(generator.stdout.read().split()[0])
        screen.pump(PAUSE)
        counted = told(screen.quit())
    return samples, sent, counted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
