"""Duplicate acknowledgements, as Wireshark defines them, and how often in a row each was repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import TCP_ACK
from netwatch.track.flow_order import segments_of
from netwatch.track.tcp_columns import MANY
from netwatch.track.tcp_packets import MARKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.tcp_situation import Situation


@dataclass(frozen=True, slots=True, eq=False)
class Repeats:
    """The duplicate acknowledgements of a block in end order; shape (d,)."""

    packets: NDArray[np.intp]
    """Indices in TcpPackets, ascending."""
    ends: NDArray[np.intp]
    ack: NDArray[np.uint32]
    count: NDArray[np.int64]
    """How often the same acknowledgement was repeated by then, earlier blocks included."""

    def store(self, columns: FlowColumns) -> None:
        """Keep the newest of each end."""
        columns.repeated_ack[self.ends] = self.ack
        columns.repeats[self.ends] = np.minimum(self.count, MANY)


def find_repeats(here: Situation) -> Repeats | None:
    """Return the duplicate acknowledgements: no data, the numbers and window of the packet before (tcp.analysis)."""
    tcp, columns = here.tcp, here.columns
    alike = here.ack == here.reached_before
    alike &= tcp.length == 0
    alike &= here.ahead == 0
    if not alike.any():
        return None
    alike &= (tcp.flags & (MARKS | TCP_ACK) == TCP_ACK) & (tcp.window != 0)
    alike &= tcp.before_of_sender(here.ack, columns.ack_position) == here.ack
    alike &= tcp.before_of_sender(tcp.window, columns.last_window) == tcp.window
    packets = np.flatnonzero(alike)
    if not len(packets):
        return None
    # The answer to a keep-alive repeats itself too
    packets = packets[~tcp.before_of_peer(here.probes, columns.last_probe)[packets]]
    if not len(packets):
        return None
    ends, ack = tcp.ends[packets], tcp.ack[packets]
    runs = segments_of(ends << 32 | ack)
    count = np.arange(len(packets)) - runs.starts.take(runs.number) + 1
    # The first run of an end may go on from an earlier block
    first = segments_of(ends).starts
    going_on = np.zeros(len(runs.starts), np.int64)
    same = columns.repeated_ack[ends[first]] == ack[first]
    going_on[runs.number[first]] = np.where(same, columns.repeats[ends[first]], 0)
    return Repeats(packets, ends, ack, count + going_on.take(runs.number))
