"""Which segment each TCP acknowledgement is for, how long it took, and what was in flight, as tcp.analysis has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.track.flow_order import segments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_order import Segments

UNKNOWN: Final = -1
POSITION_BITS: Final = 32
SPAN: Final = 1 << 34
"""More than any relative number, so that ends can be put above each other."""
MOST: Final = 100_000
"""Segments without an acknowledgement that are kept; the oldest are forgotten first."""
LARGEST_FLIGHT: Final = 2_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Waiting:
    """Segments that were not acknowledged yet; arrays have shape (w,)."""

    ends: NDArray[np.int64]
    seq: NDArray[np.int64]
    """Relative numbers of the first byte of each, and behind it."""
    next: NDArray[np.int64]
    time_ns: NDArray[np.int64]
    number: NDArray[np.int64]
    """Of its packet."""
    position: NDArray[np.int64]
    """In the part, -1 for those of earlier parts."""


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """The TCP packets of one part in the order of arrival; arrays have shape (n,)."""

    ends: NDArray[np.int64]
    """Index of the sender in columns with two values a flow; that of the other end is `ends ^ 1`."""
    seq: NDArray[np.int64]
    """Relative numbers; `next` is behind payload, SYN and FIN."""
    next: NDArray[np.int64]
    ack: NDArray[np.int64]
    """UNKNOWN without ACK."""
    data: NDArray[np.bool_]
    """There is payload."""
    closes: NDArray[np.bool_]
    """There is a FIN, whose number is not counted as in flight of its own packet."""
    lost: NDArray[np.bool_]
    """Something before it was not captured."""
    told: NDArray[np.int64]
    """Bytes that each says have arrived out of order (selective acknowledgements)."""
    time_ns: NDArray[np.int64]
    number: NDArray[np.int64]


class Acknowledged:
    """Remembers what waits for an acknowledgement, at most MOST segments."""

    def __init__(self, ends: int) -> None:
        """Begin, for `ends` ends of connections."""
        none = np.zeros(0, np.int64)
        self._waiting = Waiting(none, none, none, none, none, none)
        self._reached = np.full(ends, UNKNOWN, np.int64)
        """The highest number that each end acknowledged."""
        self._sent = np.full(ends, UNKNOWN, np.int64)
        """The number behind everything that each end sent."""
        self._told = np.zeros(ends, np.int64)
        """As Segment has it, of the newest packet of each end."""
        self._sure = np.ones(ends, np.bool_)
        """What is in flight of each end is known: nothing was lost since the last acknowledgement."""

    def begin(self, rows: NDArray[np.intp]) -> None:
        """Forget what was known of the flows in `rows`, which are used for new ones."""
        for end in (rows * 2, rows * 2 + 1):
            self._reached[end] = self._sent[end] = UNKNOWN
            self._told[end] = 0
            self._sure[end] = True
        old = self._waiting
        keep = ~np.isin(old.ends >> 1, rows)
        self._waiting = _chosen(old, keep)

    def feed(self, part: Segment) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return (packet that is acknowledged, nanoseconds since then, bytes in flight), each of shape (n,).

        UNKNOWN stands for none, 0 in flight for a number that makes no sense. An acknowledgement is for a segment that
        ends just there, the oldest of several.
        """
        count = len(part.ends)
        order = np.argsort(part.ends, kind="stable")
        ends, ack = part.ends[order], part.ack[order]
        segments = segments_of(ends)
        reached = segments.running_max(_begun(ack, segments, self._reached[ends[segments.starts]]))
        sorted_keys = ends << POSITION_BITS | order
        sending = np.flatnonzero(part.next > part.seq)
        new = Waiting(
            part.ends[sending],
            part.seq[sending],
            part.next[sending],
            part.time_ns[sending],
            part.number[sending],
            sending.astype(np.int64),
        )
        waiting = _joined(self._waiting, new)
        at = self._covered(waiting, sorted_keys, ends, reached, segments)
        exact = np.flatnonzero(at >= 0)
        exact = exact[ack[at[exact]] == waiting.next[exact]]
        numbers, times = np.full(count, UNKNOWN), np.full(count, UNKNOWN)
        # The oldest is written last
        exact = exact[np.argsort(-waiting.number[exact], kind="stable")]
        packets = order[at[exact]]
        numbers[packets] = waiting.number[exact]
        times[packets] = part.time_ns[packets] - waiting.time_ns[exact]
        flight = self._flight(part, order, segments, reached, sorted_keys, waiting)
        self._store(part, order, segments, reached, _chosen(waiting, at < 0))
        return numbers, times, flight

    def _covered(
        self,
        waiting: Waiting,
        keys: NDArray[np.int64],
        ends: NDArray[np.int64],
        reached: NDArray[np.int64],
        segments: Segments,
    ) -> NDArray[np.intp]:
        """Return the index, by end, of the packet that acknowledges each of `waiting` or more, -1 for none."""
        own = ends[segments.starts]
        peers = waiting.ends ^ 1
        place = np.minimum(np.searchsorted(own, peers), max(len(own) - 1, 0))
        if not len(own):
            return np.full(len(peers), -1)
        heard = own[place] == peers
        lifted = reached + 1 + segments.number * SPAN
        at = np.searchsorted(lifted, waiting.next + 1 + place * SPAN)
        at = np.maximum(at, np.searchsorted(keys, (peers << POSITION_BITS) + waiting.position, side="right"))
        return np.where(heard & (at <= segments.ends[place]), at, -1)

    def _flight(
        self,
        part: Segment,
        order: NDArray[np.intp],
        segments: Segments,
        reached: NDArray[np.int64],
        keys: NDArray[np.int64],
        waiting: Waiting,
    ) -> NDArray[np.int64]:
        """Return the bytes in flight after each packet with payload, 0 where that makes no sense."""
        ends, seq = part.ends[order], part.seq[order]
        behind = np.where(part.next > part.seq, part.next, UNKNOWN)[order]
        highest = segments.running_max(_begun(behind, segments, self._sent[ends[segments.starts]]))
        peer = np.searchsorted(keys, (ends ^ 1) << POSITION_BITS | order) - 1
        there = (peer >= 0) & (ends[peer] == ends ^ 1)
        acked = np.where(there, reached[peer], self._reached[ends ^ 1])
        told = np.where(there, part.told[order[peer]], self._told[ends ^ 1])
        lowest = np.minimum(np.maximum(_first_waiting(waiting, ends, acked), acked), seq)
        again = behind <= acked
        flight = np.where(again, np.where(highest > acked, highest, behind) - seq, highest - np.maximum(lowest, acked))
        flight -= told + part.closes[order]
        known = part.data[order] & self._is_sure(part, order)
        found = np.full(len(ends), UNKNOWN)
        found[order[known]] = np.where((flight > 0) & (flight < LARGEST_FLIGHT), flight, 0)[known]
        return found

    def _is_sure(self, part: Segment, order: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return after which packets, by end, nothing was lost of their end since the peer acknowledged something."""
        lost, acks = np.flatnonzero(part.lost), np.flatnonzero(part.ack >= 0)
        ends = part.ends[order]
        if not len(lost) and self._sure[ends].all():
            return np.ones(len(ends), np.bool_)
        events = np.concatenate(
            (part.ends[lost] << POSITION_BITS | lost, (part.ends[acks] ^ 1) << POSITION_BITS | acks)
        )
        sure = np.concatenate((np.zeros(len(lost), np.bool_), np.ones(len(acks), np.bool_)))
        by_end = np.argsort(events, kind="stable")
        events, sure = events[by_end], sure[by_end]
        last = np.searchsorted(events, ends << POSITION_BITS | order, side="right") - 1
        same = (last >= 0) & (events[last] >> POSITION_BITS == ends)
        result = np.where(same, sure[last], self._sure[ends])
        self._sure[events >> POSITION_BITS] = sure  # of several events of one end the last stays
        return result

    def _store(
        self,
        part: Segment,
        order: NDArray[np.intp],
        segments: Segments,
        reached: NDArray[np.int64],
        left: Waiting,
    ) -> None:
        ends = part.ends[order]
        last = segments.ends
        self._reached[ends[last]] = reached[last]
        self._told[ends[last]] = part.told[order[last]]
        sends = part.next > part.seq
        np.maximum.at(self._sent, part.ends[sends], part.next[sends])
        newest = _chosen(left, np.arange(len(left.ends)) >= len(left.ends) - MOST)
        self._waiting = Waiting(
            newest.ends, newest.seq, newest.next, newest.time_ns, newest.number, np.full(len(newest.ends), UNKNOWN)
        )


def _begun(values: NDArray[np.int64], segments: Segments, before: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `values` with the first of each segment no less than what was `before` it."""
    begun = values.copy()
    begun[segments.starts] = np.maximum(values[segments.starts], before)
    return begun


def _first_waiting(waiting: Waiting, ends: NDArray[np.int64], acked: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first number of what each of `ends` sent first beyond what was `acked`; `ends` sent all of it."""
    order = np.argsort(waiting.ends, kind="stable")
    segments = segments_of(waiting.ends[order])
    own = waiting.ends[order][segments.starts]
    if not len(own):
        return acked
    highest = segments.running_max(waiting.next[order]) + segments.number * SPAN
    place = np.minimum(np.searchsorted(own, ends), len(own) - 1)
    at = np.searchsorted(highest, acked + place * SPAN, side="right")
    there = (own[place] == ends) & (at <= segments.ends[place])
    return np.where(there, waiting.seq[order][np.minimum(at, len(order) - 1)], acked)


def _chosen(waiting: Waiting, which: NDArray[np.bool_]) -> Waiting:
    return Waiting(**{name: getattr(waiting, name)[which] for name in Waiting.__dataclass_fields__})


def _joined(one: Waiting, two: Waiting) -> Waiting:
    names = Waiting.__dataclass_fields__
    return Waiting(**{name: np.concatenate((getattr(one, name), getattr(two, name))) for name in names})
