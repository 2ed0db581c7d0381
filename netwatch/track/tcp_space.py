"""Sequence space: the numbers that packets send and acknowledge, counted on across wraps, for whole batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN
from netwatch.track.flow_order import Segments
from netwatch.track.tcp_columns import KNOWN, UNKNOWN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.tcp_packets import TcpPackets

HALF: Final = 1 << 31
"""Numbers that follow each other on a scale are less than this apart (RFC 9293 section 3.4)."""


class SequenceSpace:
    """Each packet is two elements: a number sent on its sender's scale and a number acknowledged on its peer's.

    Of n packets, elements 0 to n - 1 are on the scale of end 0 and n to 2n - 1 on that of end 1; both halves are in
    flow order and cut into the same k segments, so there are 2k scales. The position of a number is that of the one
    before it on its scale plus their difference, so it does not matter how packets are cut into batches.
    """

    def __init__(self, columns: FlowColumns, tcp: TcpPackets) -> None:
        """Place the packets of a batch behind what `columns` holds of their connections, and move these on."""
        count = len(tcp)
        self.segments = _twice(tcp.segments)
        rows = tcp.rows[tcp.segments.starts] * 2
        self.scales = np.concatenate((rows, rows + 1))
        """Index of each scale in columns with two values a row, shape (2k,)."""
        second = tcp.sender.view(np.bool_)[:: tcp.sender.itemsize]
        self.sent = np.concatenate((~second, second))
        """The element is a number sent, shape (2n,)."""
        index = np.arange(count)
        self.own = tcp.sender * count + index
        """The element of what each packet sent, shape (n,)."""
        self.other = (count + 2 * index) - self.own
        """The element of what each packet acknowledges, shape (n,)."""
        self.length = tcp.length + (tcp.flags & (TCP_SYN | TCP_FIN) != 0)
        """Sequence numbers that each packet takes: payload, SYN and FIN; shape (n,)."""
        self.valid = self._valid(tcp)
        """The packet really sends or acknowledges a number here, shape (2n,); None when all do."""
        numbers = np.concatenate((np.where(second, tcp.ack, tcp.seq), np.where(second, tcp.seq, tcp.ack)))
        following, acked = columns.next[self.scales], columns.acked[self.scales]
        known = np.maximum(following, acked) > KNOWN
        self.position = self._place(columns, numbers, known)
        """Position of each element, shape (2n,)."""
        self._follow(columns, following, acked)

    def is_known(self, positions: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of `positions` are not UNKNOWN."""
        return positions > KNOWN

    def _valid(self, tcp: TcpPackets) -> NDArray[np.bool_] | None:
        """Return which elements count: a SYN acknowledges nothing, and neither number of a RST can be trusted."""
        plain = tcp.flags & (TCP_ACK | TCP_RST)
        if (plain == TCP_ACK).all():
            return None
        sends, acknowledges = plain & TCP_RST == 0, plain == TCP_ACK
        return np.where(self.sent, np.tile(sends, 2), np.tile(acknowledges, 2))

    def _place(self, columns: FlowColumns, numbers: NDArray[np.uint32], known: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the position of each element; where a scale was not `known`, its first valid number is at 0."""
        segments = self.segments
        reference = columns.number[self.scales]
        if self.valid is not None:
            numbers, reference = self._filled(self.valid, numbers, reference, known)
        elif not known.all():
            reference = np.where(known, reference, numbers[segments.starts])
        offset = (numbers - reference.take(segments.number)).view(np.int32).astype(np.int64)
        if len(offset) and int(offset.max()) - int(offset.min()) >= HALF:
            offset = self._counted_on(numbers, reference)
        position: NDArray[np.int64] = offset + columns.position[self.scales].take(segments.number)
        ends = segments.ends
        columns.position[self.scales] = position[ends]
        columns.number[self.scales] = numbers[ends]
        return position

    def _filled(
        self,
        valid: NDArray[np.bool_],
        numbers: NDArray[np.uint32],
        reference: NDArray[np.uint32],
        known: NDArray[np.bool_],
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Return the numbers, each that is not valid replaced by the valid one before it, and the references."""
        segments = self.segments
        index = np.arange(len(numbers))
        before = np.where(valid, index, -1)
        first = np.minimum.reduceat(np.where(valid, index, len(index)), segments.starts)
        usable = ~known & (first < len(index))
        reference = np.where(usable, numbers[np.where(usable, first, 0)], reference)
        last = segments.running_max(before)
        return np.where(last >= 0, numbers[last], reference.take(segments.number)), reference

    def _counted_on(self, numbers: NDArray[np.uint32], reference: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Return how far each number is from its scale's reference, step by step: exact however far they jump."""
        previous = np.empty_like(numbers)
        previous[1:] = numbers[:-1]
        previous[self.segments.starts] = reference
        return self.segments.running_sum((numbers - previous).view(np.int32).astype(np.int64))

    def _follow(self, columns: FlowColumns, following: NDArray[np.int64], acked: NDArray[np.int64]) -> None:
        """Set the highest positions sent and acknowledged before each element, and store those after all of them."""
        ends = self.segments.ends
        behind = self.position + np.tile(self.length, 2)
        sent = np.where(self.sent if self.valid is None else self.sent & self.valid, behind, UNKNOWN)
        self.next = self.segments.largest_before(sent, following)
        """The position behind everything sent before each element, UNKNOWN for nothing; shape (2n,)."""
        columns.next[self.scales] = np.maximum(self.next[ends], sent[ends])
        not_acked = self.sent if self.valid is None else self.sent | ~self.valid
        acknowledged = np.where(not_acked, UNKNOWN, self.position)
        self.acked = self.segments.largest_before(acknowledged, acked)
        """The highest position acknowledged before each element; shape (2n,)."""
        self.acked_with = np.maximum(self.acked, acknowledged)
        """The same, the element itself included."""
        self.acked_after = self.acked_with[ends]
        """The same after all of them, shape (2k,)."""
        columns.acked[self.scales] = self.acked_after


def _twice(segments: Segments) -> Segments:
    """Return the segments of two copies of an array one behind the other."""
    both = Segments(np.concatenate((segments.starts, segments.starts + segments.length)), 2 * segments.length)
    both.number = np.concatenate((segments.number, segments.number + len(segments.starts)))
    return both
