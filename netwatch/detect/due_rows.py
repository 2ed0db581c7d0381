"""Rows of a table that wait until a time, in the order in which they began to."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

Waiting: TypeAlias = tuple["NDArray[np.intp]", "NDArray[np.int64]", "NDArray[np.int64]"]
"""(rows, what was in them, times), of equal length."""


class DueRows:
    """A queue of arrays; an array's rows need not have the same time."""

    def __init__(self) -> None:
        self._queue: deque[tuple[Waiting, bool]] = deque()
        """Each with whether its times ascend, as those of nearly all captures do."""

    def add(self, rows: NDArray[np.intp], serials: NDArray[np.int64], times: NDArray[np.int64]) -> None:
        """Let rows wait."""
        if len(rows):
            self._queue.append(((rows, serials, times), not np.count_nonzero(times[1:] < times[:-1])))

    def take(self, until_ns: int) -> Iterator[Waiting]:
        """Take what is not younger than `until_ns`."""
        while self._queue:
            waiting, ascending = self._queue[0]
            times = waiting[2]
            if ascending and times[0] > until_ns:
                return
            if ascending:
                count = int(times.searchsorted(until_ns, side="right"))
                due, young = _parts(waiting, slice(0, count)), _parts(waiting, slice(count, None))
            else:
                mask = times <= until_ns
                due, young = _parts(waiting, mask), _parts(waiting, ~mask)
            if not len(due[0]):
                return
            self._queue.popleft()
            if len(young[0]):
                self._queue.appendleft((young, ascending))
            yield due
            if len(young[0]):
                return


def _parts(waiting: Waiting, which: Any) -> Waiting:
    rows, serials, times = waiting
    return rows[which], serials[which], times[which]
