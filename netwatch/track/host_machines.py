"""Machines: which addresses belong to one network card, and which only lie behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import MAC_HIGH
from netwatch.track.host_columns import HostFlag
from netwatch.track.host_scope import GLOBAL_IPV6, in_ipv6, is_group, is_ipv4, is_link_local, is_private

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.host_columns import HostColumns
    from netwatch.track.neighbour_columns import KnownNeighbours

MOST_ADDRESSES: Final = 16
"""A MAC address with more addresses of its own than this is not taken for one machine, but for a bridge or a proxy."""
GATEWAY_IPV4_NETWORKS: Final = 3
GATEWAY_IPV6_NETWORKS: Final = 4
"""A MAC address that carries so many networks (/24, /64) passes on packets for others; a machine of its own has one
IPv4 address, a unique local and a global IPv6 prefix, and at times an old one of each."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """What ARP and neighbour discovery say of the rows of HostColumns; arrays have one value a row."""

    mac: NDArray[np.uint64]
    """The MAC address that claims the address, 0 for none."""
    router: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Machines:
    """Hosts, m of them, each with one or more of n addresses."""

    serial: NDArray[np.int64]
    """Number of the oldest address, shape (m,)."""
    members: NDArray[np.intp]
    """Rows of HostColumns, those of a machine side by side, the one that stands for it first; shape (n,)."""
    starts: NDArray[np.intp]
    """Where the members of each machine begin, shape (m,)."""
    mac: NDArray[np.uint64]
    via: NDArray[np.uint64]
    """As in HostTable, 0 for none; shape (m,)."""
    gateway: NDArray[np.bool_]
    router: NDArray[np.bool_]
    group: NDArray[np.bool_]
    """A multicast or broadcast address."""

    def __len__(self) -> int:
        return len(self.serial)

    def sum(self, column: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each machine the sum of a column of HostColumns over its addresses."""
        return self._reduced(np.add, column)

    def largest(self, column: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the largest value of the column."""
        return self._reduced(np.maximum, column)

    def smallest(self, column: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the smallest value of the column."""
        return self._reduced(np.minimum, column)

    def any(self, holds: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return for each machine whether `holds`, one value a row of HostColumns, is true for one of its addresses."""
        return self._reduced(np.logical_or, holds)

    def _reduced(self, operation: np.ufunc, column: NDArray[Any]) -> NDArray[Any]:
        if not len(self.starts):
            return column[:0]
        result: NDArray[Any] = operation.reduceat(column[self.members], self.starts)
        return result


def links_of(rows: NDArray[np.intp], known: KnownNeighbours, count: int) -> Links:
    """Return what `known` says of `count` rows; `rows` are those of its addresses, -1 for none."""
    mac, router = np.zeros(count, np.uint64), np.zeros(count, np.bool_)
    here = rows > 0
    mac[rows[here]] = known.mac[here]
    router[rows[here]] = known.router[here]
    return Links(mac, router)


def find_machines(columns: HostColumns, rows: NDArray[np.intp], links: Links, *, by_machine: bool) -> Machines:
    """Return the machines that have the addresses in `rows`, the oldest first; one for each unless `by_machine`.

    Addresses belong together when they share a MAC address. That of a gateway carries the addresses of other
    networks too: only those are its own that ARP or neighbour discovery claim, that no router forwards, or that lie
    in a private network with other machines.
    """
    high, low, link = columns.high[rows], columns.low[rows], links.mac[rows]
    mac_row = high == MAC_HIGH
    mac = np.where(mac_row, low, columns.mac[rows])
    mac = np.where(mac == 0, link, mac)
    beyond = columns.marked(HostFlag.BEYOND, rows)
    gateways = np.concatenate((mac[beyond], mac[links.router[rows]], _carriers(high, low, mac)))
    through = np.isin(mac, gateways[gateways != 0])
    own = mac_row | (link == mac) | is_link_local(high, low) | _beside(high, low, mac, through)
    behind = through & ~(own & ~beyond) & ~mac_row
    together = (mac != 0) & ~behind
    # Numbers that no MAC address can be
    alone = (rows + (1 << 48)).astype(np.uint64)
    key = np.where(together, mac, alone) if by_machine else alone
    _, which, sizes = np.unique(key, return_inverse=True, return_counts=True)
    if by_machine:
        key = np.where(sizes[which] > MOST_ADDRESSES, alone, key)
    order = np.lexsort((_rank(high, low), key))
    starts = np.flatnonzero(np.concatenate(([True], key[order][1:] != key[order][:-1]))[: len(order)])
    members = rows[order]
    first = order[starts]
    return Machines(
        serial=np.minimum.reduceat(columns.serial[members], starts) if len(starts) else columns.serial[:0],
        members=members,
        starts=starts,
        mac=np.where(behind, 0, mac)[first],
        via=np.where(behind, mac, 0)[first],
        gateway=(through & ~behind & (mac != 0))[first],
        router=np.logical_or.reduceat(links.router[members], starts) if len(starts) else links.router[:0],
        group=(is_group(high, low) | columns.marked(HostFlag.BROADCAST, rows))[first],
    )


def _carriers(high: NDArray[np.uint64], low: NDArray[np.uint64], mac: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the MAC addresses that carry several networks."""
    ipv4 = is_ipv4(high, low)
    found = []
    for rows, network, least in (
        (ipv4 & ~is_link_local(high, low) & (mac != 0), low >> np.uint64(8), GATEWAY_IPV4_NETWORKS),
        (~ipv4 & in_ipv6(high, GLOBAL_IPV6) & (mac != 0), high, GATEWAY_IPV6_NETWORKS),
    ):
        carriers, networks = mac[rows], network[rows]
        order = np.lexsort((networks, carriers))
        carriers, networks = carriers[order], networks[order]
        repeated = (carriers[1:] == carriers[:-1]) & (networks[1:] == networks[:-1])
        carrier, count = np.unique(carriers[np.concatenate(([True], ~repeated))[: len(order)]], return_counts=True)
        found.append(carrier[count >= least])
    return np.concatenate(found)


def _beside(
    high: NDArray[np.uint64], low: NDArray[np.uint64], mac: NDArray[np.uint64], through: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which are private IPv4 addresses in a /24 where another machine, which is no gateway, has one too."""
    private = is_private(high, low)
    network = low >> np.uint64(8)
    result: NDArray[np.bool_] = private & np.isin(network, network[private & ~through & (mac != 0)])
    return result


def _rank(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the smallest number for the address that says most: IPv4, global IPv6, the others, MAC."""
    narrow = is_link_local(high, low)
    ipv4 = is_ipv4(high, low)
    result: NDArray[np.int64] = np.select([high == MAC_HIGH, ipv4 & ~narrow, ~narrow, ipv4], [4, 0, 1, 2], 3)
    return result
