"""FlowTracker: every conversation of a capture, in columns, fed by whole batches."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.decode.part import taken
from netwatch.tables.flows import CaptureGaps, FlowCounts
from netwatch.tables.query import Page, TableQuery
from netwatch.track.conn_state import is_over
from netwatch.track.flow_applications import FlowApplications
from netwatch.track.flow_batch import FlowBatch
from netwatch.track.flow_columns import FlowColumns
from netwatch.track.flow_filter import flow_filter
from netwatch.track.flow_find import find_flows
from netwatch.track.flow_health import capture_gaps
from netwatch.track.flow_measure import measure
from netwatch.track.flow_packets import BLOCK, PacketBlock
from netwatch.track.flow_rows import FlowRows
from netwatch.track.flow_sort import sort_keys
from netwatch.track.flow_starts import FlowTimeouts
from netwatch.track.flow_table import flow_table
from netwatch.track.handshake_totals import HandshakeTotals
from netwatch.track.paging import page_rows
from netwatch.track.tcp_remarks import SegmentRemarks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.flows import FlowTable
    from netwatch.tables.handshakes import HandshakeCounts
    from netwatch.track.flow_filter import FlowFilter
    from netwatch.track.flow_find import FindAddresses
    from netwatch.track.path_health import PathWatch

CAPACITY: Final = 200_000
SMALLEST_CAPACITY: Final = 64
EVICTED_SHARE: Final = 8
"""When the table is full, one flow in this many leaves at once."""
OVER: Final = 1 << 62
"""Put between flows that are over and all others when the ones to evict are chosen."""
PATIENCE_NS: Final = 100_000_000
"""Packet time that packets of a live capture wait to be measured at most."""


class FlowTracker:
    """Bidirectional flows by (VLAN, addresses, ports, protocol), ICMP and non-IP conversations included.

    Packet time only. Which packets come in one batch makes no difference, except to when flows are evicted.

    A batch is told apart by flow at once, but its packets are counted and judged in blocks of BLOCK packets, because
    numpy takes as long for few as for many. Whatever is asked of the tracker counts them first; whoever reads
    counters in `columns` calls `measure` before.
    """

    def __init__(
        self,
        *,
        seed: int,
        capacity: int = CAPACITY,
        timeouts: FlowTimeouts | None = None,
        find_addresses: FindAddresses | None = None,
        patience_ns: int | None = PATIENCE_NS,
        remarks: Literal["none", "some", "all"] = "none",
        watch: PathWatch | None = None,
    ) -> None:
        """Hold at most `capacity` flows, SMALLEST_CAPACITY or more; nobody outside should know `seed`, or keys collide.

        `find_addresses` lets the quick filter find flows by names of hosts. Packets wait for `patience_ns` of packet
        time to be measured, or, for files, until there are BLOCK of them (None). With `remarks` each is judged by
        itself too, which `watch` needs; `some` are all but those on windows.
        """
        self.columns = FlowColumns(max(capacity, SMALLEST_CAPACITY))
        self.now_ns = 0
        """The latest capture time seen."""
        self.find_addresses = find_addresses
        self.seed = seed
        self.timeouts = timeouts or FlowTimeouts()
        self.leaving: Callable[[NDArray[np.intp]], None] | None = None
        """Gets the rows of flows just before they are evicted."""
        self._assigner = FlowRows(self.columns, seed, self.timeouts)
        self.applications = FlowApplications(self.columns, self._assigner.serials)
        """Takes what readers find flows to speak."""
        self._block = PacketBlock()
        self._measured_ns = 0
        """The latest capture time that was measured."""
        self._patience_ns = patience_ns
        self._remarks_wanted = remarks
        self._watch = watch
        self.remarks: NDArray[np.uint16] | None = None
        """Bits of Remark of each packet that was measured last, where they were asked for."""
        self._opened: list[NDArray[np.intp]] = []
        self._evicted = 0
        self._gaps = CaptureGaps()
        self._handshakes = HandshakeTotals()

    @property
    def held(self) -> int:
        """Flows in the table now."""
        return self.columns.used

    @property
    def evicted(self) -> int:
        """Flows that left because the table was full."""
        return self._evicted

    def feed(self, batch: PacketBatch) -> FlowBatch:
        """Tell which flow each packet of `batch` belongs to, and count them soon."""
        most = min(self.columns.capacity // 4, BLOCK)
        if len(batch) <= most:
            return self._feed(batch)
        parts = [self._feed(taken(batch, slice(at, at + most))) for at in range(0, len(batch), most)]
        names = FlowBatch.__dataclass_fields__
        return FlowBatch(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})

    def opened(self) -> NDArray[np.intp]:
        """Measure what waits, and return as FlowBatch.opened has it what no batch has told yet.

        For the end of a capture, and for times in which no batch comes.
        """
        self.measure()
        return self._take_opened()

    def measure(self) -> None:
        """Count and judge the packets that wait for it."""
        if len(self._block):
            packets = self._block.take()
            remarks = None
            if self._remarks_wanted != "none" or self._watch is not None:
                remarks = SegmentRemarks(np.zeros(len(packets), np.uint16), thorough=self._remarks_wanted == "all")
            opened, self._measured_ns = measure(self.columns, packets, self._measured_ns, remarks)
            self._opened.append(opened)
            self.remarks = remarks.bits if remarks is not None else None
            if self._watch is not None and remarks is not None:
                self._watch.take(self.columns, packets, remarks.bits)

    def counts(self) -> FlowCounts:
        """Return how many flows there were."""
        self.measure()
        begun = self._assigner.begun
        tcp, udp = int(begun[PROTOCOL_TCP]), int(begun[PROTOCOL_UDP])
        return FlowCounts(
            tcp=tcp,
            udp=udp,
            other=int(begun.sum()) - tcp - udp,
            resumed=self._assigner.resumed,
            evicted=self._evicted,
            held=self.columns.used,
            gaps=self._gaps + capture_gaps(self.columns),
        )

    def handshake_counts(self) -> HandshakeCounts:
        """Return how all attempts to open TCP connections ended."""
        self.measure()
        return self._handshakes.counts(self.columns, self.now_ns)

    def table(self, rows: NDArray[np.intp] | None = None) -> FlowTable:
        """Return the flows in `rows`, or all of them in the order in which they began."""
        self.measure()
        if rows is None:
            rows = self.rows()
            rows = rows[np.argsort(self.columns.serial[rows])]
        return flow_table(self.columns, rows, self.now_ns)

    def page(self, query: TableQuery) -> Page[FlowTable]:
        """Return the flows that `query` asks for; it sorts by one of flow_sort.SORT_KEYS or by `rate`.

        Raises:
            KeyError: there is no such column.
        """
        self.measure()
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

    def payload(self, serials: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the payload bytes of flows in both directions, -1 for those that are gone; shape (len(serials),)."""
        self.measure()
        rows = self.rows_of(serials)
        payload: NDArray[np.int64] = self.columns.payload.reshape(-1, 2)[rows].sum(axis=1)
        return np.where(rows < 0, -1, payload)

    def filter(self, serial: int) -> FlowFilter:
        """Return what tells the packets of a flow from all others, for any thread.

        Raises:
            LookupError: the flow was evicted or never was.
        """
        row = int(self.rows_of(np.array([serial]))[0])
        if row < 0:
            raise LookupError(f"flow {serial} is not in the table any more")
        self.measure()
        return flow_filter(self.columns, row)

    def matches(self, serial: int, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return which packets of `batch` belong to a flow, shape (len(batch),).

        Raises:
            LookupError: the flow was evicted or never was.
        """
        return self.filter(serial).mask(batch)

    def rows(self) -> NDArray[np.intp]:
        """Return the rows of all flows in the table, ascending."""
        in_use: NDArray[np.intp] = (self.columns.serial[: self.columns.high_water] != 0).nonzero()[0]
        return in_use

    def _keys(self, column: str) -> Callable[[NDArray[np.intp]], NDArray[Any]]:
        return partial(sort_keys, self.columns, column, now_ns=self.now_ns)

    def _feed(self, batch: PacketBatch) -> FlowBatch:
        evicted = self._make_room(len(batch))
        opened = self._take_opened()
        if not len(batch):
            nothing = np.zeros(0, np.intp)
            return FlowBatch(nothing, np.zeros(0, np.bool_), nothing, opened, evicted)
        assigned = self._assigner.assign(batch)
        if len(self._block) + len(batch) > BLOCK:
            self.measure()
        self._block.add(batch, assigned.rows, assigned.sender, self._assigner.refusals(batch))
        self.now_ns = max(self.now_ns, int(batch.frames.time_ns.max()))
        if self._patience_ns is not None and self.now_ns - self._block.first_ns > self._patience_ns:
            self.measure()
        forth = assigned.sender == self.columns.initiator[assigned.rows]
        opened = np.concatenate((opened, self._take_opened()))
        return FlowBatch(assigned.rows, forth, assigned.started, opened, evicted)

    def _take_opened(self) -> NDArray[np.intp]:
        """Return the rows whose handshakes went on since the last time, without those of evicted flows."""
        if not self._opened:
            return np.zeros(0, np.intp)
        opened: NDArray[np.intp] = self._opened[0]
        if len(self._opened) > 1:
            opened = np.unique(np.concatenate(self._opened))
        self._opened = []
        kept: NDArray[np.intp] = opened[self.columns.serial[opened] != 0]
        return kept

    def _make_room(self, wanted: int) -> NDArray[np.int64]:
        """Evict flows until `wanted` rows are free, those that are over first, then the ones idle for longest."""
        columns = self.columns
        if columns.room >= wanted:
            return np.zeros(0, np.int64)
        self.measure()
        rows = self.rows()
        over = (columns.slot[rows] == 0) | is_over(columns.state[rows])
        age = columns.clock_ns[rows] - over * np.int64(OVER)
        count = min(max(columns.capacity // EVICTED_SHARE, wanted - columns.room), len(rows))
        leaving = rows[np.sort(np.argpartition(age, count - 1)[:count])]
        serials = np.sort(columns.serial[leaving])
        if self.leaving is not None:
            self.leaving(leaving)
        self._gaps += capture_gaps(columns, leaving)
        self._handshakes.add(columns, leaving)
        self._assigner.remove(leaving)
        self._evicted += count
        return serials
