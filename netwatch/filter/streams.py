"""Streams: what the packets before tell of each packet of TCP and UDP; fed every batch of a capture in order."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN
from netwatch.decode.part import taken
from netwatch.filter.acknowledged import Acknowledged, Segment
from netwatch.filter.connection_progress import ConnectionProgress
from netwatch.filter.exchanges import Exchanges
from netwatch.filter.tcp_option_list import selective, window_scale
from netwatch.track.flow import CAPACITY, FlowTracker
from netwatch.track.flow_starts import FlowTimeouts
from netwatch.track.tcp_remarks import Remark

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch

PART: Final = 16384
"""Packets that are looked at together."""
DETAILS: Final = ("numbers", "times", "windows", "completeness", "acks", "exchanges")
"""What is told only to those who ask for it, so that who wants to see what was sent again need not wait for more."""
NEVER: Final = 1 << 60
"""Nanoseconds after which a stream ends because nothing came: Wireshark waits for ever."""
UNKNOWN: Final = -1
UNSCALED: Final = -2
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
    """Window in bytes: scaled as the SYN of the end says, unless the other's SYN is known not to agree."""
    since_first: NDArray[np.int64]
    """Nanoseconds since the first packet of the same stream, and since the one before; may be less than 0."""
    since_before: NDArray[np.int64]
    remarks: NDArray[np.int64]
    """Bits of Remark."""
    completeness: NDArray[np.int64]
    """Bits of connection_progress.Complete: what was seen of the connection before each packet."""
    initial_rtt: NDArray[np.int64]
    """Nanoseconds of the handshake, where it is over and there is something to say of the packet."""
    acks: NDArray[np.int64]
    """Number of the packet that is acknowledged, nanoseconds since then, and bytes in flight (`acks`)."""
    ack_rtt: NDArray[np.int64]
    in_flight: NDArray[np.int64]
    answers: NDArray[np.int64]
    """Number of the packet that is answered, and nanoseconds since then (`exchanges`)."""
    answer_time: NDArray[np.int64]


