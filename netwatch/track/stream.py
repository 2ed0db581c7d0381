"""StreamTracker: TCP streams put together for those who read the protocols inside them."""

from __future__ import annotations

from heapq import heappop
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_columns import IDLE, UNDECIDED
from netwatch.track.stream_opening import MOST_SHOWN, StreamProtocols
from netwatch.track.stream_part import LOOK_AGAIN, Part
from netwatch.track.stream_reader import Moment, Stream
from netwatch.track.stream_select import LOOK_AHEAD, MARKS, StreamPackets, matters, select
from netwatch.track.stream_table import StreamTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.fragments import WholeDatagrams
    from netwatch.track.stream_assembly import Assembly
    from netwatch.track.stream_protocol import StreamProtocol
    from netwatch.track.stream_select import Selected

DIRECTION_LIMIT: Final = 64 << 10
"""Bytes of one direction that wait for what is missing in front of them."""
SIZE: Final = 64 << 20
"""The same of all streams."""
MOST_FLOWS: Final = 16_384
"""Flows that are read at once."""
LIVE_SEGMENTS: Final = 8_000
"""Segments that a capture can afford to have looked at in one second: each costs 20 to 40 us of Python, so a quarter of
a processor. With 100,000 a load of 20,000 flows whose beginnings were missed lost two packets of three."""
LIVE_AT_ONCE: Final = 1_000
"""The same of one batch: the ring holds what comes in 30 ms, but not what comes in a second."""
UNLIMITED: Final = 1 << 62
PART: Final = 2048
"""Packets between two decisions about which ones matter; what is known after one of them holds for the next."""


