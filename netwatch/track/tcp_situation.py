"""Situation: where each packet of a batch stands in its connection, and what came just before it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from netwatch.track.tcp_packets import MARKS
from netwatch.track.tcp_space import SequenceSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.tcp_packets import TcpPackets


class Situation:
    """The n TCP packets of a batch before they are counted; arrays have shape (n,) and are in flow order."""

    def __init__(self, columns: FlowColumns, tcp: TcpPackets) -> None:
        self.columns = columns
        self.tcp = tcp
        self.space = SequenceSpace(columns, tcp)
        own = self.space.own
        self.position = self.space.position[own]
        """Position of each packet's sequence number."""
        self.next = self.space.next[own]
        """Behind everything that its sender sent before."""
        self.acked = self.space.acked[own]
        """The highest position that the peer acknowledged before."""
        self.known: NDArray[np.bool_] = self.space.is_known(self.next)
        """Its sender sent something before."""
        self.ahead = (self.position - self.next) * self.known
        """Position relative to `next`: 0 in order, less for what is not new, more where something was skipped."""
        self.probes = (self.ahead == -1) & (tcp.length <= 1)
        """Keep-alives: nothing or one byte just before what would come next (RFC 9293 section 3.8.4)."""
        if self.probes.any():
            self.probes &= tcp.flags & MARKS == 0

    @cached_property
    def moves_on(self) -> NDArray[np.bool_]:
        """The packet sends what its sender had not sent before."""
        moves: NDArray[np.bool_] = ~self.known | (self.ahead + self.space.length > 0)
        return moves

    @cached_property
    def _newest(self) -> NDArray[np.intp]:
        """The packet of the end whose scale it is that came last before each element, -1 for none in this batch."""
        packet = np.where(self.space.sent, np.tile(np.arange(len(self.tcp)), 2), -1)
        segments = self.space.segments
        return segments.running_max(segments.previous(packet, np.full(len(segments.starts), -1)))

    def before_of_sender(self, packets: NDArray[np.intp], values: NDArray[Any], stored: NDArray[Any]) -> NDArray[Any]:
        """Return the value of the packet that the sender of each of `packets` sent before it.

        `values` has those of this batch, `stored` the newest of earlier batches for each end.
        """
        newest = self._newest[self.space.own[packets]]
        return np.where(newest >= 0, values[newest], stored[self.tcp.ends[packets]])

    def before_of_peer(self, packets: NDArray[np.intp], values: NDArray[Any], stored: NDArray[Any]) -> NDArray[Any]:
        """Return the value of the last packet that the peer sent before each of `packets`."""
        newest = self._newest[self.space.other[packets]]
        value: NDArray[Any] = np.where(newest >= 0, values[newest], stored[self.tcp.ends[packets] ^ 1])
        return value
