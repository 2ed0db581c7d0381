"""Counts packets and bytes of each end of each flow, and notes times, TTL and TCP flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_order import FlowOrder
    from netwatch.track.flow_packets import FlowPackets


def count_packets(columns: FlowColumns, order: FlowOrder, packets: FlowPackets, *, in_time: bool) -> None:
    """Count `packets`, whose flow order is `order`; `in_time` when none is older than any packet before it."""
    rows, ends = order.rows[order.segments.starts], order.ends
    end = order.segments.number * 2
    end += order.sender
    count = np.bincount(end)
    # Weights are added as doubles, exact up to 2**53 bytes a block
    size = np.bincount(end, weights=order.of(packets.size))
    payload = np.bincount(end, weights=order.of(packets.payload))
    some = (count != 0).nonzero()[0]
    touched = rows[some >> 1] * 2 + (some & 1)
    for column, added in ((columns.packets, count), (columns.bytes, size), (columns.payload, payload)):
        column[touched] += added[some].astype(np.int64)
    _note_times(columns, order, rows, order.of(packets.time_ns), in_time=in_time)
    columns.ttl[ends] = order.of(packets.ttl)
    flags = order.of(packets.flags)
    new = flags & ~columns.flags[ends]
    if new.any():
        at = np.flatnonzero(new)
        np.bitwise_or.at(columns.flags, ends[at], new[at])


def _note_times(
    columns: FlowColumns, order: FlowOrder, rows: NDArray[np.intp], time_ns: NDArray[np.int64], *, in_time: bool
) -> None:
    if in_time:
        columns.last_ns[rows] = time_ns[order.segments.ends]
        return
    starts = order.segments.starts
    columns.first_ns[rows] = np.minimum(columns.first_ns[rows], np.minimum.reduceat(time_ns, starts))
    columns.last_ns[rows] = np.maximum(columns.last_ns[rows], np.maximum.reduceat(time_ns, starts))
