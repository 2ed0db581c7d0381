"""Flow order: packets grouped by the row of their flow, in the order of their arrival within each group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Number = TypeVar("Number", bound=np.generic)

POSITION_BITS: Final = 20
"""There are fewer than 2**20 packets at a time; row numbers take the other bits of a sort key."""
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

    def previous(self, values: NDArray[Number], first: NDArray[Number]) -> NDArray[Number]:
        """Return for each position the value of the position before it in its segment, `first` (k,) at its start."""
        before = np.empty_like(values)
        before[1:] = values[:-1]
        before[self.starts] = first
        return before

    def largest_before(self, values: NDArray[np.int64], first: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the largest value before each position in its segment, `first` (k,) taken for one before its start.

        Where values only grow that is the one just before; a closer look is taken at the other segments only.
        """
        before = self.previous(values, first)
        falls = np.flatnonzero(values < before)
        if len(falls):
            falling = np.zeros(len(self.starts), np.bool_)
            falling[self.number[falls]] = True
            positions = np.flatnonzero(falling.take(self.number))
            lengths = (self.ends - self.starts + 1)[falling]
            pieces = Segments(np.cumsum(lengths) - lengths, len(positions))
            before[positions] = pieces.running_max(before[positions])
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


@dataclass(frozen=True, slots=True, eq=False)
class FlowOrder:
    """Some packets in flow order; arrays have shape (n,)."""

    positions: NDArray[np.intp]
    """Where each packet is in columns that are in the order of arrival."""
    rows: NDArray[np.intp]
    sender: NDArray[np.intp]
    """The end of the flow's key that sent each packet, 0 or 1."""
    segments: Segments
    """One segment for each row."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def ends(self) -> NDArray[np.intp]:
        """Index of each packet's sender in columns with two values a row."""
        return self.rows * 2 + self.sender

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a column that is in the order of arrival in flow order."""
        taken: NDArray[Any] = values.take(self.positions)
        return taken

    def moved(self, rows: NDArray[np.intp]) -> FlowOrder:
        """Return the same packets with other `rows`, each of which only holds packets that had one row before."""
        return replace(self, rows=rows, segments=segments_of(rows))

    def chosen(self, which: NDArray[np.intp]) -> FlowOrder:
        """Return some of the packets, `which` are ascending indices."""
        rows = self.rows[which]
        return FlowOrder(self.positions[which], rows, self.sender[which], segments_of(rows))


def flow_order(rows: NDArray[np.intp], sender: NDArray[Any], positions: NDArray[np.intp] | None = None) -> FlowOrder:
    """Return packets in flow order; `rows` and `sender` (0 or 1) are in the order of arrival.

    `positions` are ascending and tell where the packets are in columns, if these hold others too.
    """
    keys = rows << POSITION_BITS + 1
    keys |= np.arange(0, 2 * len(rows), 2)
    keys |= sender
    # Distinct 64 bit keys make the fast unstable sort stable
    keys.sort()
    index = keys >> 1
    index &= (1 << POSITION_BITS) - 1
    in_order = keys >> POSITION_BITS + 1
    keys &= 1
    return FlowOrder(index if positions is None else positions[index], in_order, keys, segments_of(in_order))


def segments_of(rows: NDArray[np.intp]) -> Segments:
    """Return the segments of equal neighbours in `rows`."""
    changes = np.empty(len(rows), np.bool_)
    changes[:1] = True
    np.not_equal(rows[1:], rows[:-1], out=changes[1:])
    return Segments(changes.nonzero()[0], len(rows))


def add_up(counters: NDArray[Any], ends: NDArray[np.intp]) -> None:
    """Add to `counters` how often each of `ends`, which are ascending, is there."""
    if len(ends):
        starts = segments_of(ends).starts
        counters[ends[starts]] += np.diff(starts, append=len(ends)).astype(counters.dtype)


def grouped(rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return (positions, rows in that order): the positions of `rows` sorted by row, then by position."""
    # Distinct 64 bit keys make the fast unstable sort stable
    keys = rows << POSITION_BITS
    keys |= np.arange(len(rows))
    keys.sort()
    positions = keys & (1 << POSITION_BITS) - 1
    keys >>= POSITION_BITS
    return positions, keys
