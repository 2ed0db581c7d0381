"""FlowBatch: a PacketBatch whose packets are told apart by flow, for the trackers that build on flows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from netwatch.track.flow_order import grouped, segments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_order import Segments


@dataclass(frozen=True, slots=True, eq=False)
class GroupedPackets:
    """The packets of a batch in flow order; arrays have shape (n,)."""

    batch: PacketBatch
    order: NDArray[np.intp]
    """Positions in the batch, sorted by row and then by position."""
    rows: NDArray[np.intp]
    """The row of each packet, in that order."""
    segments: Segments
    """One segment for each row."""
    sender: NDArray[np.intp]
    """The end of the flow's key that sent each packet, 0 or 1."""
    ends: NDArray[np.intp]
    """Index of each packet's sender in columns with two values a row."""
    ordered: bool
    """Time never goes back within the batch."""

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return a column of the batch in flow order."""
        taken: NDArray[Any] = values.take(self.order)
        return taken

    def moved(self, rows: NDArray[np.intp]) -> GroupedPackets:
        """Return the same packets with other `rows`, each of which only holds packets that had one row before."""
        return replace(self, rows=rows, segments=segments_of(rows), ends=rows * 2 + self.sender)


def grouped_packets(batch: PacketBatch, rows: NDArray[np.intp], sender: NDArray[np.bool_]) -> GroupedPackets:
    """Return the packets of `batch` in flow order; `rows` and `sender` are in the order of the batch."""
    order, in_order = grouped(rows)
    end = sender.view(np.uint8).take(order).astype(np.intp)
    time = batch.frames.time_ns
    ordered = bool((time[1:] >= time[:-1]).all())
    return GroupedPackets(batch, order, in_order, segments_of(in_order), end, in_order * 2 + end, ordered)


@dataclass(frozen=True, slots=True, eq=False)
class FlowBatch:
    """What the flow tracker found out about the packets of one batch."""

    rows: NDArray[np.intp]
    """The row of each packet's flow, shape (n,). Rows are used again after their flow was evicted, serials never."""
    from_initiator: NDArray[np.bool_]
    """Whether the end that began the flow sent the packet, shape (n,)."""
    started: NDArray[np.intp]
    """Rows of the flows that began in this batch, in the order of their first packets."""
    opened: NDArray[np.intp]
    """Rows of the TCP flows whose handshake began, went on or ended in this batch."""
    evicted: NDArray[np.int64]
    """Serials of flows that were evicted to make room, just before."""
