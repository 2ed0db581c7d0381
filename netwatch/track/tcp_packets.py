"""TcpPackets: the segments of a block by the end that sent them, with the header fields that matter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import TCP_FIN, TCP_RST, TCP_SYN
from netwatch.track.flow_order import POSITION_BITS, segments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_order import FlowOrder, Segments
    from netwatch.track.flow_packets import FlowPackets

MARKS: Final = TCP_SYN | TCP_FIN | TCP_RST


@dataclass(frozen=True, eq=False)
class TcpPackets:
    """Segments in end order: by the end that sent them, then by arrival; arrays have shape (n,)."""

    positions: NDArray[np.intp]
    """Positions in the block."""
    ends: NDArray[np.intp]
    """Index of the sender in columns with two values a row."""
    segments: Segments
    """The k ends that sent something."""
    peer: NDArray[np.intp]
    """Index of the newest packet of the other end before each; -1 where there is none in the block."""
    alone: NDArray[np.intp]
    """Indices of the packets where there is none."""
    flags: NDArray[np.uint8]
    seq: NDArray[np.uint32]
    ack: NDArray[np.uint32]
    window: NDArray[np.uint16]
    length: NDArray[np.int64]
    """Bytes of payload."""
    time_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.positions)

    @cached_property
    def own(self) -> NDArray[np.intp]:
        """The end of each segment, ascending, shape (k,)."""
        return self.ends[self.segments.starts]

    @cached_property
    def others(self) -> NDArray[np.intp]:
        """Index of the segment of the other end of each segment's connection, -1 where there is none; shape (k,)."""
        connections = self.own >> 1
        second = np.flatnonzero(connections[1:] == connections[:-1]) + 1
        others = np.full(len(connections), -1)
        others[second] = second - 1
        others[second - 1] = second
        return others

    @cached_property
    def keys(self) -> NDArray[np.intp]:
        """End and position in one number, ascending: `end << POSITION_BITS | position`."""
        return self.ends << POSITION_BITS | self.positions

    def before_of_peer(self, values: NDArray[Any], stored: NDArray[Any]) -> NDArray[Any]:
        """Return for each packet the value of the newest packet of the other end before it.

        `values` has those of this block, `stored` the newest of earlier blocks for each end.
        """
        before: NDArray[Any] = values.take(self.peer)
        before[self.alone] = stored[self.ends[self.alone] ^ 1]
        return before

    def before_of_sender(self, values: NDArray[Any], stored: NDArray[Any]) -> NDArray[Any]:
        """Return for each packet the value of the packet before it of the same end."""
        return self.segments.previous(values, stored[self.own])


def tcp_packets(order: FlowOrder, packets: FlowPackets) -> TcpPackets:
    """Return the packets with a whole TCP header among `packets`, whose flow order is `order`."""
    segment = order.of(packets.segment)
    if not segment.all():
        order = order.chosen(np.flatnonzero(segment))
    count = len(order)
    index, second = np.arange(count), order.sender.astype(np.bool_)
    number, starts = order.segments.number, order.segments.starts
    # Packets of end 1 before each one, in its flow and in all; those of end 0 keep their order and come before them
    of_second = np.cumsum(order.sender) - order.sender
    of_second -= of_second[starts].take(number)
    of_first = index - of_second
    last = order.segments.ends
    behind_first = (last + 1 - of_second[last] - order.sender[last]).take(number) + of_second
    place = np.where(second, behind_first, of_first)
    newest_of_peer = np.where(second, of_first, behind_first) - 1
    alone = np.where(second, of_first == starts.take(number), of_second == 0)
    sorted_by_end = np.empty(count, np.intp)
    sorted_by_end[place] = index
    peer = np.where(alone, -1, newest_of_peer)[sorted_by_end]
    positions, ends = order.positions[sorted_by_end], order.ends[sorted_by_end]
    return TcpPackets(
        positions=positions,
        ends=ends,
        segments=segments_of(ends),
        peer=peer,
        alone=np.flatnonzero(peer < 0),
        flags=packets.flags.take(positions),
        seq=packets.seq.take(positions),
        ack=packets.ack.take(positions),
        window=packets.window.take(positions),
        length=packets.payload.take(positions),
        time_ns=packets.time_ns.take(positions),
    )