class StreamTracker:
    """Reads the streams that a protocol recognises; all other packets cost a few numpy operations a batch.

    Bytes are handed on once and in order; of bytes that were sent twice the first copy counts. What is missing is
    reported as lost once the other side acknowledged it, more than the limit waits behind it, or the stream ends.

    A reader is told of the end of each direction (`closed`) unless it wanted no more of that. A direction of which it
    wants no more is never looked at again; when it wants no more of both it is let go.
    """

    def __init__(
        self,
        flows: FlowColumns,
        protocols: Iterable[StreamProtocol],
        *,
        segments: int = UNLIMITED,
        at_once: int = UNLIMITED,
        most_flows: int = MOST_FLOWS,
        limit: int = DIRECTION_LIMIT,
        size: int = SIZE,
    ) -> None:
        """Read streams of `flows`. The first of `protocols` that recognises a stream reads it.

        At most `segments` packets are looked at in a second of packet time, `at_once` of them in a batch, and
        `most_flows` flows at once; `limit` bytes of a direction and `size` in all wait for what is missing.
        """
        self._flows = flows
        self._protocols = StreamProtocols(protocols)
        self._table = StreamTable(self._protocols, most=most_flows, limit=limit, size=size)
        self._segments = segments
        self._at_once = at_once
        self._second, self._left_out = -1, 0
        self._still = self._left = 0
        """How many may be looked at in this second, and in this batch."""
        self._newest = Moment(0, 0)
        """The last packet."""
        self._part: Part

    @property
    def reading(self) -> int:
        """Streams that are read now."""
        return len(self._table)

    @property
    def held(self) -> int:
        """Bytes that wait for what is missing in front of them."""
        return self._table.held

    @property
    def lost(self) -> int:
        """Bytes of streams that are read or were, but were not captured."""
        return self._table.lost

    @property
    def skipped(self) -> int:
        """Segments left out because there were too many, streams given up and gaps passed to make room."""
        return self._left_out + self._table.given_up

    def feed(self, batch: PacketBatch, flows: FlowBatch, whole: WholeDatagrams | None = None) -> None:
        """Hand on what the packets of `batch` carry, and the segments among the datagrams of `whole`."""
        if not self._protocols.known or not len(batch):
            return
        self._table.forget(set(flows.evicted.tolist()), self._newest)
        self._newest = Moment(int(batch.frames.time_ns[-1]), batch.last_number)
        started = flows.started
        self._table.columns.reset(started, self._flows.protocol[started] == PROTOCOL_TCP)
        second = int(batch.frames.time_ns[0]) // SECOND
        if second != self._second:
            self._second, self._still = second, self._segments
        self._left = before = min(self._still, self._at_once)
        packets = StreamPackets(batch, flows.rows, flows.from_initiator)
        start = 0
        if whole is not None:
            for at in whole.segments.tolist():
                # A segment counts as captured with its last fragment
                stop = int(whole.positions[at]) + 1
                self._look_through(packets, start, stop)
                self._look(_put_together(whole, flows), at, at + 1)
                start = stop
        self._look_through(packets, start, len(batch))
        self._still -= before - self._left

    def finish(self) -> None:
        """End all streams, because the capture ends."""
        for row in self._table.rows():
            self._table.close(row, self._newest)

    def _look_through(self, packets: StreamPackets, start: int, stop: int) -> None:
        for begin in range(start, stop, PART):
            self._look(packets, begin, min(begin + PART, stop))

    def _look(self, packets: StreamPackets, start: int, stop: int) -> None:
        selected = select(packets, start, stop, self._table.columns, self._protocols)
        if selected is None:
            return
        if len(selected) > self._left:
            selected = self._fewer(selected)
        self._left -= len(selected)
        self._part = Part(packets, stop)
        further, idle = self._part.further, self._part.idle
        for segment in _segments(packets, selected.positions, selected.keys, selected.reading):
            if further:
                self._catch_up(segment[0])
            if segment[1] not in idle:
                self._one(segment)
        self._catch_up(stop)
        self._table.publish()

    def _catch_up(self, position: int) -> None:
        """Look at packets up to `position` that matter only since others were looked at."""
        further = self._part.further
        while further and further[0][0] <= position:
            entry = heappop(further)
            if len(entry) == len(LOOK_AGAIN):
                self._look_ahead(entry[1], entry[0])
            else:
                self._one(entry)

    def _look_ahead(self, key: int, start: int) -> None:
        """Find packets of a flow that matter although they did not before."""
        part = self._part
        self._table.publish()
        at, keys = matters(part.packets, key, start, part.stop, self._table.columns)
        for segment in _segments(part.packets, at, keys, np.ones(len(at), np.bool_)):
            part.queue(segment)
        if len(at) == LOOK_AHEAD:
            part.queue((int(at[-1]) + 1, key))

    def _one(self, segment: tuple[Any, ...]) -> None:
        """Look at a packet, once."""
        position, key, sequence, _, flags, length, begin, captured, time_ns, _ = segment
        part = self._part
        if position <= part.done:
            return
        part.done, packets = position, part.packets
        row, forth = key >> 1, bool(key & 1)
        if flags & TCP_SYN:
            sequence += 1
        table = self._table
        assembly = table.find(row)
        if assembly is None:
            assembly = self._begin(packets, segment)
            if assembly is None:
                return
        elif assembly.ignores(forth, sequence + length, flags):
            return
        moment = Moment(time_ns, packets.number(position))
        if length == captured and not flags & MARKS and assembly.continues(forth, sequence):
            assembly.read_on(forth, packets.batch.frames.data[begin : begin + length].tobytes(), moment)
            table.read_on(assembly)
        else:
            self._sort_in(assembly, segment, moment)

    def _sort_in(self, assembly: Assembly, segment: tuple[Any, ...], moment: Moment) -> None:
        """Put a segment in its place, whatever it is."""
        position, key, sequence, acknowledged, flags, length, begin, captured, _, reading = segment
        forth = bool(key & 1)
        if flags & TCP_SYN:
            sequence += 1
        before, held = assembly.concerns, assembly.held
        if flags & TCP_ACK and assembly.ends[not forth].pieces:
            assembly.acknowledged(not forth, acknowledged, moment)
        if flags & TCP_SYN:
            assembly.begin(forth, sequence)
        if length:
            data = self._part.packets.batch.frames.data[begin : begin + captured]
            assembly.segment(forth, sequence, data.tobytes(), length, moment)
        if flags & TCP_FIN:
            assembly.finish(forth, sequence + length, moment)
        if flags & TCP_RST:
            assembly.close(forth, moment)
        self._table.update(assembly, held, moment)
        if assembly.concerns != before or (reading and assembly.failed):
            self._look_ahead(key, position + 1)

    def _begin(self, packets: StreamPackets, segment: tuple[Any, ...]) -> Assembly | None:
        """Begin to read the stream of a packet, if it may be of interest."""
        position, key, sequence, _, flags, length, begin, captured, *_ = segment
        table, batch = self._table, packets.batch
        if table.columns.state[key] != UNDECIDED:
            self._part.idle.add(key)
            return None
        if flags & TCP_SYN:
            sequence += 1
            table.note_beginning(key, sequence)
        if not length:
            return None
        first = bytes(batch.frames.data.data[begin : begin + min(captured, MOST_SHOWN)])
        ports = int(batch.sport[position]), int(batch.dport[position])
        from_start = bool(table.columns.known[key])
        hopeful = bool(first) and self._protocols.may_be(bool(key & 1), first, ports, from_start=from_start)
        if not table.begins(key, sequence, length, hopeful):
            return None
        return self._open(packets, position, key >> 1, bool(key & 1))

    def _open(self, packets: StreamPackets, position: int, row: int, forth: bool) -> Assembly:
        batch = packets.batch
        self._part.idle -= {row * 2, row * 2 + 1}
        source = int(batch.src_high[position]), int(batch.src_low[position]), int(batch.sport[position])
        destination = int(batch.dst_high[position]), int(batch.dst_low[position]), int(batch.dport[position])
        serial = int(self._flows.serial[row])
        moment = Moment(int(batch.frames.time_ns[position]), packets.number(position))
        initiator, responder = (source, destination) if forth else (destination, source)
        return self._table.open(row, Stream(serial, int(batch.vlan[position]), *initiator, *responder, moment), moment)

    def _fewer(self, selected: Selected) -> Selected:
        """Leave out what there is no time for: first of flows that are new, which are not looked at again then."""
        left = max(self._left, 0)
        chosen = np.sort(np.argsort(~selected.reading, kind="stable")[:left])
        out = np.ones(len(selected), np.bool_)
        out[chosen] = False
        self._left_out += int(np.count_nonzero(out))
        keys = selected.keys[out & ~selected.reading]
        self._table.columns.state[np.concatenate((keys, keys ^ 1))] = IDLE
        return selected.take(chosen)


def _put_together(whole: WholeDatagrams, flows: FlowBatch) -> StreamPackets:
    """Return datagrams as packets of the flows of their fragments."""
    positions = whole.positions
    return StreamPackets(whole.batch, flows.rows[positions], flows.from_initiator[positions], whole.numbers)


def _segments(
    packets: StreamPackets, at: NDArray[np.intp], keys: NDArray[np.intp], reading: NDArray[np.bool_]
) -> Iterable[tuple[Any, ...]]:
    """Yield position, direction, sequence, acknowledgement, flags, payload (length, begin, captured), time, reading."""
    batch = packets.batch
    columns: tuple[NDArray[Any], ...] = (
        batch.tcp_seq, batch.tcp_ack, batch.tcp_flags, batch.payload_length, batch.payload_offset,
        batch.payload_captured, batch.frames.time_ns,
    )  # fmt: skip
    return zip(at.tolist(), keys.tolist(), *(column[at].tolist() for column in columns), reading.tolist(), strict=True)
