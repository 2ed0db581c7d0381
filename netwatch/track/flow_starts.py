"""Where another flow begins although the key is known: after a time without packets, or with a new TCP connection."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, TCP_ACK, TCP_RST, TCP_SYN
from netwatch.nanoseconds import SECOND
from netwatch.track.flow_order import grouped, segments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_order import FlowOrder


@dataclass(frozen=True, slots=True)
class FlowTimeouts:
    """Packet time in nanoseconds after which packets with a known key are another flow; Zeek's defaults."""

    tcp_ns: int = 300 * SECOND
    """Zeek's tcp_inactivity_timeout."""
    other_ns: int = 60 * SECOND
    """Zeek's udp_inactivity_timeout and icmp_inactivity_timeout."""

    @property
    def shortest_ns(self) -> int:
        """No flow ends by a shorter time without packets."""
        return min(self.tcp_ns, self.other_ns)


class Newest(IntEnum):
    """What the newest packet with a key was."""

    OTHER = 0
    SYN_0 = 1
    """A SYN without ACK of end 0."""
    SYN_1 = 2
    SYN_ACK_0 = 3
    SYN_ACK_1 = 4
    JOINED = 5
    """A SYN that crossed the SYN of the other end (simultaneous open, RFC 9293 section 3.5)."""


@dataclass(frozen=True, slots=True, eq=False)
class Restarts:
    """Packets that begin another flow with a known key."""

    index: NDArray[np.intp]
    """Indices in flow order."""
    resumed: NDArray[np.bool_]
    """For each of them whether but a pause sets it apart, no SYN."""
    joined: NDArray[np.intp]
    """Indices in flow order of the SYNs that crossed one of the other end."""


def kinds(batch: PacketBatch, sender: NDArray[np.bool_]) -> NDArray[np.uint8] | None:
    """Return Newest of each packet, as far as the packet alone tells; None when all are OTHER."""
    kind = batch.tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)
    if not (kind & TCP_SYN).any():
        return None
    base = np.where(kind == TCP_SYN, Newest.SYN_0, np.where(kind == TCP_SYN | TCP_ACK, Newest.SYN_ACK_0, 0))
    return np.where(base, base + sender, Newest.OTHER).astype(np.uint8)


def suspects(
    columns: FlowColumns,
    rows: NDArray[np.intp],
    batch: PacketBatch,
    born: NDArray[np.intp],
    timeouts: FlowTimeouts,
    *,
    with_syn: bool,
) -> NDArray[np.intp]:
    """Return the positions of all packets of flows that may begin anew in `batch`.

    A flow may with a SYN that is not its first packet, or after a pause; with time that goes back anything is
    possible. These are few, and only they are worth being put in flow order. `born` are the first packets of flows
    with a new key, `with_syn` tells whether there is any SYN.
    """
    time_ns = batch.frames.time_ns
    if (time_ns[1:] < time_ns[:-1]).any():
        return np.arange(len(rows))
    suspect = time_ns - columns.clock_ns[rows] > timeouts.shortest_ns
    if with_syn:
        suspect |= _is_syn(batch.tcp_flags)
        suspect[born] = False
    if not suspect.any():
        return np.zeros(0, np.intp)
    marked = rows[suspect]
    columns.suspect[marked] = True
    suspect = columns.suspect[rows]
    columns.suspect[marked] = False
    return np.flatnonzero(suspect)


def find_restarts(
    columns: FlowColumns, order: FlowOrder, batch: PacketBatch, kind: NDArray[np.uint8] | None, timeouts: FlowTimeouts
) -> Restarts:
    """Return where other flows begin, in packet time; the first packet of a new row is not among them.

    `order` is the flow order of some packets of `batch`, `kind` what `kinds` returned for all of them.
    """
    begins = np.zeros(len(order), np.uint8)
    joined = np.zeros(0, np.intp)
    if kind is not None:
        kind = order.of(kind)
        syns = np.flatnonzero((kind == Newest.SYN_0) | (kind == Newest.SYN_1))
        anew, joins = _begins_anew(columns, order, batch, kind, syns)
        begins[syns[anew]] = 1
        begins[_first_packets(columns, order)] = 0
        joined = syns[joins]
    begins[_idle(columns, order, batch, timeouts)] |= 2
    index = np.flatnonzero(begins)
    return Restarts(index, begins[index] == 2, joined)


