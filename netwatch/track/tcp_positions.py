"""Positions: sequence and acknowledgement numbers of a block, counted on across their wraps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netwatch.decode.batch import TCP_ACK, TCP_RST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_order import Segments
    from netwatch.track.tcp_packets import TcpPackets


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """The numbers of one kind that each of k ends sent in n packets.

    The position of a number is that of the one before it plus their difference, which is taken to be less than half
    of sequence space (RFC 9293 section 3.4). So it does not matter how packets are cut into blocks.
    """

    numbers: NDArray[np.uint32]
    """Shape (n,); in place of a number that does not count is the last one before that does."""
    position: NDArray[np.int64]
    """Shape (n,)."""
    first: NDArray[np.intp]
    """Index of the first packet of each end with a number that counts, n for none; shape (k,)."""
    known: NDArray[np.bool_]
    """There was one in an earlier block, shape (k,)."""

    def known_at(self, packets: NDArray[np.intp], end: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Return whether there was one up to each of `packets`, which are of the ends with these indices."""
        return self.known[end] | (self.first[end] <= packets)

    @property
    def begins(self) -> NDArray[np.intp]:
        """Indices of the packets whose number is the first of their end ever."""
        first = self.first[~self.known]
        return first[first < len(self.numbers)]

    def unbegun(self, segments: Segments) -> NDArray[np.intp]:
        """Return the indices of packets of ends up to which there was none; `segments` are the ends."""
        late = ~self.known & (self.first > segments.starts)
        if not late.any():
            return np.zeros(0, np.intp)
        index = np.arange(len(self.numbers))
        return np.flatnonzero(late.take(segments.number) & (index < self.first.take(segments.number)))

    @property
    def known_after(self) -> NDArray[np.bool_]:
        """There was one up to the end of the block, shape (k,)."""
        return self.known | (self.first < len(self.numbers))


def place(columns: FlowColumns, tcp: TcpPackets) -> tuple[Chain, Chain]:
    """Return the positions of what each packet sends, on its sender's scale, and acknowledges, on its peer's.

    A scale begins at 0 with the first number on it, of either kind. An acknowledgement does not count without ACK, and
    neither number of a RST can be trusted.
    """
    flags, own = tcp.flags & (TCP_ACK | TCP_RST), tcp.own
    resets = flags & TCP_RST != 0
    sends = ~resets if resets.any() else None
    acknowledges = flags == TCP_ACK
    seq = _chain(
        tcp.segments, tcp.seq, sends, (columns.seq_number[own], columns.seq_position[own], columns.seq_known[own])
    )
    ack = _chain(
        tcp.segments,
        tcp.ack,
        None if acknowledges.all() else acknowledges,
        (columns.ack_number[own], columns.ack_position[own], columns.ack_known[own]),
    )
    if not (seq.known.all() and ack.known.all()):
        stored_ack = columns.ack_number, columns.ack_position, columns.ack_known
        stored_seq = columns.seq_number, columns.seq_position, columns.seq_known
        shift_seq, shift_ack = _shift(tcp, seq, ack, stored_ack), _shift(tcp, ack, seq, stored_seq)
        number = tcp.segments.number
        seq.position[:] += shift_seq.take(number)
        ack.position[:] += shift_ack.take(number)
    return seq, ack


_Newest = tuple["NDArray[np.uint32]", "NDArray[np.int64]", "NDArray[np.bool_]"]
"""The newest number of ends, its position, and whether there is one."""


def _chain(segments: Segments, numbers: NDArray[np.uint32], valid: NDArray[np.bool_] | None, newest: _Newest) -> Chain:
    """Return the chain of `numbers`, of which those that are not `valid` do not count.

    `newest` is that of each segment's end before. A chain without one begins at 0.
    """
    number, position, known = newest
    starts = segments.starts
    first = starts
    if valid is None:
        begin = numbers[starts]
    else:
        count = len(numbers)
        index = np.arange(count)
        first = np.minimum.reduceat(np.where(valid, index, count), starts) if count else starts
        begin = numbers[np.minimum(first, count - 1)]
        last = np.maximum.accumulate(np.where(valid, index, -1))
        before = np.where(known, number, begin).take(segments.number)
        numbers = np.where(last >= starts.take(segments.number), numbers.take(last), before)
    begin = np.where(known, number, begin)
    step = (numbers - segments.previous(numbers, begin)).view(np.int32)
    relative = segments.running_sum(step.astype(np.int64))
    relative += np.where(known, position, 0).take(segments.number)
    return Chain(numbers, relative, first, known)


def _shift(tcp: TcpPackets, chain: Chain, other: Chain, stored: tuple[NDArray[Any], ...]) -> NDArray[np.int64]:
    """Return how far each end's `chain` must be shifted to be on the scale of the `other` chain of its peer.

    That is so for a chain that begins in this block when the other one had begun before; the other one then is where
    it belongs, for it began a scale or is older than the block. `stored` is the newest of the other chains of all ends.
    """
    shift = np.zeros(len(chain.first), np.int64)
    at = chain.begins
    begun = tcp.segments.number[at]
    peer = tcp.peer[at]
    number, position, known = (values[tcp.ends[at] ^ 1] for values in stored)
    here = np.flatnonzero(peer >= 0)
    number[here], position[here] = other.numbers[peer[here]], other.position[peer[here]]
    known[here] = other.known_at(peer[here], tcp.segments.number[peer[here]])
    distance = (chain.numbers[at] - number).view(np.int32)
    shift[begun] = np.where(known, position + distance - chain.position[at], 0)
    return shift
