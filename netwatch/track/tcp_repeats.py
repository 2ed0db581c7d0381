"""Duplicate acknowledgements, as Wireshark defines them, and how often in a row each was repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import TCP_ACK
from netwatch.track.flow_order import grouped, segments_of
from netwatch.track.tcp_columns import MANY
from netwatch.track.tcp_packets import MARKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.tcp_situation import Situation


@dataclass(frozen=True, slots=True, eq=False)
class Repeats:
    """The duplicate acknowledgements of a batch, sorted by end and then by packet; shape (d,)."""

    packets: NDArray[np.intp]
    ends: NDArray[np.intp]
    ack: NDArray[np.uint32]
    count: NDArray[np.int64]
    """How often the same acknowledgement was repeated by then, earlier batches included."""

    def store(self, columns: FlowColumns) -> None:
        """Keep the newest of each end."""
        columns.repeated_ack[self.ends] = self.ack
        columns.repeats[self.ends] = np.minimum(self.count, MANY)


def find_repeats(here: Situation) -> Repeats | None:
    """Return the duplicate acknowledgements: no data, the numbers and window of the packet before (tcp.analysis)."""
    tcp, space, columns = here.tcp, here.space, here.columns
    alike = (tcp.length == 0) & (here.ahead == 0) & here.known
    alike &= space.position[space.other] == space.acked[space.other]
    if not alike.any():
        return None
    alike &= (tcp.flags & (MARKS | TCP_ACK) == TCP_ACK) & (tcp.window != 0)
    packets = np.flatnonzero(alike)
    same = here.before_of_sender(packets, tcp.ack, columns.last_ack) == tcp.ack[packets]
    same &= here.before_of_sender(packets, tcp.window, columns.last_window) == tcp.window[packets]
    # The answer to a keep-alive repeats itself too
    same &= ~here.before_of_peer(packets, here.probes, columns.last_probe)
    packets = packets[same]
    if not len(packets):
        return None
    order, ends = grouped(tcp.ends[packets])
    packets = packets[order]
    ack = tcp.ack[packets]
    runs = segments_of(ends << 32 | ack).starts
    index = np.arange(len(packets))
    begin = np.zeros(len(packets), np.intp)
    begin[runs] = runs
    begin = np.maximum.accumulate(begin)
    count = index - begin + 1
    # The first run of an end may go on from an earlier batch
    first = segments_of(ends).starts
    going_on = np.zeros(len(packets), np.int64)
    going_on[first] = np.where(columns.repeated_ack[ends[first]] == ack[first], columns.repeats[ends[first]], 0)
    return Repeats(packets, ends, ack, count + going_on[begin])