class StreamTracker:
    """Follows every stream of a capture."""

    def __init__(self, capacity: int = CAPACITY, details: Collection[str] = DETAILS) -> None:
        """Hold at most `capacity` flows; the oldest leave. Of `details` what is not named is not told."""
        self._flows = FlowTracker(
            seed=secrets.randbits(63),
            capacity=capacity,
            timeouts=FlowTimeouts(tcp_ns=NEVER, other_ns=NEVER),
            patience_ns=None,
            remarks="all" if {"windows", "acks"} & set(details) else "some",
        )
        self._details = frozenset(details)
        size = self._flows.columns.capacity
        self._number = np.full(size, UNKNOWN, np.int64)
        self._first_ns = np.zeros(size, np.int64)
        self._last_ns = np.zeros(size, np.int64)
        """Capture times of the first packet and of the newest."""
        self._base = np.full(2 * size, UNKNOWN, np.int64)
        """Initial sequence number of each end."""
        self._scale = np.full(2 * size, UNKNOWN, np.int64)
        """What its SYN says of its window; UNKNOWN without one, UNSCALED where an end does not scale."""
        self._progress = ConnectionProgress(size)
        self._acknowledged = Acknowledged(2 * size) if "acks" in details else None
        self._exchanges = Exchanges() if "exchanges" in details else None
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
        bits = self._flows.remarks
        remarks = np.zeros(len(batch), np.int64) if bits is None else bits.astype(np.int64)
        remarks[self._reusing(flow)] |= int(Remark.REUSED_PORTS)
        whole = (tcp >= 0) & (batch.payload_offset - batch.transport_offset >= TCP_HEADER)
        relative = self._relative(batch, ends, whole)
        acks, ack_rtt, in_flight = self._acks(batch, ends, relative, remarks)
        answers, answer_time = self._answers(batch, flow.rows)
        asked = "acks" in self._details
        told = (remarks != 0) | (acks >= 0) | (in_flight >= 0)
        return Streams(
            tcp=tcp,
            udp=np.where(batch.protocol == PROTOCOL_UDP, numbers, UNKNOWN),
            remarks=remarks,
            completeness=self._progress.completeness(batch, flow.rows, whole & ("completeness" in self._details)),
            initial_rtt=np.where(told, self._progress.round_trip(batch, flow.rows, whole & asked), UNKNOWN),
            acks=acks,
            ack_rtt=ack_rtt,
            in_flight=in_flight,
            answers=answers,
            answer_time=answer_time,
            **self._times(batch.frames.time_ns, flow.rows, flow.started),
            **relative,
        )

    def _acks(
        self, batch: PacketBatch, ends: NDArray[np.intp], relative: dict[str, Any], remarks: NDArray[np.int64]
    ) -> list[NDArray[np.int64]]:
        """Return what Acknowledged tells, in full length."""
        found = [np.full(len(batch), UNKNOWN, np.int64) for _ in range(3)]
        if self._acknowledged is None:
            return found
        at = np.flatnonzero(relative["seq"] >= 0)
        acks = batch.tcp_flags[at] & TCP_ACK != 0
        seq, behind = relative["seq"][at], relative["next_seq"][at]
        behind[batch.tcp_flags[at] & TCP_RST != 0] = UNKNOWN
        part = Segment(
            ends=ends[at].astype(np.int64),
            seq=seq,
            next=np.where(behind < 0, seq, behind),
            ack=np.where(acks, relative["ack"][at], UNKNOWN),
            data=(batch.payload_length[at] > 0) & (remarks[at] & Remark.KEEP_ALIVE == 0),
            closes=batch.tcp_flags[at] & (TCP_SYN | TCP_FIN) != 0,
            lost=remarks[at] & Remark.LOST_SEGMENT != 0,
            told=selective(batch, at),
            time_ns=batch.frames.time_ns[at],
            number=batch.numbered()[at],
        )
        for whole, told in zip(found, self._acknowledged.feed(part), strict=True):
            whole[at] = told
        return found

    def _answers(self, batch: PacketBatch, rows: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if self._exchanges is None:
            none = np.full(len(batch), UNKNOWN, np.int64)
            return none, none
        return self._exchanges.feed(batch, rows)

    def _times(
        self, time_ns: NDArray[np.int64], rows: NDArray[np.intp], started: NDArray[np.intp]
    ) -> dict[str, NDArray[np.int64]]:
        """Return how late each packet is in its stream; `rows` are the flows of packets, `started` those that began."""
        if "times" not in self._details:
            none = np.full(len(rows), UNKNOWN, np.int64)
            return {"since_first": none, "since_before": none}
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

    def _reusing(self, flow: FlowBatch) -> NDArray[np.intp]:
        """Return the positions of the packets that begin connections with ports of earlier ones."""
        rows = flow.started[self._flows.columns.reused[flow.started]]
        if not len(rows):
            return rows
        theirs = np.flatnonzero(np.isin(flow.rows, rows))
        _, first = np.unique(flow.rows[theirs], return_index=True)
        return theirs[first]

    def _begin(self, started: NDArray[np.intp]) -> None:
        protocols = self._flows.columns.protocol[started]
        for protocol in self._begun:
            rows = started[protocols == protocol]
            self._number[rows] = self._begun[protocol] + np.arange(len(rows))
            self._begun[protocol] += len(rows)
        for known in (self._base, self._scale):
            known[started * 2] = known[started * 2 + 1] = UNKNOWN
        self._progress.begin(started, reused=self._flows.columns.reused[started])
        if self._acknowledged is not None:
            self._acknowledged.begin(started)
        if self._exchanges is not None:
            self._exchanges.begin(started)

    def _relative(self, batch: PacketBatch, ends: NDArray[np.intp], whole: NDArray[np.bool_]) -> dict[str, Any]:
        if not {"numbers", "acks"} & self._details:
            return dict.fromkeys(("seq", "next_seq", "ack", "window"), np.full(len(batch), UNKNOWN, np.int64))
        flags = batch.tcp_flags
        syn, acks = flags & TCP_SYN != 0, flags & TCP_ACK != 0
        seq, ack = batch.tcp_seq.astype(np.int64), batch.tcp_ack.astype(np.int64)
        telling = whole & (syn | (self._base[ends] < 0) | (acks & (self._base[ends ^ 1] < 0)))
        for row in np.flatnonzero(telling).tolist():
            self._note(batch, row, int(ends[row]))
        base, other = self._base[ends], self._base[ends ^ 1]
        relative = (seq - base) & 0xFFFF_FFFF
        size = batch.payload_length.astype(np.int64) + (flags & (TCP_SYN | TCP_FIN) != 0)
        scale = np.where(syn, 0, np.maximum(self._scale[ends], 0))
        return {
            "seq": np.where(whole, relative, UNKNOWN),
            "next_seq": np.where(whole, (relative + size) & 0xFFFF_FFFF, UNKNOWN),
            "ack": np.where(whole, np.where(acks, (ack - other) & 0xFFFF_FFFF, ack), UNKNOWN),
            "window": np.where(whole, batch.tcp_window.astype(np.int64) << scale, UNKNOWN),
        }

    def _note(self, batch: PacketBatch, row: int, end: int) -> None:
        """Learn initial sequence numbers as Wireshark does: without a SYN the first byte seen has number 1."""
        syn, answers = batch.tcp_flags.item(row) & TCP_SYN, batch.tcp_flags.item(row) & TCP_ACK
        if syn:
            self._base[end] = batch.tcp_seq.item(row)
            begin, stop = batch.transport_offset.item(row) + TCP_HEADER, batch.payload_offset.item(row)
            offered = window_scale(batch.frames.data[begin:stop].tobytes())
            if offered < 0:
                # One end without the option, and neither scales (RFC 7323 section 1.3)
                self._scale[end] = self._scale[end ^ 1] = UNSCALED
            elif self._scale[end ^ 1] != UNSCALED or not answers:
                self._scale[end] = offered
        elif self._base[end] < 0:
            self._base[end] = (batch.tcp_seq.item(row) - 1) & 0xFFFF_FFFF
        if self._base[end ^ 1] < 0 and answers:
            self._base[end ^ 1] = (batch.tcp_ack.item(row) - 1) & 0xFFFF_FFFF