def remember(
    columns: FlowColumns,
    rows: NDArray[np.intp],
    batch: PacketBatch,
    sender: NDArray[np.bool_],
    kind: NDArray[np.uint8] | None,
) -> None:
    """Store what later batches must know of each key in `rows`, that of the newest flow with the key of each packet."""
    time_ns = batch.frames.time_ns
    if (time_ns[1:] < time_ns[:-1]).any():
        np.maximum.at(columns.clock_ns, rows, time_ns)
    else:
        # Of several values for one row the last one stays, which is the largest
        columns.clock_ns[rows] = np.maximum(columns.clock_ns[rows], time_ns)
    if kind is None:
        columns.newest[rows] = Newest.OTHER
        return
    columns.newest[rows] = kind
    columns.newest_ack[rows] = batch.tcp_ack
    syns = np.flatnonzero(_is_syn(batch.tcp_flags))
    at = rows[syns] * 2 + sender[syns]
    columns.syn_isn[at] = batch.tcp_seq[syns]
    columns.syn_known[at] = True


def _is_syn(flags: NDArray[np.uint8]) -> NDArray[np.bool_]:
    syn: NDArray[np.bool_] = flags & (TCP_SYN | TCP_ACK | TCP_RST) == TCP_SYN
    return syn


def _first_packets(columns: FlowColumns, order: FlowOrder) -> NDArray[np.intp]:
    """Return the indices of packets whose row was taken for them just now: it has no serial yet."""
    starts = order.segments.starts
    first: NDArray[np.intp] = starts[columns.serial[order.rows[starts]] == 0]
    return first


def _idle(columns: FlowColumns, order: FlowOrder, batch: PacketBatch, timeouts: FlowTimeouts) -> NDArray[np.intp]:
    """Return the indices of packets that came too long after the latest time with the same key before."""
    segments = order.segments
    time: NDArray[np.int64] = order.of(batch.frames.time_ns)
    before = columns.clock_ns[order.rows[segments.starts]]
    waited = time - segments.largest_before(time, before)
    tcp = order.of(batch.protocol) == PROTOCOL_TCP
    return np.flatnonzero(waited > np.where(tcp, timeouts.tcp_ns, timeouts.other_ns))


def _begins_anew(
    columns: FlowColumns, order: FlowOrder, batch: PacketBatch, kind: NDArray[np.uint8], syns: NDArray[np.intp]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each SYN whether it begins another flow, and whether it joins the SYN that the other end just sent.

    A SYN with the sequence number of the same end's newest SYN is a retry. Any other begins a flow, except when
    the packet just before it is a SYN of the other end, or the SYN-ACK that answers this very SYN and was captured
    too early.
    """
    seq: NDArray[np.uint32] = order.of(batch.tcp_seq)
    sender = order.sender[syns]
    retry = _repeats(columns, seq[syns], order.rows[syns] * 2 + sender)
    first = np.zeros(len(seq), np.bool_)
    first[order.segments.starts] = True
    first = first[syns]
    before = np.where(first, columns.newest[order.rows[syns]], kind[syns - 1])
    ack: NDArray[np.uint32] = order.of(batch.tcp_ack)
    ack_before = np.where(first, columns.newest_ack[order.rows[syns]], ack[syns - 1])
    answered = (before == Newest.SYN_ACK_1 - sender) & (ack_before == seq[syns] + np.uint32(1))
    crossing = ~retry & (before == Newest.SYN_1 - sender)
    # A SYN that joined cannot be joined in turn: of neighbours that cross, every other one begins a flow
    run = np.ones(len(syns), np.bool_)
    run[1:] = first[1:] | ~crossing[:-1] | (syns[1:] != syns[:-1] + 1)
    index = np.arange(len(syns))
    distance = index - np.maximum.accumulate(np.where(run, index, 0))
    joined = crossing & (distance % 2 == 0)
    return ~retry & ~answered & ~joined, joined


def _repeats(columns: FlowColumns, seq: NDArray[np.uint32], ends: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which SYNs have the sequence number of the SYN before them of the same end (`ends`)."""
    order, ends = grouped(ends)
    starts = segments_of(ends).starts
    seq = seq[order]
    before = np.empty_like(seq)
    before[1:] = seq[:-1]
    before[starts] = columns.syn_isn[ends[starts]]
    same = before == seq
    same[starts] &= columns.syn_known[ends[starts]]
    repeats = np.empty(len(seq), np.bool_)
    repeats[order] = same
    return repeats
