"""HostTracker: every address of a capture, what it sends and receives, and which addresses are one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.tables.query import Page
from netwatch.track.host_columns import HostColumns
from netwatch.track.host_ends import FlowEnds
from netwatch.track.host_filter import matching_machines
from netwatch.track.host_index import NOBODY, KeyedRows
from netwatch.track.host_links import learn_links, scope_flags
from netwatch.track.host_machines import find_machines, links_of
from netwatch.track.host_pending import EARLIEST, LATEST, PendingFlows, Traffic, meetings, wire_sizes
from netwatch.track.host_scope import is_nobody
from netwatch.track.host_services import ServiceFinder, Shown, note_services
from netwatch.track.host_table import SORT_KEYS, HostView, host_table
from netwatch.track.paging import page_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.hosts import HostTable
    from netwatch.tables.query import TableQuery
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.host_machines import Machines
    from netwatch.track.host_pending import Meetings
    from netwatch.track.names import NameCache
    from netwatch.track.neighbours import NeighbourTracker
    from netwatch.track.vendors import Vendors

CAPACITY: Final = 50_000
SMALLEST_CAPACITY: Final = 64
MOST_COUNTED: Final = 1000
"""Addresses up to which machines are told exactly whenever the number is asked for, some times a second."""


class HostTracker:
    """Hosts by address, fed with batches and what the flow tracker says of them.

    Packets are counted by flow, and flows are added to their hosts now and then and before anybody looks. Which
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
        self._ends = FlowEnds()
        self._services = ServiceFinder()
        self._pending = PendingFlows(self.columns.capacity // 4)
        self._shown: list[Shown] = []
        """Services not noted yet; ends of flows are in the place of positions."""
        self._version = 0
        """Rises when something changes that decides which addresses are one machine."""
        self._machines: tuple[tuple[int, int, bool], Machines] | None = None
        self._told = (0, 0)
        """What `machines` answered last, and how many addresses there were."""

    @property
    def evicted(self) -> int:
        """Addresses that left because the table was full, or found no room in it."""
        self._update()
        return self._rows.evicted

    @property
    def held(self) -> int:
        """Addresses in the table now."""
        self._update()
        return self.columns.used - 1

    @property
    def machines(self) -> int:
        """Hosts that `page` has; of many addresses counted anew only when a hundredth of them has come or gone."""
        held = self.held
        if held <= MOST_COUNTED or abs(held - self._told[1]) * 100 > held:
            self._told = len(self._grouped(by_machine=True)), held
        return self._told[0]

    def feed(self, batch: PacketBatch, flow_batch: FlowBatch) -> None:
        """Count the packets of `batch`."""
        if not len(batch):
            return
        ends = flow_batch.rows << 1 | flow_batch.from_initiator
        shown = self._services.find(batch, flow_batch)
        if len(flow_batch.evicted):
            # A row may stand for two flows within this batch
            self._update()
            self._feed_by_address(batch, ends, shown)
            return
        self._pending.add(batch, flow_batch, ends)
        if shown is not None:
            self._shown.append(Shown(ends[shown.positions], shown.codes, shown.dhcp))
        if self._pending.full:
            self._update()

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
        self._update()
        version = self._version, self._neighbours.version, by_machine
        if self._machines is None or self._machines[0] != version:
            known = self._neighbours.known()
            links = links_of(self._rows.find((known.high, known.low)), known, self.columns.high_water)
            machines = find_machines(self.columns, self._rows.rows(), links, by_machine=by_machine)
            self._machines = version, machines
        return self._machines[1]

    def _update(self) -> None:
        """Add what was counted by flow to the hosts."""
        for packets in self._pending.take_meetings():
            self._ends.put(packets, *self._find_or_add(packets))
        if self._shown:
            ends, codes, dhcp = (np.concatenate(parts) for parts in zip(*self._shown, strict=True))
            note_services(self.columns, self._hosts_at(ends), codes, dhcp)
            self._shown = []
        traffic = self._pending.take_traffic()
        source, destination = np.split(self._hosts_at(np.concatenate((traffic.ends, traffic.ends ^ 1))), 2)
        self._count(traffic, source, destination)

    def _hosts_at(self, ends: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the hosts at `ends`; those that were evicted meanwhile come back in place of others."""
        rows = self._ends.rows(ends)
        if (rows >= 0).all():
            return rows
        rows = self._admit(*self._ends.addresses(ends))[0]
        self._ends.give(ends, rows)
        return rows

    def _count(self, traffic: Traffic, source: NDArray[np.intp], destination: NDArray[np.intp]) -> None:
        columns = self.columns
        for rows, packets, sizes, latest in (
            (source, columns.sent_packets, columns.sent_bytes, columns.sent_ns),
            (destination, columns.received_packets, columns.received_bytes, columns.received_ns),
        ):
            np.add.at(packets, rows, traffic.packets)
            np.add.at(sizes, rows, traffic.bytes)
            np.maximum.at(latest, rows, traffic.last_ns)
            # For hosts that came back; the first packets of flows are counted where they are met
            np.minimum.at(columns.first_ns, rows, traffic.last_ns if traffic.first_ns is None else traffic.first_ns)

    def _feed_by_address(self, batch: PacketBatch, ends: NDArray[np.intp], shown: Shown | None) -> None:
        packets = meetings(batch, np.arange(len(batch)), ends)
        source, destination = self._find_or_add(packets)
        ones = np.ones(len(batch), np.int64)
        traffic = Traffic(ends, ones, wire_sizes(batch), packets.time_ns, packets.time_ns)
        self._count(traffic, source, destination)
        if shown is not None:
            note_services(self.columns, source[shown.positions], shown.codes, shown.dhcp)
        self._ends.put(packets, source, destination)

    def _find_or_add(self, packets: Meetings) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the hosts that sent and received `packets`, and learn what these tell of them."""
        high = np.stack((packets.source_high, packets.destination_high), axis=1).ravel()
        low = np.stack((packets.source_low, packets.destination_low), axis=1).ravel()
        rows, added, at = self._admit(high, low)
        if len(added):
            time = packets.time_ns[at >> 1]
            for column in (self.columns.first_ns, self.columns.sent_ns, self.columns.received_ns):
                column[added] = time
        source, destination = rows[0::2], rows[1::2]
        self._version += learn_links(self.columns, packets, source, destination)
        return source, destination

    def _admit(
        self, high: NDArray[np.uint64], low: NDArray[np.uint64]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows of addresses, which of them are new, and where these first come among the addresses."""
        columns = self.columns
        somebody = np.flatnonzero(~is_nobody(high, low))
        admitted = self._rows.admit((high[somebody], low[somebody]))
        if len(admitted.gone):
            left = np.zeros(columns.high_water, np.bool_)
            left[admitted.gone] = True
            self._ends.forget(left)
        added = admitted.added
        if len(added):
            columns.flags[added] = scope_flags(columns.high[added], columns.low[added])
            columns.first_ns[added] = LATEST
            columns.sent_ns[added] = EARLIEST
            columns.received_ns[added] = EARLIEST
            self._version += 1
        rows = np.full(len(high), NOBODY, np.intp)
        rows[somebody] = admitted.rows
        return rows, added, somebody[admitted.at]
