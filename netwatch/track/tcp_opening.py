"""How TCP connections open: which packets of a block matter to attempts, each from its first SYN to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from netwatch.decode.batch import TCP_SYN
from netwatch.track.flow_order import POSITION_BITS
from netwatch.track.tcp_attempts import Attempts
from netwatch.track.tcp_events import Events, Openings, Step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_order import FlowOrder
    from netwatch.track.flow_packets import FlowPackets


def follow_openings(columns: FlowColumns, order: FlowOrder, packets: FlowPackets) -> Openings:
    """Follow all attempts that are open through `packets`, whose flow order is `order`."""
    chosen = _chosen(columns, order, packets)
    if not len(chosen) and not len(packets.refusals):
        nothing = np.zeros(0, np.intp)
        return Openings(nothing, nothing, nothing)
    attempts = Attempts(columns, packets, _events(columns, order.chosen(chosen), packets))
    attempts.begin()
    attempts.go_on()
    return attempts.store()


def _chosen(columns: FlowColumns, order: FlowOrder, packets: FlowPackets) -> NDArray[np.intp]:
    """Return the segments of attempts that are open, and those of connections with a SYN that are not yet complete.

    These are indices in flow order.
    """
    segments = order.segments
    step = columns.step[order.rows[segments.starts]]
    open_now = (step == Step.SYN_SENT) | (step == Step.ANSWERED) | (step == Step.UNREACHABLE)
    if len(packets.options.positions):
        syns = order.of(packets.segment & (packets.flags & TCP_SYN != 0))
        with_syn = np.zeros(len(step), np.bool_)
        with_syn[segments.number[syns]] = True
        open_now |= with_syn & (step == Step.NONE)
    if not open_now.any():
        return np.zeros(0, np.intp)
    return np.flatnonzero(open_now.take(segments.number) & order.of(packets.segment))


def _events(columns: FlowColumns, chosen: FlowOrder, packets: FlowPackets) -> Events:
    rows, refusals = chosen.rows, packets.refusals
    events = Events(
        rows=rows,
        position=chosen.positions,
        icmp=np.full(len(chosen), -1),
        forth=chosen.sender == columns.initiator[rows],
        flags=chosen.of(packets.flags),
        seq=chosen.of(packets.seq),
        ack=chosen.of(packets.ack),
        length=chosen.of(packets.payload),
        time_ns=chosen.of(packets.time_ns),
    )
    if not len(refusals):
        return events
    more = len(refusals.rows)
    added: dict[str, NDArray[Any]] = {
        "rows": refusals.rows,
        "position": refusals.positions,
        "icmp": refusals.icmp,
        "forth": np.zeros(more, np.bool_),
        "flags": np.zeros(more, np.uint8),
        "seq": refusals.seq,
        "ack": np.zeros(more, np.uint32),
        "length": np.zeros(more, np.int64),
        "time_ns": refusals.time_ns,
    }
    positions = np.concatenate((chosen.positions, refusals.positions))
    order = np.argsort(np.concatenate((rows, refusals.rows)) << POSITION_BITS | positions)
    return Events(**{name: np.concatenate((getattr(events, name), values))[order] for name, values in added.items()})
