"""Round trips of data: one segment at a time is waited for, as RFC 6298 has it, chosen for whole blocks at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.track.flow_order import LARGEST, POSITION_BITS, grouped, segments_of
from netwatch.track.tcp_situation import NOTHING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.tcp_packets import TcpPackets
    from netwatch.track.tcp_situation import Situation

ALPHA: Final = 1 / 8
"""Weight of a new sample in the smoothed round trip (RFC 6298 section 2)."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waits:
    """Segments that are waited for, by end and then by arrival; shape (w,)."""

    ends: NDArray[np.intp]
    behind: NDArray[np.int64]
    """The position whose acknowledgement covers the segment."""
    sent_ns: NDArray[np.int64]
    keys: NDArray[np.intp]
    """As TcpPackets.keys; those of earlier blocks come before all of this one."""
    covered_at: NDArray[np.intp]
    """Index in TcpPackets of the packet that acknowledges it, -1 where none does in this block."""

    def __len__(self) -> int:
        return len(self.ends)


def measure_round_trips(here: Situation, resent: NDArray[np.bool_] | None) -> None:
    """Take samples: from the first new segment after the last sample to the acknowledgement that covers it.

    `resent` tells which packets are retransmissions; a sample with one in it is thrown away (Karn's algorithm).
    """
    columns, tcp = here.columns, here.tcp
    covers = _Covers(here)
    older = _older_waits(here, covers)
    waits = _chain(tcp, older, _candidates(here, covers, older))
    spoilt = np.zeros(len(waits), np.bool_)
    spoilt[: len(older)] = columns.sample_spoilt[older.ends]
    if resent is not None:
        spoilt |= _spoilt(tcp, waits, tcp.keys[resent])
        columns.sample_spoilt[older.ends] = spoilt[: len(older)]
    done = ((waits.covered_at >= 0) & ~spoilt).nonzero()[0]
    if len(done):
        _take(columns, waits.ends[done], tcp.time_ns[waits.covered_at[done]] - waits.sent_ns[done])
    begun = (waits.covered_at[len(older) :] < 0).nonzero()[0] + len(older)
    ends = waits.ends[begun]
    columns.sample[ends] = waits.behind[begun]
    columns.sample_ns[ends] = waits.sent_ns[begun]
    columns.sample_open[ends] = True
    columns.sample_spoilt[ends] = spoilt[begun]


