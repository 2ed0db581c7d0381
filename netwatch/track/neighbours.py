"""NeighbourTracker: the tables of ARP and neighbour discovery as the packets tell them, and what changes in them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.addresses import address_text, vlan_text
from netwatch.decode.batch import MAC_HIGH
from netwatch.tables.neighbours import LEARNED, NeighbourChange, NeighbourTable
from netwatch.tables.query import Page
from netwatch.track.flow_order import grouped, segments_of
from netwatch.track.host_index import NOBODY, KeyedRows
from netwatch.track.neighbour_claims import Claim, find_claims
from netwatch.track.neighbour_columns import KnownNeighbours, NeighbourColumns
from netwatch.track.paging import page_rows
from netwatch.track.vendors import alphabetical

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.query import TableQuery
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.neighbour_claims import Claims
    from netwatch.track.vendors import Vendors

CAPACITY: Final = 20_000
SMALLEST_CAPACITY: Final = 64
MOST_CHANGES: Final = 1000
"""Changes that are kept, the newest ones."""
_BITS: Final = (
    Claim.ARP_REQUEST, Claim.ARP_REPLY, Claim.GRATUITOUS, Claim.NEIGHBOUR_SOLICITATION, Claim.NEIGHBOUR_ADVERTISEMENT,
    Claim.ROUTER_SOLICITATION, Claim.ROUTER_ADVERTISEMENT, Claim.OTHER_ARP,
)  # fmt: skip
"""In the order of LEARNED."""


class NeighbourTracker:
    """Which MAC address claims which IP address, by VLAN; every claim counts, asked for or not."""

    def __init__(self, *, seed: int, vendors: Vendors, capacity: int = CAPACITY) -> None:
        """Hold at most `capacity` neighbours, SMALLEST_CAPACITY or more; `seed` should be random."""
        self.version = 0
        """Rises with every new neighbour, change of MAC address or new router."""
        self.changed = 0
        """How often an address moved to another MAC address since the start."""
        self._columns = NeighbourColumns(max(capacity, SMALLEST_CAPACITY))
        self._rows = KeyedRows(self._columns, seed)
        self._vendors = vendors
        self._changes: deque[NeighbourChange] = deque(maxlen=MOST_CHANGES)

    @property
    def evicted(self) -> int:
        """Neighbours that left because the table was full."""
        return self._rows.evicted

    @property
    def held(self) -> int:
        """Neighbours in the table now."""
        return self._columns.used - 1

    def feed(self, batch: PacketBatch, _flow_batch: FlowBatch | None = None) -> None:
        """Learn from the packets of `batch`."""
        claims = find_claims(batch) if len(batch) else None
        if claims is None:
            return
        most = self._columns.capacity // 4
        for start in range(0, len(claims.positions), most):
            self._learn(batch, claims.chosen(slice(start, start + most)))

    def changes(self) -> tuple[NeighbourChange, ...]:
        """Return the newest MOST_CHANGES changes in the order of their packets."""
        return tuple(self._changes)

    def known(self) -> KnownNeighbours:
        """Return all neighbours, without their VLANs."""
        columns, rows = self._columns, self._rows.rows()
        router = columns.kinds[rows] & Claim.ROUTER_ADVERTISEMENT != 0
        return KnownNeighbours(columns.high[rows], columns.low[rows], columns.mac[rows].astype(np.uint64), router)

    def page(self, query: TableQuery) -> Page[NeighbourTable]:
        """Return the neighbours that `query` wants; KeyError for a sort key that is not in SORT_KEYS.

        A word of the quick filter is a part of the address, the MAC address, the vendor or how it was learned.
        """
        key = SORT_KEYS[query.sort]
        rows = self._rows.rows()
        if query.text and query.held is None:
            rows = rows[_matching(self._table(rows), query.text.lower().split())]
        serials = self._columns.serial[rows]
        chosen = page_rows(rows, serials, lambda wanted: key(self._columns, self._vendors)[wanted], query)
        return Page(self._table(chosen.rows), chosen.first, chosen.total, chosen.order)

    def _learn(self, batch: PacketBatch, claims: Claims) -> None:
        columns = self._columns
        vlan = np.maximum(batch.vlan[claims.positions], 0).astype(np.uint64)
        keys = claims.high, claims.low, vlan
        rows, added, at, _ = self._rows.admit(keys)
        time = batch.frames.time_ns[claims.positions]
        columns.first_ns[added] = time[at]
        columns.last_ns[added] = time[at]
        self.version += len(added) > 0
        held = rows != NOBODY
        if not held.all():
            claims, rows, time = claims.chosen(held), rows[held], time[held]
        routers = claims.kind & Claim.ROUTER_ADVERTISEMENT & ~columns.kinds[rows]
        self.version += bool(routers.any())
        self._note_changes(batch, claims, rows)
        np.add.at(columns.count, rows, 1)
        np.bitwise_or.at(columns.kinds, rows, claims.kind)
        np.minimum.at(columns.first_ns, rows, time)
        np.maximum.at(columns.last_ns, rows, time)
        columns.mac[rows] = claims.mac

    def _note_changes(self, batch: PacketBatch, claims: Claims, rows: NDArray[np.intp]) -> None:
        order, in_order = grouped(rows)
        segments = segments_of(in_order)
        mac = claims.mac[order]
        before = segments.previous(mac, self._columns.mac[in_order[segments.starts]])
        changes = np.flatnonzero((before != mac) & (before >= 0))
        if not len(changes):
            return
        self.version += 1
        self.changed += len(changes)
        np.add.at(self._columns.changes, in_order[changes], 1)
        changes = changes[np.argsort(order[changes])][-MOST_CHANGES:]
        for change in changes.tolist():
            claim = int(order[change])
            position = int(claims.positions[claim])
            self._changes.append(
                NeighbourChange(
                    ip=address_text(int(claims.high[claim]), int(claims.low[claim])),
                    old_mac=address_text(MAC_HIGH, int(before[change])),
                    new_mac=address_text(MAC_HIGH, int(mac[change])),
                    time_ns=int(batch.frames.time_ns[position]),
                    number=batch.number(position),
                    vlan=vlan_text(int(batch.vlan[position])),
                )
            )

    def _table(self, rows: NDArray[np.intp]) -> NeighbourTable:
        columns = self._columns
        macs = columns.mac[rows].tolist()
        return NeighbourTable(
            serial=columns.serial[rows],
            ip=tuple(map(address_text, columns.high[rows].tolist(), columns.low[rows].tolist())),
            mac=tuple(address_text(MAC_HIGH, mac) for mac in macs),
            vendor=tuple(self._vendors.name(mac) for mac in macs),
            vlan=tuple(vlan_text(vlan or -1) for vlan in columns.vlan[rows].tolist()),
            learned=tuple(_learned(kinds) for kinds in columns.kinds[rows].tolist()),
            count=columns.count[rows],
            changes=columns.changes[rows],
            first_ns=columns.first_ns[rows],
            last_ns=columns.last_ns[rows],
        )


def _learned(kinds: int) -> tuple[str, ...]:
    return tuple(name for name, bit in zip(LEARNED, _BITS, strict=True) if kinds & bit)


def _matching(table: NeighbourTable, words: list[str]) -> NDArray[np.bool_]:
    texts = (
        "\n".join((ip, mac, vendor, *learned)).lower()
        for ip, mac, vendor, learned in zip(table.ip, table.mac, table.vendor, table.learned, strict=True)
    )
    return np.array([all(word in text for word in words) for text in texts], np.bool_)


SORT_KEYS: Final[dict[str, Callable[[NeighbourColumns, Vendors], NDArray[Any]]]] = {
    "serial": lambda columns, _vendors: columns.serial,
    "ip": lambda columns, _vendors: columns.high.astype(np.float64) * 2.0**64 + columns.low,
    "mac": lambda columns, _vendors: columns.mac,
    "vendor": lambda columns, vendors: alphabetical([vendors.name(max(mac, 0)) for mac in columns.mac.tolist()]),
    "vlan": lambda columns, _vendors: columns.vlan,
    "learned": lambda columns, _vendors: columns.kinds,
    "count": lambda columns, _vendors: columns.count,
    "changes": lambda columns, _vendors: columns.changes,
    "first": lambda columns, _vendors: columns.first_ns,
    "last": lambda columns, _vendors: columns.last_ns,
}
"""Columns that neighbours can be sorted by."""
