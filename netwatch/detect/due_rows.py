"""Rows of a table that wait until a time, in the order in which they began to."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

Waiting: TypeAlias = tuple["NDArray[np.intp]", "NDArray[np.int64]", "NDArray[np.int64]"]
"""(rows, what was in them, times), of equal length."""


class DueRows:
    """A queue of arrays; an array's rows need not have the same time."""

    def __init__(self) -> None:
        self._queue: deque[Waiting] = deque()

    def add(self, rows: NDArray[np.intp], serials: NDArray[np.int64], times: NDArray[np.int64]) -> None:
        """Let rows wait."""
        self._queue.append((rows, serials, times))

    def take(self, until_ns: int) -> Iterator[Waiting]:
        """Take what is not younger than `until_ns`."""
        while self._queue:
            rows, serials, times = self._queue[0]
            due = times <= until_ns
            if not np.count_nonzero(due):
                return
            self._queue.popleft()
            young = ~due
            if np.count_nonzero(young):
                self._queue.appendleft((rows[young], serials[young], times[young]))
            yield rows[due], serials[due], times[due]
            if np.count_nonzero(young):
                return
