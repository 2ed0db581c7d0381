"""FlowTracker: every conversation of a capture, in columns, fed by whole batches."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.capture.frames import COLUMNS as FRAME_COLUMNS
from netwatch.decode.batch import COLUMNS, PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.tables.flows import CaptureGaps, FlowCounts
from netwatch.tables.query import Page, TableQuery
from netwatch.track.conn_state import is_over
from netwatch.track.flow_application import applications, sent_by_initiator
from netwatch.track.flow_batch import FlowBatch, grouped_packets
from netwatch.track.flow_columns import FlowColumns
from netwatch.track.flow_filter import flow_filter
from netwatch.track.flow_find import find_flows
from netwatch.track.flow_fragments import FragmentPorts
from netwatch.track.flow_health import capture_gaps
from netwatch.track.flow_history import note_history
from netwatch.track.flow_index import FlowIndex
from netwatch.track.flow_key import FlowHash, ports
from netwatch.track.flow_order import POSITION_BITS
from netwatch.track.flow_rate import SECOND, count_rate
from netwatch.track.flow_sort import sort_keys
from netwatch.track.flow_starts import FlowTimeouts, find_restarts, remember
from netwatch.track.flow_table import flow_table
from netwatch.track.handshake_totals import HandshakeTotals
from netwatch.track.paging import page_rows
from netwatch.track.tcp_health import measure_health
from netwatch.track.tcp_opening import follow_openings
from netwatch.track.tcp_packets import tcp_packets
from netwatch.track.tcp_refusal import find_refusals

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.flows import FlowTable
    from netwatch.tables.handshakes import HandshakeCounts
    from netwatch.track.flow_batch import GroupedPackets
    from netwatch.track.flow_filter import FlowFilter
    from netwatch.track.flow_find import FindAddresses
    from netwatch.track.flow_key import FlowKeys
    from netwatch.track.flow_starts import Restarts

CAPACITY: Final = 200_000
SMALLEST_CAPACITY: Final = 64
EVICTED_SHARE: Final = 8
"""When the table is full, one flow in this many leaves at once."""
OVER: Final = 1 << 62
"""Put between flows that are over and all others when the ones to evict are chosen."""


class FlowTracker:
    """Bidirectional flows by (VLAN, addresses, ports, protocol), ICMP and non-IP conversations included.

    Packet time only. Which packets come in one batch makes no difference, except to when flows are evicted.
    """

    def __init__(
        self,
        *,
        seed: int,
        capacity: int = CAPACITY,
        timeouts: FlowTimeouts | None = None,
        find_addresses: FindAddresses | None = None,
    ) -> None:
        """Hold at most `capacity` flows, SMALLEST_CAPACITY or more.

        `seed` should be random, so that nobody outside can make the keys of many flows collide. `find_addresses` lets
        the quick filter find flows by names of hosts.
        """
        self.columns = FlowColumns(max(capacity, SMALLEST_CAPACITY))
        self.now_ns = 0
        """The latest capture time seen."""
        self._timeouts = timeouts or FlowTimeouts()
        self.find_addresses = find_addresses
        self.seed = seed
        self._hash = FlowHash(seed)
        self._fragments = FragmentPorts(seed)
        self._index = FlowIndex(self.columns)
        self._serial = 0
        self._evicted = 0
        self._gaps = CaptureGaps()
        self._handshakes = HandshakeTotals()
        self._begun = np.zeros(256, np.int64)
        self._resumed = 0

    def feed(self, batch: PacketBatch) -> FlowBatch:
        """Count the packets of `batch` and tell which flow each belongs to."""
        most = min(self.columns.capacity // 4, 1 << POSITION_BITS - 1)
        if len(batch) <= most:
            return self._feed(batch)
        parts = [self._feed(_part(batch, start, start + most)) for start in range(0, len(batch), most)]
        names = FlowBatch.__dataclass_fields__
        return FlowBatch(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})

    def counts(self) -> FlowCounts:
        """Return how many flows there were."""
        tcp, udp = int(self._begun[PROTOCOL_TCP]), int(self._begun[PROTOCOL_UDP])
        return FlowCounts(
            tcp=tcp,
            udp=udp,
            other=int(self._begun.sum()) - tcp - udp,
            resumed=self._resumed,
            evicted=self._evicted,
            held=self.columns.used,
            gaps=self._gaps + capture_gaps(self.columns, self.rows()),
        )

    def handshake_counts(self) -> HandshakeCounts:
        """Return how all attempts to open TCP connections ended."""
        return self._handshakes.counts(self.columns, self.rows(), self.now_ns)

    def table(self, rows: NDArray[np.intp] | None = None) -> FlowTable:
        """Return the flows in `rows`, or all of them in the order in which they began."""
        if rows is None:
            rows = self.rows()
            rows = rows[np.argsort(self.columns.serial[rows])]
        return flow_table(self.columns, rows, self.now_ns)

    def page(self, query: TableQuery) -> Page[FlowTable]:
        """Return the flows that `query` asks for; it sorts by one of flow_sort.SORT_KEYS or by `rate`.

        Raises:
            KeyError: there is no such column.
        """
        rows = find_flows(self.columns, self.rows(), query.text, self.find_addresses)
        page = page_rows(rows, self.columns.serial[rows], self._keys(query.sort), query)
        return Page(flow_table(self.columns, page.rows, self.now_ns), page.first, page.total, page.order)

    def top(self, column: str, count: int, *, descending: bool = True) -> FlowTable:
        """Return the `count` flows that come first when all are sorted by `column`; the older flow first among equals.

        Raises:
            KeyError: there is no such column; see `page`.
        """
        return self.page(TableQuery(column, descending, count=count)).table

    def rows_of(self, serials: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return the row of each flow, -1 for those that were evicted or never were; shape (len(serials),)."""
        rows = self.rows()
        rows = rows[np.isin(self.columns.serial[rows], serials)]
        held = self.columns.serial[rows]
        order = np.argsort(held)
        rows, held = rows[order], held[order]
        if not len(rows):
            return np.full(len(serials), -1)
        at = np.minimum(np.searchsorted(held, serials), len(held) - 1)
        return np.where(held[at] == serials, rows[at], -1)

    def filter(self, serial: int) -> FlowFilter:
        """Return what tells the packets of a flow from all others, for any thread.

        Raises:
            LookupError: the flow was evicted or never was.
        """
        row = int(self.rows_of(np.array([serial]))[0])
        if row < 0:
            raise LookupError(f"flow {serial} is not in the table any more")
        return flow_filter(self.columns, row)

    def matches(self, serial: int, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return which packets of `batch` belong to a flow, shape (len(batch),).

        Raises:
            LookupError: the flow was evicted or never was.
        """
        return self.filter(serial).mask(batch)

    def rows(self) -> NDArray[np.intp]:
        """Return the rows of all flows in the table, ascending."""
        return np.flatnonzero(self.columns.serial[: self.columns.high_water])

    def _keys(self, column: str) -> Callable[[NDArray[np.intp]], NDArray[Any]]:
        return partial(sort_keys, self.columns, column, now_ns=self.now_ns)

    def _feed(self, batch: PacketBatch) -> FlowBatch:
        evicted = self._make_room(len(batch))
        if not len(batch):
            nothing = np.zeros(0, np.intp)
            return FlowBatch(nothing, np.zeros(0, np.bool_), nothing, nothing, evicted)
        keys = self._hash.keys(batch, *self._fragments.complete(batch, *ports(batch)))
        rows = self._index.find(keys)
        born = self._add(batch, keys, rows)
        packets = grouped_packets(batch, rows, keys.swapped)
        restarts = find_restarts(self.columns, packets, self._timeouts)
        packets, reborn = self._restart(packets, restarts)
        started = self._number(batch, packets, np.concatenate((born, reborn)))
        rows[packets.order] = packets.rows
        self._count(packets, rows * 2 + keys.swapped)
        opened = self._follow_tcp(packets)
        self.now_ns = max(self.now_ns, int(batch.frames.time_ns.max()))
        return FlowBatch(rows, keys.swapped == self.columns.initiator[rows], started, opened, evicted)

    def _make_room(self, wanted: int) -> NDArray[np.int64]:
        """Evict flows until `wanted` rows are free, those that are over first, then the ones idle for longest."""
        columns = self.columns
        if columns.room >= wanted:
            return np.zeros(0, np.int64)
        rows = self.rows()
        over = (columns.slot[rows] < 0) | is_over(columns.state[rows])
        age = columns.clock_ns[rows] - over * np.int64(OVER)
        count = min(max(columns.capacity // EVICTED_SHARE, wanted - columns.room), len(rows))
        leaving = rows[np.argpartition(age, count - 1)[:count]]
        serials = np.sort(columns.serial[leaving])
        self._gaps += capture_gaps(columns, leaving)
        self._handshakes.add(columns, leaving)
        self._index.remove(leaving)
        columns.give_back(leaving)
        self._evicted += count
        return serials

    def _add(self, batch: PacketBatch, keys: FlowKeys, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Take a row for each key that has none (-1 in `rows`, which is completed); return their first positions."""
        missing = np.flatnonzero(rows < 0)
        if not len(missing):
            return missing
        missing, group, first = _distinct(keys, missing)
        by_time = np.argsort(first)
        taken = np.empty(len(first), np.intp)
        taken[by_time] = self.columns.take(len(first))
        rows[missing] = taken[group]
        first, taken = first[by_time], taken[by_time]
        for column, values in zip(self.columns.key_columns(), keys.columns, strict=True):
            column[taken] = values[first]
        self.columns.hash[taken] = keys.hash[first]
        self._begin(batch, first, taken, keys.swapped[first])
        self._index.insert(taken)
        return first

    def _begin(
        self, batch: PacketBatch, positions: NDArray[np.intp], rows: NDArray[np.intp], swapped: NDArray[np.bool_]
    ) -> None:
        """Fill the columns that the first packet of a flow decides."""
        columns = self.columns
        time = batch.frames.time_ns[positions]
        columns.first_ns[rows] = time
        columns.last_ns[rows] = time
        columns.clock_ns[rows] = np.maximum(columns.clock_ns[rows], time)
        columns.rate_second[rows] = time // SECOND
        columns.vlan[rows] = batch.vlan[positions]
        columns.ethertype[rows] = batch.ethertype[positions]
        columns.protocol[rows] = batch.protocol[positions]
        columns.interface[rows] = batch.frames.interface[positions]
        columns.application[rows] = applications(batch, positions)
        columns.initiator[rows] = swapped ^ ~sent_by_initiator(batch, positions)

    def _restart(self, packets: GroupedPackets, restarts: Restarts) -> tuple[GroupedPackets, NDArray[np.intp]]:
        """Give flows that begin with a known key rows of their own.

        Returns the packets with their final rows, and the positions in the batch where such flows begin.
        """
        columns, at = self.columns, restarts.positions
        if not len(at):
            remember(columns, packets, packets.rows[packets.segments.starts], restarts)
            return packets, at
        taken = columns.take(len(at))
        old = packets.rows[at]
        for name in ("high_0", "low_0", "high_1", "low_1", "rest", "hash", "clock_ns"):
            values = getattr(columns, name)
            values[taken] = values[old]
        for name in ("syn_isn", "syn_known"):
            values = getattr(columns, name).reshape(-1, 2)
            values[taken] = values[old]
        columns.resumed[taken] = restarts.resumed
        positions = packets.order[at]
        self._begin(packets.batch, positions, taken, packets.sender[at] != 0)
        newest = np.zeros(len(packets.rows), np.intp)
        newest[at] = np.arange(1, len(at) + 1)
        newest = packets.segments.running_max(newest)
        rows = np.where(newest > 0, taken[newest - 1], packets.rows)
        final = rows[packets.segments.ends]
        replaced = final != packets.rows[packets.segments.starts]
        self._index.replace(packets.rows[packets.segments.starts][replaced], final[replaced])
        remember(columns, packets, final, restarts)
        return packets.moved(rows), positions

    def _number(self, batch: PacketBatch, packets: GroupedPackets, positions: NDArray[np.intp]) -> NDArray[np.intp]:
        """Give flows that begin at `positions` their serials in the order of their packets; return their rows."""
        if not len(positions):
            return positions
        where = np.empty(len(batch), np.intp)
        where[packets.order] = packets.rows
        rows = where[np.sort(positions)]
        self.columns.serial[rows] = np.arange(self._serial + 1, self._serial + 1 + len(rows))
        self._serial += len(rows)
        resumed = self.columns.resumed[rows]
        self._resumed += int(np.count_nonzero(resumed))
        self._begun += np.bincount(self.columns.protocol[rows[~resumed]], minlength=256)
        return rows

    def _count(self, packets: GroupedPackets, ends: NDArray[np.intp]) -> None:
        """Count the packets; `ends` are those of `packets` in the order of the batch."""
        columns, batch = self.columns, packets.batch
        np.add.at(columns.packets, ends, 1)
        np.add.at(columns.bytes, ends, batch.frames.wire_length.astype(np.int64))
        np.add.at(columns.payload, ends, batch.payload_length.astype(np.int64))
        time = batch.frames.time_ns
        if packets.ordered and int(time[0]) >= self.now_ns:
            columns.last_ns[ends >> 1] = time
        else:
            np.minimum.at(columns.first_ns, ends >> 1, time)
            np.maximum.at(columns.last_ns, ends >> 1, time)
        columns.ttl[ends] = batch.ttl
        new = batch.tcp_flags & ~columns.flags[ends]
        if new.any():
            at = np.flatnonzero(new)
            np.bitwise_or.at(columns.flags, ends[at], new[at])
        count_rate(columns, packets)
        note_history(columns, packets)

    def _follow_tcp(self, packets: GroupedPackets) -> NDArray[np.intp]:
        """Follow handshakes and health of TCP connections; return the rows whose handshake went on."""
        tcp = tcp_packets(packets)
        refusals = find_refusals(packets.batch, self._hash, self._index)
        openings = follow_openings(self.columns, tcp, refusals)
        if len(tcp):
            measure_health(self.columns, tcp, openings)
        return openings.rows


def _distinct(
    keys: FlowKeys, positions: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Group `positions` by key: return them sorted, the group of each, and the first position of each group."""
    mask = np.uint64((1 << POSITION_BITS) - 1)
    sorted_hash = keys.hash[positions] & ~mask | positions.astype(np.uint64)
    sorted_hash.sort()
    order = (sorted_hash & mask).astype(np.intp)
    same_hash = sorted_hash[1:] >> np.uint64(POSITION_BITS) == sorted_hash[:-1] >> np.uint64(POSITION_BITS)
    same = _same_as_before(keys, order)
    if (same != same_hash).any():
        # Two keys share a hash; only a full sort brings equal keys together
        order = positions[np.lexsort((positions, *(column[positions] for column in keys.columns)))]
        same = _same_as_before(keys, order)
    group = np.concatenate(([0], np.cumsum(~same)))
    first = order[np.concatenate(([True], ~same))]
    return order, group, first


def _same_as_before(keys: FlowKeys, positions: NDArray[np.intp]) -> NDArray[np.bool_]:
    same = np.ones(len(positions) - 1, np.bool_)
    for column in keys.columns:
        values = column[positions]
        same &= values[1:] == values[:-1]
    return same


def _part(batch: PacketBatch, start: int, stop: int) -> PacketBatch:
    frames = replace(batch.frames, **{name: getattr(batch.frames, name)[start:stop] for name in FRAME_COLUMNS})
    columns = {name: getattr(batch, name)[start:stop] for name in COLUMNS}
    return replace(batch, frames=frames, first_number=batch.first_number + start, **columns)
