"""Python's collection of cyclic garbage, and memory that is given back, when that holds up no packet."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Final

from netwatch.threads.allocator import give_back_unused

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

YOUNG: Final = 5000
"""Objects after which the youngest generation is looked at; Python's 700 is reached many times a second here."""
MIDDLE: Final = 10
"""Looks at the youngest generation for each look at the middle one, as in Python."""
NEVER: Final = 1 << 30
SECONDS: Final = 60.0
"""Between two looks at all objects, which take 30 to 130 ms: half a ring at a million packets/s."""
HOLES_SECONDS: Final = 5.0
"""Between two times that pages without content are given back, which takes 2 to 4 ms: under load a heap of 150 MiB has
holes of 40 after some seconds."""
PATIENCE: Final = 240.0
"""Seconds that a look waits for a capture that is behind all the time; screens leave a megabyte a minute."""


class Garbage:
    """Looks at old objects once a minute at a moment of its owner's choice, instead of whenever Python would.

    Young objects are looked at as ever. Used by the thread that captures, which knows when the ring is empty; the
    `with` block of who has no thread takes over and gives back.
    """

    def __init__(self, now: float) -> None:
        """Begin to wait at `now` seconds; nothing changes until `take_over`."""
        self._next = now + SECONDS
        self._next_holes = now + HOLES_SECONDS
        self._thresholds = gc.get_threshold()

    def __enter__(self) -> Self:
        """Take over."""
        self.take_over()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give back."""
        self.give_back()

    def take_over(self) -> None:
        """Keep Python from looking at old objects by itself, and what lives now from being looked at ever."""
        gc.freeze()
        gc.set_threshold(YOUNG, MIDDLE, NEVER)

    def give_back(self) -> None:
        """Leave it to Python again."""
        gc.set_threshold(*self._thresholds)

    def look(self, now: float, *, busy: bool = False) -> None:
        """Look at all objects if it is time, while the caller is `busy` later; give back what nothing is in."""
        if now >= self._next + (PATIENCE if busy else 0.0):
            gc.collect()
            self._next, self._next_holes = now + SECONDS, now
        if now >= self._next_holes:
            give_back_unused()
            self._next_holes = now + HOLES_SECONDS
