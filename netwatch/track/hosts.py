"""HostTracker: every address of a capture, what it sends and receives, and which addresses are one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.tables.query import Page
from netwatch.track.host_columns import COUNT_SHIFT, HostColumns
from netwatch.track.host_filter import matching_machines
from netwatch.track.host_index import NOBODY, KeyedRows
from netwatch.track.host_links import learn_links
from netwatch.track.host_machines import find_machines, links_of
from netwatch.track.host_scope import is_nobody
from netwatch.track.host_services import note_services
from netwatch.track.host_table import SORT_KEYS, HostView, host_table
from netwatch.track.paging import page_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.hosts import HostTable
    from netwatch.tables.query import TableQuery
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.host_machines import Machines
    from netwatch.track.names import NameCache
    from netwatch.track.neighbours import NeighbourTracker
    from netwatch.track.vendors import Vendors

CAPACITY: Final = 50_000
SMALLEST_CAPACITY: Final = 64
MOST_PENDING: Final = 1 << 18
"""Packets that are counted in the high bits of one number before they are settled."""
MOST_PENDING_BYTES: Final = 1 << COUNT_SHIFT - 2
VLAN_TAG_BYTES: Final = 4


class HostTracker:
    """Hosts by address, fed with batches and what the flow tracker says of them.

    The hosts of a flow are looked up when it begins; from then on a packet costs a few array operations. Which
    packets come in one batch makes no difference, except to when hosts are evicted.
    """

    def __init__(
        self,
        *,
        seed: int,
        names: NameCache,
        neighbours: NeighbourTracker,
        vendors: Vendors,
        capacity: int = CAPACITY,
    ) -> None:
        """Hold at most `capacity` addresses, SMALLEST_CAPACITY or more.

        `seed` should be random. `names`, `neighbours` and `vendors` are asked when a page is made.
        """
        self.columns = HostColumns(max(capacity, SMALLEST_CAPACITY))
        self._names = names
        self._neighbours = neighbours
        self._vendors = vendors
        self._rows = KeyedRows(self.columns, seed)
        self._ends = np.full(0, -1, np.int32)
        """The host at each end of each flow: that of the responder of flow r at 2 r, of the initiator at 2 r + 1;
        -1 for one that has to be looked up."""
        self._now_ns = 0
        self._pending = 0
        self._pending_bytes = 0
        self._version = 0
        """Rises when something changes that decides which addresses are one machine."""
        self._machines: tuple[tuple[int, int, bool], Machines] | None = None

    @property
    def evicted(self) -> int:
        """Addresses that left because the table was full, or found no room in it."""
        return self._rows.evicted

    @property
    def held(self) -> int:
        """Addresses in the table now."""
        return self.columns.used - 1

    def feed(self, batch: PacketBatch, flow_batch: FlowBatch) -> None:
        """Count the packets of `batch`."""
        if not len(batch):
            return
        source, destination = self._hosts(batch, flow_batch)
        self._note_times(batch.frames.time_ns, source, destination)
        self._count(batch, source, destination)
        note_services(self.columns, batch, flow_batch, source)

    def page(self, query: TableQuery, *, by_machine: bool = True) -> Page[HostTable]:
        """Return the hosts that `query` wants; KeyError for a sort key that host_table.SORT_KEYS does not have.

        Addresses of one machine are one host unless `by_machine` is False.
        """
        key = SORT_KEYS[query.sort]
        machines = self._grouped(by_machine=by_machine)
        view = HostView(self.columns, machines, self._names, self._vendors)
        filtered = query.text and query.held is None
        rows = matching_machines(view, query.text) if filtered else np.arange(len(machines))
        chosen = page_rows(rows, machines.serial[rows], lambda wanted: key(view)[wanted], query)
        table = host_table(view, chosen.rows)
        return Page(table, chosen.first, chosen.total, chosen.order)

    def _grouped(self, *, by_machine: bool) -> Machines:
        self._settle()
        version = self._version, self._neighbours.version, by_machine
        if self._machines is None or self._machines[0] != version:
            known = self._neighbours.known()
            links = links_of(self._rows.find((known.high, known.low)), known, self.columns.high_water)
            machines = find_machines(self.columns, self._rows.rows(), links, by_machine=by_machine)
            self._machines = version, machines
        return self._machines[1]

    def _hosts(self, batch: PacketBatch, flow_batch: FlowBatch) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the hosts that sent and that received each packet."""
        keys = flow_batch.rows << 1
        self._fit(int(keys.max()) + 2)
        started = flow_batch.started
        if len(started):
            self._ends[started << 1] = -1
            self._ends[started << 1 | 1] = -1
        if len(flow_batch.evicted):
            return self._look_up_all(batch, started)
        keys |= flow_batch.from_initiator
        source = self._ends.take(keys)
        destination = self._ends.take(keys ^ 1)
        # What is evicted to make room may have been here a moment ago; the second time nothing is evicted
        for attempt in range(2):
            unknown = source | destination
            if not np.count_nonzero(unknown < 0):
                break
            self._meet(batch, keys, np.flatnonzero(unknown < 0), may_evict=attempt == 0)
            source = self._ends.take(keys)
            destination = self._ends.take(keys ^ 1)
        return source.astype(np.intp), destination.astype(np.intp)

    def _meet(self, batch: PacketBatch, keys: NDArray[np.intp], unknown: NDArray[np.intp], *, may_evict: bool) -> None:
        """Look up or add the hosts of flows that have packets at the positions `unknown`."""
        rows = keys[unknown] >> 1
        _, first = np.unique(rows, return_index=True)
        at = np.sort(unknown[first])
        source, destination = self._find_or_add(batch, at, may_evict=may_evict)
        self._ends[keys[at]] = source
        self._ends[keys[at] ^ 1] = destination

    def _look_up_all(self, batch: PacketBatch, started: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Look every packet up by its addresses, because a row may stand for two flows within this batch."""
        source, destination = self._find_or_add(batch, np.arange(len(batch)), may_evict=True)
        self._ends[started << 1] = -1
        self._ends[started << 1 | 1] = -1
        return source, destination

    def _find_or_add(
        self, batch: PacketBatch, at: NDArray[np.intp], *, may_evict: bool
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the hosts that sent and received the packets at `at`, rising, and learn what these tell of them."""
        high = np.stack((batch.src_high[at], batch.dst_high[at]), axis=1).ravel()
        low = np.stack((batch.src_low[at], batch.dst_low[at]), axis=1).ravel()
        somebody = np.flatnonzero(~is_nobody(high, low))
        keys = high[somebody], low[somebody]
        if may_evict:
            self._make_room(keys)
        rows = np.full(len(high), NOBODY, np.intp)
        rows[somebody], added, begins = self._rows.find_or_add(keys)
        if len(added):
            time = batch.frames.time_ns[at[somebody[begins] >> 1]]
            self.columns.first_ns[added] = time
            self.columns.sent_ns[added] = time
            self.columns.received_ns[added] = time
            self._version += 1
        source, destination = rows[0::2], rows[1::2]
        self._version += learn_links(self.columns, batch, at, source, destination)
        return source, destination

    def _make_room(self, keys: tuple[NDArray[np.uint64], NDArray[np.uint64]]) -> None:
        columns = self.columns
        if columns.room >= len(keys[0]):
            return
        self._settle()
        gone = self._rows.make_room(keys)
        if len(gone):
            left = np.zeros(columns.high_water, np.bool_)
            left[gone] = True
            self._ends[left[np.maximum(self._ends, 0)]] = -1
            self._version += 1

    def _note_times(self, time: NDArray[np.int64], source: NDArray[np.intp], destination: NDArray[np.intp]) -> None:
        columns = self.columns
        if int(time[0]) >= self._now_ns and bool((time[1:] >= time[:-1]).all()):
            columns.sent_ns[source] = time
            columns.received_ns[destination] = time
            self._now_ns = int(time[-1])
            return
        for rows, latest in ((source, columns.sent_ns), (destination, columns.received_ns)):
            np.minimum.at(columns.first_ns, rows, time)
            np.maximum.at(latest, rows, time)
        self._now_ns = max(self._now_ns, int(time.max()))

    def _count(self, batch: PacketBatch, source: NDArray[np.intp], destination: NDArray[np.intp]) -> None:
        columns = self.columns
        size = batch.frames.wire_length.astype(np.int64)
        if batch.frames.stripped_tag.any():
            size += np.where(batch.frames.stripped_tag != 0, VLAN_TAG_BYTES, 0)
        total = int(size.sum())
        if len(batch) >= MOST_PENDING or total >= MOST_PENDING_BYTES:
            for rows, packets, sizes in (
                (source, columns.sent_packets, columns.sent_bytes),
                (destination, columns.received_packets, columns.received_bytes),
            ):
                np.add.at(packets, rows, 1)
                np.add.at(sizes, rows, size)
            return
        self._pending += len(batch)
        self._pending_bytes += total
        if self._pending >= MOST_PENDING or self._pending_bytes >= MOST_PENDING_BYTES:
            self._settle()
            self._pending, self._pending_bytes = len(batch), total
        size += 1 << COUNT_SHIFT
        np.add.at(columns.sent, source, size)
        np.add.at(columns.received, destination, size)

    def _settle(self) -> None:
        self.columns.settle()
        self._pending = self._pending_bytes = 0

    def _fit(self, ends: int) -> None:
        if ends > len(self._ends):
            larger = np.full(max(ends, 2 * len(self._ends)), -1, np.int32)
            larger[: len(self._ends)] = self._ends
            self._ends = larger
