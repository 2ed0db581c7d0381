"""Flow order: the packets of a batch grouped by row, in the order of their arrival within each group."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

POSITION_BITS: Final = 20
"""A batch has fewer packets than 2**20; row numbers take the other 43 bits of a sort key."""
LARGEST: Final = 1 << 62


class Segments:
    """Neighbours that belong together, in an array of shape (n,) that is cut into k segments."""

    def __init__(self, starts: NDArray[np.intp], length: int) -> None:
        """Cut positions 0 to `length` - 1 before each of `starts`, the first of which is 0."""
        self.starts = starts
        """First position of each segment, shape (k,)."""
        self.length = length

    @cached_property
    def number(self) -> NDArray[np.intp]:
        """The segment of each position, shape (n,)."""
        number = np.zeros(self.length, np.intp)
        number[self.starts[1:]] = 1
        return np.cumsum(number, out=number)

    @cached_property
    def ends(self) -> NDArray[np.intp]:
        """Last position of each segment, shape (k,)."""
        ends = np.empty_like(self.starts)
        ends[:-1] = self.starts[1:]
        ends[-1:] = self.length
        ends -= 1
        return ends

    def previous(self, values: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each position the value of the position before it in its segment, `first` (k,) at its start."""
        before = np.empty_like(values)
        before[1:] = values[:-1]
        before[self.starts] = first
        return before

    @cached_property
    def _longer(self) -> tuple[NDArray[np.intp], Segments, NDArray[np.bool_]]:
        """Positions in segments longer than one, as segments of their own, and which segments these are."""
        lengths = self.ends - self.starts + 1
        longer = lengths > 1
        lengths = lengths[longer]
        positions = np.flatnonzero(longer.take(self.number))
        return positions, Segments(np.cumsum(lengths) - lengths, len(positions)), longer

    def largest_before(self, values: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the largest value before each position in its segment, `first` (k,) taken for one before its start.

        Most segments of a batch of many flows have one position, for which there is nothing to be done.
        """
        before = first.take(self.number)
        positions, segments, longer = self._longer
        if len(positions):
            first = first[longer]
            before[positions] = segments.running_max(segments.previous(values[positions], first))
        return before

    def running_max(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the largest value so far in each position's segment, that position included."""
        if not len(values):
            return values
        lowest = int(values.min())
        span = int(values.max()) - lowest + 1
        if span * len(self.starts) < LARGEST:
            # Each segment lies above all values of the one before it, so one pass serves all
            lift = self.number * span
            lift -= lowest
            lifted = values + lift
            np.maximum.accumulate(lifted, out=lifted)
            lifted -= lift
            return lifted
        pieces = [np.maximum.accumulate(piece) for piece in np.split(values, self.starts[1:])]
        return np.concatenate(pieces)

    def running_sum(self, values: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sum of the values so far in each position's segment, that position included."""
        total = np.cumsum(values)
        before = total[self.starts] - values[self.starts]
        total -= before.take(self.number)
        return total


def segments_of(rows: NDArray[np.intp]) -> Segments:
    """Return the segments of equal neighbours in `rows`."""
    changes = np.empty(len(rows), np.bool_)
    changes[:1] = True
    np.not_equal(rows[1:], rows[:-1], out=changes[1:])
    return Segments(changes.nonzero()[0], len(rows))


def grouped(rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return (positions, rows in that order): the positions of `rows` sorted by row, then by position."""
    # Distinct 64 bit keys make the fast unstable sort stable
    keys = rows << POSITION_BITS
    keys |= np.arange(len(rows))
    keys.sort()
    positions = keys & (1 << POSITION_BITS) - 1
    keys >>= POSITION_BITS
    return positions, keys