class _Covers:
    """Finds the packet by which a position was first acknowledged."""

    def __init__(self, here: Situation) -> None:
        self._here = here
        self._lifted: NDArray[np.int64] | None = None
        self._lowest = 0
        self._span = 0

    def at(self, acker: NDArray[np.intp], positions: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the index of the packet in which each segment `acker` first acknowledges `positions`, -1 for none.

        An `acker` of -1 acknowledges nothing.
        """
        reached, segments = self._here.reached, self._here.tcp.segments
        result = np.full(len(acker), -1)
        covered = np.flatnonzero((reached[segments.ends[acker]] >= positions) & (acker >= 0))
        if len(covered):
            if self._lifted is None:
                self._lifted = self._lift(reached)
            # What lies below the lowest acknowledgement counts as that
            wanted = np.maximum(positions[covered], self._lowest) + acker[covered] * self._span
            result[covered] = np.searchsorted(self._lifted, wanted)
        return result

    def _lift(self, reached: NDArray[np.int64]) -> NDArray[np.int64]:
        """Put what each end acknowledged above that of the one before, so that all are in ascending order."""
        segments = self._here.tcp.segments
        self._lowest = int(reached.min(initial=LARGEST, where=reached > NOTHING))
        self._span = int(reached[segments.ends].max()) - self._lowest + 2
        return np.maximum(reached, self._lowest - 1) + segments.number * self._span


def _older_waits(here: Situation, covers: _Covers) -> _Waits:
    """Return the segments of earlier blocks that the ends of the connections in this block wait for."""
    columns, tcp = here.columns, here.tcp
    silent = np.flatnonzero(tcp.others < 0)
    ends = np.concatenate((tcp.own, tcp.own[silent] ^ 1))
    acker = np.concatenate((tcp.others, silent))
    waiting = columns.sample_open[ends]
    ends, acker = ends[waiting], acker[waiting]
    behind = columns.sample[ends]
    return _Waits(ends, behind, columns.sample_ns[ends], ends << POSITION_BITS, covers.at(acker, behind))


def _candidates(here: Situation, covers: _Covers, older: _Waits) -> _Waits:
    """Return the new segments that may be waited for, as far as their end does not still wait for one of `older`."""
    columns, tcp = here.columns, here.tcp
    fresh = here.behind > here.acked
    fresh &= here.ahead >= 0
    fresh &= here.data
    # Of those that wait only the ones whose wait is over may choose
    columns.sample_open[older.ends[older.covered_at >= 0]] = False
    fresh &= ~columns.sample_open[tcp.own].take(tcp.segments.number)
    packets = np.flatnonzero(fresh)
    behind = here.behind[packets]
    acker = tcp.others[tcp.segments.number[packets]]
    return _Waits(tcp.ends[packets], behind, tcp.time_ns[packets], tcp.keys[packets], covers.at(acker, behind))


def _chain(tcp: TcpPackets, older: _Waits, candidates: _Waits) -> _Waits:
    """Return `older` and those of `candidates` that are waited for.

    Each leads to the first candidate of its end behind the packet that covers it, so those of an end are a chain.
    Doubling the steps marks chains of any length in a few rounds.
    """
    count = len(candidates)
    if not count:
        return older
    marked = np.zeros(count + 1, np.bool_)
    marked[segments_of(candidates.ends).starts] = True
    # An end whose older wait ends in this block chooses behind that, not before
    over = np.flatnonzero(older.covered_at >= 0)
    first = np.searchsorted(candidates.keys, older.keys[over])
    marked[first[candidates.ends[np.minimum(first, count - 1)] == older.ends[over]]] = False
    marked[_following(tcp, older, over, candidates)] = True
    covered = np.flatnonzero(candidates.covered_at >= 0)
    if len(covered):
        step = np.full(count + 1, count)
        step[covered] = _following(tcp, candidates, covered, candidates)
        _follow(step, marked)
    chosen = np.flatnonzero(marked[:count])
    names = _Waits.__dataclass_fields__
    return _Waits(**{name: np.concatenate((getattr(older, name), getattr(candidates, name)[chosen])) for name in names})


def _follow(step: NDArray[np.intp], marked: NDArray[np.bool_]) -> None:
    """Mark all that any number of steps from what is `marked` leads to; the last element leads nowhere."""
    marked[-1] = True
    marks = 0
    while (now := int(np.count_nonzero(marked))) != marks:
        marks = now
        marked[step[np.flatnonzero(marked)]] = True
        step = step[step]


def _following(tcp: TcpPackets, waits: _Waits, which: NDArray[np.intp], candidates: _Waits) -> NDArray[np.intp]:
    """Return the first candidate behind the packet that covers each of `which`, len(candidates) for none."""
    count = len(candidates)
    ends = waits.ends[which]
    behind = ends << POSITION_BITS | tcp.positions[waits.covered_at[which]]
    following = np.searchsorted(candidates.keys, behind, side="right")
    there = candidates.ends[np.minimum(following, count - 1)] == ends
    return np.where(there & (following < count), following, count)


def _spoilt(tcp: TcpPackets, waits: _Waits, resent: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which waits saw their end send something again; `resent` are the keys of what was sent again."""
    last = np.where(waits.covered_at >= 0, tcp.positions[waits.covered_at], (1 << POSITION_BITS) - 1)
    until = np.searchsorted(resent, waits.ends << POSITION_BITS | last, side="right")
    return until > np.searchsorted(resent, waits.keys)


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
    samples = columns.rtt_samples[own]
    weight = (1 - ALPHA) ** (segments.ends[segments.number] - np.arange(len(ends)))
    smoothed = np.where(samples == 0, trips[starts], columns.rtt_smoothed[own])
    columns.rtt_smoothed[own] = smoothed * (1 - ALPHA) ** count + ALPHA * np.add.reduceat(weight * trips, starts)
    least = np.minimum.reduceat(trips, starts)
    columns.rtt_least[own] = np.where(samples == 0, least, np.minimum(least, columns.rtt_least[own]))
    columns.rtt_samples[own] = samples + count.astype(np.uint32)
