"""Passing: the numbers of the packets that pass a view, as long as anybody can look at these packets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

AT_ONCE: Final = 16
"""Batches that are let go together: what is kept of them is looked up once."""


class Passing:
    """Written by the thread of the view, read by any.

    A live capture that goes on for hours would have eight bytes for each packet that ever passed, gigabytes in all.
    """

    def __init__(self) -> None:
        self.count = 0
        """Packets that passed, those that are gone included."""
        self._parts: list[NDArray[np.int64]] = []
        """Ascending; appended to, or replaced by another list."""

    def add(self, numbers: NDArray[np.int64]) -> None:
        """Add the packets of a batch that pass, which are newer than all before."""
        if len(numbers):
            self._parts.append(numbers)
            self.count += len(numbers)

    def after(self, number: int) -> NDArray[np.int64]:
        """Return those behind packet `number`, ascending."""
        found: list[NDArray[np.int64]] = []
        for part in reversed(list(self._parts)):
            if part[-1] <= number:
                break
            found.append(part)
        numbers = np.concatenate([np.zeros(0, np.int64), *reversed(found)])
        return numbers[int(np.searchsorted(numbers, number, side="right")) :]

    def let_go(self, oldest: int, copies: Sequence[int]) -> None:
        """Forget packets before number `oldest`, which nobody can look at, except those with `copies`."""
        gone = 0
        for part in self._parts:
            if part[-1] >= oldest:
                break
            gone += 1
        if gone > AT_ONCE:
            old = np.concatenate(self._parts[:gone])
            copied = old[np.isin(old, np.array(copies, np.int64))]
            self._parts = [*([copied] if len(copied) else []), *self._parts[gone:]]
