"""A campaign: one target for some minutes or inputs, what broke written down, what was tried counted over all runs."""

from __future__ import annotations

import faulthandler
import hashlib
import json
import time
import traceback
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from tests.fuzz import corpus
from tests.fuzz.frame_targets import grind
from tests.fuzz.mutations import Mutator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.fuzz.targets import Target

HANGS: Final = 120.0
"""Seconds after which an input is taken for hung; the run ends, and tells where it was."""
CAPTURES: Final = 250
BLOCK_CAPTURES: Final = 10_000
TRACKED: Final = 16
"""Of so many blocks one goes through all trackers and detectors besides."""
MOST_FINDINGS: Final = 100
COUNTS: Final = "counts.json"


@dataclass(slots=True)
class Count:
    """What was tried of a target, over all runs that wrote to the same folder."""

    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    """Processor seconds of the slowest input."""
    findings: int = 0


class Campaign:
    """Fuzzes one target. Findings and counts are kept in `folder`."""

    def __init__(self, name: str, target: Target, folder: Path, seed: int) -> None:
        """Begin with what is known of the target; other seeds try other inputs."""
        self._name, self._target, self._folder, self._seed = name, target, folder, seed
        self._places: set[str] = set()
        self.count = Count()
        folder.mkdir(parents=True, exist_ok=True)

    def run(self, *, minutes: float = 0.0, runs: int = 0) -> Count:
        """Try inputs until the minutes or the runs are over; a hung one ends the process with a traceback."""
        begun = time.monotonic()
        attempts = self._blocks() if self._target.grinds else self._inputs()
        for attempt, label in attempts:
            faulthandler.dump_traceback_later(HANGS, exit=True)
            self.count.inputs += self._try(attempt, label)
            elapsed = time.monotonic() - begun
            if (minutes and elapsed >= 60 * minutes) or (runs and self.count.inputs >= runs):
                break
        faulthandler.cancel_dump_traceback_later()
        self.count.seconds = time.monotonic() - begun
        self._add_to_counts()
        return self.count

    def _inputs(self) -> Iterator[tuple[Callable[[], int], bytes]]:
        changed = Mutator(self._target.seeds(CAPTURES), self._seed, self._target.longest)
        while True:
            data = changed()

            def attempt(data: bytes = data) -> int:
                self._target.run(data)
                return 1

            yield attempt, data

    def _blocks(self) -> Iterator[tuple[Callable[[], int], bytes]]:
        """Yield grindings of every block in turn, and single inputs between them."""
        blocks, inputs = list(corpus.blocks(BLOCK_CAPTURES)), self._inputs()
        number = 0
        while True:
            for place in range(len(blocks)):
                random = np.random.default_rng((self._seed, number))

                def attempt(place: int = place, number: int = number, random: np.random.Generator = random) -> int:
                    grind(blocks[place], random, tracked=number % TRACKED == 0)
                    return len(blocks[place])

                yield attempt, f"block {place} of corpus.blocks, random ({self._seed}, {number})".encode()
                number += 1
            for _ in range(20):
                yield next(inputs)

    def _try(self, attempt: Callable[[], int], label: bytes) -> int:
        before, inputs = time.thread_time(), 1
        with _Caught() as caught:
            inputs = attempt()
        took = time.thread_time() - before
        if caught.trace:
            self._note(label, caught.trace)
        elif inputs == 1:
            self.count.slowest = max(self.count.slowest, took)
            if took > self._target.slowest:
                self._note(label, f"{took:.1f} s\n")
        return inputs

    def _note(self, label: bytes, trace: str) -> None:
        """Keep the first input of each place in the code that breaks."""
        place = "".join(line for line in trace.splitlines() if line.startswith("  File")) or "slow"
        if place in self._places or len(self._places) >= MOST_FINDINGS:
            return
        self._places.add(place)
        self.count.findings += 1
        stem = f"{self._name}-{hashlib.sha256(label).hexdigest()[:12]}"
        (self._folder / f"{stem}.input").write_bytes(label)
        (self._folder / f"{stem}.txt").write_text(trace)
        print(f"{self._name}: {trace.splitlines()[-1]}: {self._folder / stem}.txt", flush=True)

    def _add_to_counts(self) -> None:
        path = self._folder / COUNTS
        known = json.loads(path.read_text()) if path.exists() else {}
        total = Count(**known.get(self._name, {}))
        total.inputs += self.count.inputs
        total.seconds += self.count.seconds
        total.findings += self.count.findings
        total.slowest = max(total.slowest, self.count.slowest)
        path.write_text(json.dumps(known | {self._name: asdict(total)}, indent=1))


class _Caught:
    """Whatever is raised inside, it is what was looked for; interrupts go on."""

    trace = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> bool:
        if error is not None and isinstance(error, Exception):
            self.trace = "".join(traceback.format_exception(error))
        return bool(self.trace)
