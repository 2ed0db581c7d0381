"""Packets and bytes by protocol group over time, at three resolutions, in rings of packet time.

A slot of a ring belongs to the newest step that fell into it. So what the rings hold does not depend on how packets
were split into batches, a time that is wrong costs one slot, and the work of a batch is bounded wherever time jumps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.nanoseconds import SECOND
from netwatch.tables.resolution import Resolution

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_SPAN: Final = 600
"""Seconds that a batch may span to be counted second by second and then folded; one that jumps further is counted in
each ring on its own."""
EMPTY: Final = np.iinfo(np.int64).min
FIRST: Final = np.ones(1, np.bool_)


class Ring:
    """Counts of the newest steps of one length; `groups` counters a step."""

    def __init__(self, resolution: Resolution, groups: int) -> None:
        self._seconds = int(resolution)
        self._kept = resolution.kept
        self._groups = groups
        self._step = np.full(self._kept, EMPTY, np.int64)
        self._counts = np.zeros((self._kept, 2, groups), np.int64)

    def add_second(self, second: int, counts: NDArray[np.int64]) -> None:
        """Add `counts`, shape (2, groups), to one second."""
        step = second // self._seconds
        slot = step % self._kept
        held = self._step.item(slot)
        if held == step:
            self._counts[slot] += counts
        elif held < step:
            self._step[slot] = step
            self._counts[slot] = counts

    def add_seconds(self, seconds: NDArray[np.int64], counts: NDArray[np.int64]) -> None:
        """Add `counts`, shape (m, 2, groups), to `seconds`, shape (m,), that rise and span at most LONGEST_SPAN."""
        steps = seconds // self._seconds
        if self._seconds > 1:
            begins = np.flatnonzero(np.concatenate((FIRST, steps[1:] != steps[:-1])))
            steps, counts = steps[begins], np.add.reduceat(counts, begins, axis=0)
        slots = steps % self._kept
        held = self._step[slots]
        newer = np.flatnonzero(steps > held)
        if len(newer):
            self._give(slots[newer], steps[newer])
        current = steps >= held
        if np.count_nonzero(current) < len(current):
            slots, counts = slots[current], counts[current]
        self._counts[slots] += counts

    def add_packets(self, times: NDArray[np.int64], group: NDArray[np.intp], sizes: NDArray[np.int64]) -> None:
        """Count packets at any `times`, nanoseconds since the epoch; all of shape (n,)."""
        steps = times // (self._seconds * SECOND)
        slots = steps % self._kept
        newest = self._step.copy()
        np.maximum.at(newest, slots, steps)
        later = np.flatnonzero(newest > self._step)
        self._give(later, newest[later])
        current = newest[slots] == steps
        cells = slots[current] * (2 * self._groups) + group[current]
        flat = self._counts.reshape(-1)
        np.add.at(flat, cells, 1)
        np.add.at(flat, cells + self._groups, sizes[current])

    def window(self, now_ns: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the beginnings in ns, shape (n,), and the counts, shape (n, 2, groups), of the last `count` steps.

        The last one is that which `now_ns` is in. n is `count`, at most as many as are kept.
        """
        last = now_ns // (self._seconds * SECOND)
        steps = np.arange(last - min(max(count, 0), self._kept) + 1, last + 1, dtype=np.int64)
        slots = steps % self._kept
        valid = self._step[slots] == steps
        return steps * (self._seconds * SECOND), self._counts[slots] * valid[:, None, None]

    def forget_after(self, now_ns: int) -> None:
        """Empty the steps that lie in the future: the clock was set back, and what comes now needs their slots."""
        self._give(np.flatnonzero(self._step > now_ns // (self._seconds * SECOND)), np.array(EMPTY))

    def _give(self, slots: NDArray[np.int64], steps: NDArray[np.int64]) -> None:
        """Let each of `slots` belong to the newer step beside it."""
        self._step[slots] = steps
        self._counts[slots] = 0


class GroupRates:
    """The rings of all resolutions."""

    def __init__(self, groups: int) -> None:
        self._groups = groups
        self._rings = {resolution: Ring(resolution, groups) for resolution in Resolution}

    def add(
        self,
        times: NDArray[np.int64],
        group: NDArray[np.intp],
        sizes: NDArray[np.int64],
        span: tuple[int, int],
    ) -> None:
        """Count packets at `times` (ns), of `group`, of `sizes` (bytes), shape (n,); `span` is first and last time."""
        first, last = span[0] // SECOND, span[1] // SECOND
        if last - first >= LONGEST_SPAN:
            for ring in self._rings.values():
                ring.add_packets(times, group, sizes)
            return
        cells = group if first == last else group + (times // SECOND - first) * (2 * self._groups)
        counts = np.zeros((last - first + 1, 2, self._groups), np.int64)
        flat = counts.reshape(-1)
        np.add.at(flat, cells, 1)
        np.add.at(flat[self._groups :], cells, sizes)
        if first == last:
            for ring in self._rings.values():
                ring.add_second(first, counts[0])
            return
        present = np.flatnonzero(counts[:, 0].any(axis=1))
        seconds, counts = present + first, counts[present]
        for ring in self._rings.values():
            ring.add_seconds(seconds, counts)

    def forget_after(self, now_ns: int) -> None:
        """See Ring.forget_after."""
        for ring in self._rings.values():
            ring.forget_after(now_ns)

    def window(self, resolution: Resolution, now_ns: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return what `Ring.window` of the ring of `resolution` does."""
        return self._rings[resolution].window(now_ns, count)
