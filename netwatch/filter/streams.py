"""Streams: what the packets before tell of each packet of TCP and UDP; fed every batch of a capture in order."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN
from netwatch.decode.part import taken
from netwatch.filter.tcp_option_list import window_scale
from netwatch.track.flow import CAPACITY, FlowTracker
from netwatch.track.flow_starts import FlowTimeouts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

PART: Final = 16384
"""Packets that are looked at together."""
NEVER: Final = 1 << 60
"""Nanoseconds after which a stream ends because nothing came: Wireshark waits for ever."""
UNKNOWN: Final = -1
TCP_HEADER: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """Of the packets of one batch; arrays have shape (n,), -1 where there is nothing to tell."""

    tcp: NDArray[np.int64]
    """Number of the TCP connection, from 0 in the order of their first packets."""
    udp: NDArray[np.int64]
    seq: NDArray[np.int64]
    """Sequence number relative to the initial one, of which 1 is the first byte."""
    next_seq: NDArray[np.int64]
    ack: NDArray[np.int64]
    window: NDArray[np.int64]
    """Window in bytes: scaled where both SYNs were seen."""
    since_first: NDArray[np.int64]
    """Nanoseconds since the first packet of the same stream, and since the one before; may be less than 0."""
    since_before: NDArray[np.int64]
    remarks: NDArray[np.int64]
    """Bits of Remark."""


class StreamTracker:
    """Follows every stream of a capture."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Hold at most `capacity` flows; the oldest leave."""
        self._flows = FlowTracker(
            seed=secrets.randbits(63),
            capacity=capacity,
            timeouts=FlowTimeouts(tcp_ns=NEVER, other_ns=NEVER),
            patience_ns=None,
            remarks=True,
        )
        size = self._flows.columns.capacity
        self._number = np.full(size, UNKNOWN, np.int64)
        self._first_ns = np.zeros(size, np.int64)
        self._last_ns = np.zeros(size, np.int64)
        """Capture times of the first packet and of the newest."""
        self._base = np.full(2 * size, UNKNOWN, np.int64)
        """Initial sequence number of each end."""
        self._scale = np.full(2 * size, UNKNOWN, np.int64)
        """What its SYN says of its window; -1 without one."""
        self._begun = {PROTOCOL_TCP: 0, PROTOCOL_UDP: 0}

    def feed(self, batch: PacketBatch) -> Streams:
        """Return what is known of each packet of `batch`, the next of the capture."""
        starts = range(0, max(len(batch), 1), PART)
        parts = [self._feed(taken(batch, slice(start, min(start + PART, len(batch))))) for start in starts]
        names = Streams.__dataclass_fields__
        return Streams(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})

    def _feed(self, batch: PacketBatch) -> Streams:
        flow = self._flows.feed(batch)
        self._flows.measure()
        self._begin(flow.started)
        columns = self._flows.columns
        first = columns.initiator[flow.rows].astype(np.intp)
        ends = flow.rows * 2 + np.where(flow.from_initiator, first, 1 - first)
        numbers = self._number[flow.rows]
        tcp = np.where(batch.protocol == PROTOCOL_TCP, numbers, UNKNOWN)
        remarks = self._flows.remarks
        return Streams(
            tcp=tcp,
            udp=np.where(batch.protocol == PROTOCOL_UDP, numbers, UNKNOWN),
            remarks=np.zeros(len(batch), np.int64) if remarks is None else remarks.astype(np.int64),
            **self._times(batch.frames.time_ns, flow.rows, flow.started),
            **self._relative(batch, ends, tcp >= 0),
        )

    def _times(
        self, time_ns: NDArray[np.int64], rows: NDArray[np.intp], started: NDArray[np.intp]
    ) -> dict[str, NDArray[np.int64]]:
        """Return how late each packet is in its stream; `rows` are the flows of packets, `started` those that began."""
        order = np.argsort(rows, kind="stable")
        sorted_rows, sorted_ns = rows[order], time_ns[order]
        first = np.flatnonzero(np.diff(sorted_rows, prepend=-1))
        begun = np.isin(sorted_rows[first], started)
        self._first_ns[sorted_rows[first[begun]]] = sorted_ns[first[begun]]
        self._last_ns[sorted_rows[first[begun]]] = sorted_ns[first[begun]]
        earlier = np.concatenate((sorted_ns[:1], sorted_ns[:-1]))
        earlier[first] = self._last_ns[sorted_rows[first]]
        last = np.append(first[1:], len(order)) - 1 if len(first) else first
        self._last_ns[sorted_rows[last]] = sorted_ns[last]
        before = np.empty_like(time_ns)
        before[order] = earlier
        return {"since_first": time_ns - self._first_ns[rows], "since_before": time_ns - before}

    def _begin(self, started: NDArray[np.intp]) -> None:
        protocols = self._flows.columns.protocol[started]
        for protocol in self._begun:
            rows = started[protocols == protocol]
            self._number[rows] = self._begun[protocol] + np.arange(len(rows))
            self._begun[protocol] += len(rows)
        for known in (self._base, self._scale):
            known[started * 2] = known[started * 2 + 1] = UNKNOWN

    def _relative(self, batch: PacketBatch, ends: NDArray[np.intp], tcp: NDArray[np.bool_]) -> dict[str, Any]:
        flags = batch.tcp_flags
        whole = tcp & (batch.payload_offset - batch.transport_offset >= TCP_HEADER)
        syn, acks = flags & TCP_SYN != 0, flags & TCP_ACK != 0
        seq, ack = batch.tcp_seq.astype(np.int64), batch.tcp_ack.astype(np.int64)
        telling = whole & (syn | (self._base[ends] < 0) | (acks & (self._base[ends ^ 1] < 0)))
        for row in np.flatnonzero(telling).tolist():
            self._note(batch, row, int(ends[row]))
        base, other = self._base[ends], self._base[ends ^ 1]
        relative = (seq - base) & 0xFFFF_FFFF
        size = batch.payload_length.astype(np.int64) + (flags & (TCP_SYN | TCP_FIN) != 0)
        moves = whole & (flags & TCP_RST == 0)
        scale = np.where(syn, 0, np.where(self._scale[ends ^ 1] < 0, 0, np.maximum(self._scale[ends], 0)))
        return {
            "seq": np.where(whole, relative, UNKNOWN),
            "next_seq": np.where(moves, (relative + size) & 0xFFFF_FFFF, UNKNOWN),
            "ack": np.where(whole, np.where(acks, (ack - other) & 0xFFFF_FFFF, ack), UNKNOWN),
            "window": np.where(whole, batch.tcp_window.astype(np.int64) << scale, UNKNOWN),
        }

    def _note(self, batch: PacketBatch, row: int, end: int) -> None:
        """Learn initial sequence numbers as Wireshark does: without a SYN the first byte seen has number 1."""
        syn = batch.tcp_flags.item(row) & TCP_SYN
        if syn:
            self._base[end] = batch.tcp_seq.item(row)
            begin, stop = batch.transport_offset.item(row) + TCP_HEADER, batch.payload_offset.item(row)
            self._scale[end] = window_scale(batch.frames.data[begin:stop].tobytes())
        elif self._base[end] < 0:
            self._base[end] = (batch.tcp_seq.item(row) - 1) & 0xFFFF_FFFF
        if self._base[end ^ 1] < 0 and batch.tcp_flags.item(row) & TCP_ACK:
            self._base[end ^ 1] = (batch.tcp_ack.item(row) - 1) & 0xFFFF_FFFF
