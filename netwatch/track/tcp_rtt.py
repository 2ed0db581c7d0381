"""Round trips of data: one segment at a time is waited for, as RFC 6298 has it, chosen for whole batches at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import TCP_RST
from netwatch.track.flow_order import LARGEST, grouped, segments_of
from netwatch.track.tcp_columns import KNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.tcp_situation import Situation
    from netwatch.track.tcp_space import SequenceSpace

ALPHA: Final = 1 / 8
"""Weight of a new sample in the smoothed round trip (RFC 6298 section 2)."""


def measure_round_trips(here: Situation, resent: NDArray[np.bool_] | None) -> None:
    """Take samples: from the first new segment after the last sample to the acknowledgement that covers it.

    `resent` tells which packets are retransmissions; a sample with one in it is thrown away (Karn's algorithm).
    """
    columns, space, tcp = here.columns, here.space, here.tcp
    again = None
    if resent is not None:
        again = np.zeros(len(space.sent), np.int64)
        again[space.own[resent]] = 1
        again = np.cumsum(again)
    covers = _Covers(space)
    settled, free = _settle(columns, space, covers, again, tcp.time_ns)
    candidates = _candidates(here, covers, free)
    chosen = _chain(candidates, free)
    done = chosen[candidates.covered_at[chosen] >= 0]
    if len(done):
        at = candidates.covered_at[done]
        good = np.ones(len(done), np.bool_) if again is None else again[at] == again[candidates.element[done]]
        trip = tcp.time_ns[at % len(tcp)] - tcp.time_ns[candidates.element[done] % len(tcp)]
        ends = space.scales[candidates.scale[done[good]]]
        settled = np.concatenate((settled[0], ends)), np.concatenate((settled[1], trip[good]))
    if len(settled[0]):
        _take(columns, *settled)
    left = chosen[candidates.covered_at[chosen] < 0]
    ends = space.scales[candidates.scale[left]]
    columns.sample[ends] = candidates.behind[left]
    columns.sample_ns[ends] = tcp.time_ns[candidates.element[left] % len(tcp)]
    columns.sample_open[ends] = True
    columns.sample_spoilt[ends] = (
        False
        if again is None
        else again[space.segments.ends[candidates.scale[left]]] != again[candidates.element[left]]
    )


class _Covers:
    """Finds the element in which a position was first acknowledged."""

    def __init__(self, space: SequenceSpace) -> None:
        self._space = space
        self._lifted: NDArray[np.int64] | None = None
        self._span = 0

    def at(self, positions: NDArray[np.int64], scale: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the first element of each `scale` (0 to 2k - 1) by which `positions` are acknowledged, -1 for none."""
        result = np.full(len(positions), -1)
        covered = np.flatnonzero(self._space.acked_after[scale] >= positions)
        if not len(covered):
            return result
        if self._lifted is None:
            self._lift()
        if self._lifted is not None:
            result[covered] = np.searchsorted(self._lifted, positions[covered] + scale[covered] * self._span)
        return result

    def _lift(self) -> None:
        """Put the acknowledged positions of each scale above those of the one before, in ascending order."""
        acked = self._space.acked_with
        lowest = int(acked[acked > KNOWN].min()) - 1
        self._span = int(acked.max()) - lowest + 1
        if self._span * len(self._space.scales) < LARGEST:
            self._lifted = np.maximum(acked, lowest) + self._space.segments.number * self._span


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """New segments that could be waited for, in ascending order of their elements; shape (c,)."""

    element: NDArray[np.intp]
    scale: NDArray[np.intp]
    behind: NDArray[np.int64]
    """The position whose acknowledgement covers the segment."""
    covered_at: NDArray[np.intp]
    """The element that acknowledges it, -1 where none does in this batch."""


def _candidates(here: Situation, covers: _Covers, free: NDArray[np.intp]) -> _Candidates:
    """Return the new segments of scales that may choose one; `free` as `_settle` returns it."""
    tcp, space = here.tcp, here.space
    behind = here.position + tcp.length
    fresh = (tcp.length > 0) & (here.ahead >= 0) & (behind > here.acked)
    if space.valid is not None:
        fresh &= tcp.flags & TCP_RST == 0
    fresh &= (free <= space.segments.ends)[space.segments.number.take(space.own)]
    packets = np.flatnonzero(fresh)
    # Those of end 0 are on the first half of the scales
    second = tcp.sender[packets] != 0
    packets = np.concatenate((packets[~second], packets[second]))
    element = space.own[packets]
    scale = space.segments.number[element]
    return _Candidates(element, scale, behind[packets], covers.at(behind[packets], scale))


def _settle(
    columns: FlowColumns,
    space: SequenceSpace,
    covers: _Covers,
    again: NDArray[np.int64] | None,
    time_ns: NDArray[np.int64],
) -> tuple[tuple[NDArray[np.intp], NDArray[np.int64]], NDArray[np.intp]]:
    """End the waits of earlier batches.

    Returns the samples (ends, nanoseconds), and from which element on each scale may choose again: behind its last
    one where it still waits.
    """
    starts, last = space.segments.starts, space.segments.ends
    waits = columns.sample_open[space.scales]
    over = np.flatnonzero(waits & (columns.sample[space.scales] <= space.acked_after))
    ends = space.scales[over]
    at = covers.at(columns.sample[ends], over)
    over, ends, at = over[at >= 0], ends[at >= 0], at[at >= 0]
    free = np.where(waits, last + 1, starts)
    free[over] = at + 1
    columns.sample_open[ends] = False
    spoilt = columns.sample_spoilt[ends]
    if again is not None:
        earlier = np.where(starts > 0, again[starts - 1], 0)
        spoilt |= again[at] != earlier[over]
        waiting = np.flatnonzero(waits)
        columns.sample_spoilt[space.scales[waiting]] |= again[last[waiting]] != earlier[waiting]
    good = ~spoilt
    return (ends[good], time_ns[at[good] % len(time_ns)] - columns.sample_ns[ends[good]]), free


def _chain(candidates: _Candidates, free: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the candidates that are waited for, ascending.

    Each leads to the first candidate behind the element that covers it, so those of a scale are a chain that begins
    with the first candidate from `free` on. Doubling the steps marks chains of any length in a few rounds.
    """
    element, scale = candidates.element, candidates.scale
    count = len(element)
    if not count:
        return np.zeros(0, np.intp)
    first: NDArray[np.intp] = np.searchsorted(element, free)
    inside = first < count
    first = first[inside]
    first = first[scale[first] == np.flatnonzero(inside)]
    covered = np.flatnonzero(candidates.covered_at >= 0)
    if not len(covered):
        return first
    step = np.full(count + 1, count)
    behind = np.searchsorted(element, candidates.covered_at[covered], side="right")
    same = behind < count
    same[same] = scale[behind[same]] == scale[covered[same]]
    step[covered[same]] = behind[same]
    marked = np.zeros(count + 1, np.bool_)
    marked[first] = True
    marks = len(first)
    while True:
        marked[step[np.flatnonzero(marked)]] = True
        marked[count] = False
        now = int(np.count_nonzero(marked))
        if now == marks:
            return np.flatnonzero(marked)
        marks = now
        step = step[step]


def _take(columns: FlowColumns, ends: NDArray[np.intp], trips: NDArray[np.int64]) -> None:
    """Take samples in the order given for each end; those of time that went back are left out."""
    forward = trips >= 0
    if not forward.any():
        return
    order, ends = grouped(ends[forward])
    trips = trips[forward][order]
    segments = segments_of(ends)
    starts, count = segments.starts, segments.ends - segments.starts + 1
    own = ends[starts]
    weight = (1 - ALPHA) ** (segments.ends[segments.number] - np.arange(len(ends)))
    smoothed = np.where(columns.rtt_samples[own] == 0, trips[starts], columns.rtt_smoothed[own])
    columns.rtt_smoothed[own] = smoothed * (1 - ALPHA) ** count + ALPHA * np.add.reduceat(weight * trips, starts)
    columns.rtt_samples[own] += count.astype(np.uint32)
    np.minimum.at(columns.rtt_least, ends, trips)
