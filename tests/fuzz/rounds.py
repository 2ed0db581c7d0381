"""Guided fuzzing in one process after the other, each of which goes on with what those before it found."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.fuzz.campaign import CAPTURES
from tests.fuzz.resident import GROWN
from tests.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SHORTEST: Final = 3.0
"""Seconds that are worth another process."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one target is fuzzed: so many minutes, or so many inputs where those are 0."""

    minutes: float
    runs: int
    seed: int


def guided(
    name: str, limits: Limits, folder: Path, launch: Callable[[Sequence[str]], int] | None = None, /
) -> tuple[int, int]:
    """Fuzz one target with libFuzzer, which never comes back, in processes of its own that `launch` runs.

    Return 1 when something was found, else 0, and how many processes made room for the next because they had grown.
    atheris 3.0 keeps the result of every comparison of a numpy array for ever, so that growth alone tells nothing:
    `tests.fuzz.leaks` does.
    """
    seeds = _seeds(name, folder)
    count = folder / f"{name}.count"
    launch = launch or _launch
    end, runs, grown = time.monotonic() + 60 * limits.minutes, limits.runs, 0
    while True:
        left = end - time.monotonic()
        limit = f"-max_total_time={max(left, 1):.0f}" if limits.minutes else f"-runs={runs}"
        status = launch(
            [
                *(sys.executable, "-m", "tests.fuzz.guided", name, str(count), str(seeds), limit),
                *(f"-max_len={TARGETS[name].longest}", f"-seed={limits.seed + grown}", "-timeout=60"),
                *(f"-artifact_prefix={folder}/{name}-", "-print_final_stats=1"),
            ]
        )
        if status != GROWN:
            return int(status != 0), grown
        grown += 1
        runs -= int(count.read_text())
        if (limits.minutes and end - time.monotonic() < SHORTEST) or (not limits.minutes and runs <= 0):
            return 0, grown


def _seeds(name: str, folder: Path) -> Path:
    """Return the folder of what the target is fuzzed with, which is not empty."""
    seeds = folder / "corpus" / name
    seeds.mkdir(parents=True, exist_ok=True)
    if not any(seeds.iterdir()):
        for number, data in enumerate(TARGETS[name].seeds(CAPTURES)):
            (seeds / f"seed-{number}").write_bytes(data)
    return seeds


def _launch(command: Sequence[str]) -> int:
    return subprocess.run(command, check=False).returncode
