"""Memory that a target never gives back: the same inputs again and again, with nothing that guides or traces them."""

from __future__ import annotations

import gc
import time
import tracemalloc
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from tests.fuzz.trackers import LIFE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

INPUTS: Final = 3 * LIFE
"""Inputs of a round at most, so that trackers are as old at the end of one as at the end of the next."""
SECONDS: Final = 40.0
"""Processor time of the first round, after which it is long enough."""
ROUNDS: Final = 3
"""After two that are not judged: caches fill, modules are imported."""
LEAST: Final = 100
"""Bytes an input that are called a leak when every round leaves them behind."""
TOLD: Final = 6


_CACHE: Final = type(lru_cache(lambda: None))


@dataclass(frozen=True, slots=True)
class Growth:
    """What rounds left behind."""

    inputs: int
    """Of a round."""
    rounds: tuple[int, ...]
    """Bytes that each one added."""
    places: tuple[str, ...]
    """Where what stays was made, most bytes first."""

    @property
    def leaks(self) -> bool:
        """Return whether that goes on."""
        return min(self.rounds) > LEAST * self.inputs

    def __str__(self) -> str:
        """Say it in a line, and a leak in more."""
        sizes = ", ".join(f"{size:+,}" for size in self.rounds)
        line = f"{self.inputs:,} inputs, {len(self.rounds)} times the same: {sizes} bytes"
        return "\n".join([line, *self.places]) if self.leaks else line


def growth(run: Callable[[bytes], None], inputs: Sequence[bytes], seconds: float = SECONDS) -> Growth:
    """Run as many of `inputs` as there is time for, in rounds, and measure what stays of them."""
    chosen = _in_time(run, inputs[:: max(len(inputs) // INPUTS, 1)][:INPUTS], seconds)
    tracemalloc.start()
    try:
        held = [_held_after(run, chosen)]  # what took the place of what was there before is no growth
        before = tracemalloc.take_snapshot()
        held += [_held_after(run, chosen) for _ in range(ROUNDS)]
        places = tracemalloc.take_snapshot().compare_to(before, "lineno")
    finally:
        tracemalloc.stop()
    added = tuple(later - earlier for earlier, later in pairwise(held))
    return Growth(len(chosen), added, tuple(map(str, places[:TOLD])))


def _held_after(run: Callable[[bytes], None], inputs: Sequence[bytes]) -> int:
    """Return how many bytes are held after a round, without what caches with a bound hold."""
    for data in inputs:
        run(data)
    gc.collect()
    for each in gc.get_objects():
        if isinstance(each, _CACHE) and each.cache_parameters()["maxsize"] is not None:
            each.cache_clear()
    return tracemalloc.get_traced_memory()[0]


def _in_time(run: Callable[[bytes], None], inputs: Sequence[bytes], seconds: float) -> Sequence[bytes]:
    """Run `inputs` for the first time and return those there was time for; of many a multiple of LIFE."""
    end = time.thread_time() + seconds
    done = 0
    for data in inputs:
        run(data)
        done += 1
        if time.thread_time() > end:
            break
    return inputs[: done - done % LIFE if done > LIFE else done]
