"""Situation: where each packet of a block stands in its connection, and what came just before it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import TCP_FIN, TCP_RST, TCP_SYN
from netwatch.track.tcp_packets import MARKS
from netwatch.track.tcp_positions import place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.tcp_packets import TcpPackets
    from netwatch.track.tcp_positions import Chain
    from netwatch.track.tcp_remarks import Remark, SegmentRemarks

NOTHING: Final = -(1 << 62)
"""In place of a position where there is none; below all others."""


class Situation:
    """The n TCP packets of a block before they are counted; arrays have shape (n,) and are in end order."""

    def __init__(self, columns: FlowColumns, tcp: TcpPackets, remarks: SegmentRemarks | None = None) -> None:
        self.columns = columns
        self.tcp = tcp
        self._remarks = remarks
        self._seq, self._ack = place(columns, tcp)
        segments, own = tcp.segments, tcp.own
        self.marks = tcp.flags & MARKS
        self.marked = bool(self.marks.any())
        """There are packets with SYN, FIN or RST."""
        self.data = self._data()
        """The packet carries payload, and its number can be trusted: it is no RST."""
        self.position = self._seq.position
        """Position of each packet's sequence number."""
        self.length = self._length()
        """Sequence numbers that each packet takes: payload, SYN and FIN; none for a RST, whose number may be wrong."""
        self.behind = self.position + self.length
        first = np.where(self._seq.known, columns.next[own], self.position[segments.starts])
        self.next = segments.largest_before(self.behind, first)
        """Behind everything that the sender sent before; for its first packet that packet's own position."""
        self.ahead = self.position - self.next
        """0 in order, less for what is not new, more where something was skipped."""
        self.ack = self._ack.position
        """The position on the peer's scale that each packet acknowledges, or its sender last did; else NOTHING."""
        first = np.where(self._ack.known, columns.reached[own], self.ack[segments.starts])
        self.reached_before = segments.largest_before(self.ack, first)
        """The highest position on the peer's scale that the sender acknowledged before, NOTHING for none."""
        self.reached = np.maximum(self.reached_before, self.ack)
        """The same with this packet; it never falls from one packet of an end to the next."""
        unbegun = self._ack.unbegun(segments)
        self.ack[unbegun] = self.reached[unbegun] = self.reached_before[unbegun] = NOTHING
        self.reached_before[self._ack.begins] = NOTHING
        self.acked = self._acked()
        """The highest position on the sender's scale that the peer acknowledged before, NOTHING for none."""
        self.probes = (self.ahead == -1) & (tcp.length <= 1)
        """Keep-alives: nothing or one byte just before what would come next (RFC 9293 section 3.8.4)."""
        if self.marked:
            self.probes &= self.marks == 0

    @cached_property
    def moves_on(self) -> NDArray[np.bool_]:
        """The packet sends what its sender had not sent before."""
        moves = self.behind > self.next
        moves[self._seq.begins] = True
        return moves

    @cached_property
    def peer_next(self) -> NDArray[np.int64]:
        """The position behind everything that the peer sent before each packet, NOTHING where it sent nothing."""
        tcp, columns = self.tcp, self.columns
        following = np.maximum(self.next, self.behind)
        return self._known_only(tcp.before_of_peer(following, columns.next), self._seq, columns.seq_known)

    def remark(self, which: NDArray[np.bool_] | NDArray[np.intp], remark: Remark) -> None:
        """Note a remark of some packets, where somebody wants to know."""
        if self._remarks is not None:
            self._remarks.bits[self.tcp.positions[which]] |= np.uint16(remark)

    def store(self) -> None:
        """Keep what later blocks must know of the newest packet of each end."""
        columns, tcp = self.columns, self.tcp
        last, own = tcp.segments.ends, tcp.own
        columns.next[own] = np.maximum(self.next[last], self.behind[last])
        columns.reached[own] = self.reached[last]
        if not (self._seq.known.all() and self._ack.known.all()):
            columns.seq_known[own], columns.ack_known[own] = self._seq.known_after, self._ack.known_after
        columns.seq_number[own], columns.seq_position[own] = self._seq.numbers[last], self._seq.position[last]
        columns.ack_number[own], columns.ack_position[own] = self._ack.numbers[last], self._ack.position[last]
        columns.seen_ns[own] = tcp.time_ns[last]
        columns.last_window[own] = tcp.window[last]
        columns.last_probe[own] = self.probes[last]
        moved = self.moves_on.nonzero()[0]
        columns.next_ns[tcp.ends[moved]] = tcp.time_ns[moved]

    def _data(self) -> NDArray[np.bool_]:
        data: NDArray[np.bool_] = self.tcp.length > 0
        if self.marked:
            data &= self.tcp.flags & TCP_RST == 0
        return data

    def _length(self) -> NDArray[np.int64]:
        tcp = self.tcp
        if not self.marked:
            return tcp.length
        length = tcp.length + (tcp.flags & (TCP_SYN | TCP_FIN) != 0)
        return np.where(tcp.flags & TCP_RST, 0, length)

    def _acked(self) -> NDArray[np.int64]:
        tcp, columns = self.tcp, self.columns
        return self._known_only(tcp.before_of_peer(self.reached, columns.reached), self._ack, columns.ack_known)

    def _known_only(self, positions: NDArray[np.int64], chain: Chain, stored: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Put NOTHING in place of positions that came from a peer whose `chain` had not begun by then."""
        tcp = self.tcp
        positions[tcp.alone[~stored[tcp.ends[tcp.alone] ^ 1]]] = NOTHING
        if not chain.known.all():
            known = chain.known_at(tcp.peer, tcp.segments.number.take(tcp.peer))
            known[tcp.alone] = True
            positions[~known] = NOTHING
        return positions
