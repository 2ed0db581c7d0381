"""Makes HostTables of machines, and the keys that hosts are sorted by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.addresses import address_text
from netwatch.decode.batch import MAC_HIGH
from netwatch.tables.hosts import ROLES, HostTable
from netwatch.track.host_columns import SERVICES, HostFlag
from netwatch.track.host_services import service_text
from netwatch.track.vendors import alphabetical

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.track.host_columns import HostColumns
    from netwatch.track.host_machines import Machines
    from netwatch.track.names import NameCache
    from netwatch.track.vendors import Vendors

MOST_NAMES: Final = 16
"""Names of one host that a table holds."""


@dataclass(frozen=True, slots=True)
class HostView:
    """All that a page is made of."""

    columns: HostColumns
    machines: Machines
    names: NameCache
    vendors: Vendors


def host_table(view: HostView, chosen: NDArray[np.intp]) -> HostTable:
    """Return the machines `chosen`, in that order."""
    columns, machines = view.columns, view.machines
    roles = roles_of(view)
    members = [_members(machines, machine) for machine in chosen.tolist()]
    addresses = [_addresses(columns, rows) for rows in members]
    names = [_names(view, rows, mac) for rows, mac in zip(members, machines.mac[chosen].tolist(), strict=True)]
    mac = tuple(mac_text(number) for number in machines.mac[chosen].tolist())
    return HostTable(
        serial=machines.serial[chosen],
        address=tuple(found[0] for found in addresses),
        addresses=tuple(addresses),
        mac=mac,
        vendor=tuple(view.vendors.name(number) for number in machines.mac[chosen].tolist()),
        via=tuple(mac_text(number) for number in machines.via[chosen].tolist()),
        name=tuple(found[0] if found else "" for found in names),
        names=tuple(names),
        roles=tuple(tuple(role for role in ROLES if roles[role][machine]) for machine in chosen.tolist()),
        services=tuple(_services(columns, rows) for rows in members),
        first_ns=machines.smallest(columns.first_ns)[chosen],
        last_ns=_last(view)[chosen],
        packets=np.stack((_sent_packets(view), _received_packets(view)), axis=1)[chosen],
        bytes=np.stack((_sent(view), _received(view)), axis=1)[chosen],
    )


def roles_of(view: HostView) -> dict[str, NDArray[np.bool_]]:
    """Return for each of ROLES which machines have it."""
    columns, machines = view.columns, view.machines
    broadcast = machines.group & machines.any(columns.marked(HostFlag.BROADCAST))
    broadcast |= machines.group & machines.any(_to_every_station(columns))
    return {
        "gateway": machines.gateway,
        "router": machines.router,
        "dns": machines.any(columns.marked(HostFlag.DNS_SERVER)),
        "dhcp": machines.any(columns.marked(HostFlag.DHCP_SERVER)),
        "broadcast": broadcast,
        "multicast": machines.group & ~broadcast,
        "silent": (_sent_packets(view) == 0) & ~machines.group,
    }


def mac_text(mac: int) -> str:
    """Return a MAC address as text, empty for 0."""
    return address_text(MAC_HIGH, mac) if mac else ""


def _to_every_station(columns: HostColumns) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = columns.low & np.uint64(0xFFFF_FFFF) == 0xFFFF_FFFF
    return result


def _members(machines: Machines, machine: int) -> list[int]:
    end = machines.starts[machine + 1] if machine + 1 < len(machines) else len(machines.members)
    members: list[int] = machines.members[machines.starts[machine] : end].tolist()
    return members


def _addresses(columns: HostColumns, rows: list[int]) -> tuple[str, ...]:
    found = [(columns.high.item(row), columns.low.item(row)) for row in rows]
    shown = [pair for pair in found if pair[0] != MAC_HIGH] or found
    return tuple(address_text(high, low) for high, low in shown)


def _names(view: HostView, rows: list[int], mac: int) -> tuple[str, ...]:
    """Return the names of a machine, the best of each address before the others."""
    addresses = [(view.columns.high.item(row), view.columns.low.item(row)) for row in rows]
    if mac:
        addresses.append((MAC_HIGH, mac))
    best = [view.names.best(high, low) for high, low in addresses]
    every = [name.name for high, low in addresses for name in view.names.names(high, low)]
    return tuple(dict.fromkeys(name for name in best + every if name))[:MOST_NAMES]


def _services(columns: HostColumns, rows: list[int]) -> tuple[str, ...]:
    table = columns.services.reshape(-1, SERVICES)
    codes = {code for row in rows for code in table[row].tolist() if code}
    shown = [service_text(code) for code in sorted(codes, key=lambda code: (code & 0xFFFF, code))]
    if any(columns.flags.item(row) & HostFlag.MORE_SERVICES for row in rows):
        shown.append("...")
    return tuple(shown)


def _sent_packets(view: HostView) -> NDArray[np.int64]:
    return view.machines.sum(view.columns.sent_packets)


def _received_packets(view: HostView) -> NDArray[np.int64]:
    return view.machines.sum(view.columns.received_packets)


def _sent(view: HostView) -> NDArray[np.int64]:
    return view.machines.sum(view.columns.sent_bytes)


def _received(view: HostView) -> NDArray[np.int64]:
    return view.machines.sum(view.columns.received_bytes)


def _last(view: HostView) -> NDArray[np.int64]:
    machines, columns = view.machines, view.columns
    return np.maximum(machines.largest(columns.sent_ns), machines.largest(columns.received_ns))


def _services_count(view: HostView) -> NDArray[np.int64]:
    return view.machines.sum(view.columns.service_count.astype(np.int64))


def _address_key(view: HostView) -> NDArray[np.float64]:
    """Return the first address of each machine as a number: exact for IPv4, by its first 52 bits or more for IPv6."""
    first = view.machines.members[view.machines.starts]
    return view.columns.high[first].astype(np.float64) * 2.0**64 + view.columns.low[first]


def _name_key(view: HostView) -> NDArray[np.float64]:
    best = [_names(view, _members(view.machines, machine), int(mac)) for machine, mac in enumerate(view.machines.mac)]
    return alphabetical([found[0] if found else "" for found in best])


def _vendor_key(view: HostView) -> NDArray[np.float64]:
    return alphabetical([view.vendors.name(mac) for mac in view.machines.mac.tolist()])


SORT_KEYS: Final[dict[str, Callable[[HostView], NDArray[Any]]]] = {
    "serial": lambda view: view.machines.serial,
    "address": _address_key,
    "name": _name_key,
    "mac": lambda view: np.where(view.machines.mac, view.machines.mac.astype(np.float64), np.nan),
    "vendor": _vendor_key,
    "packets": lambda view: _sent_packets(view) + _received_packets(view),
    "bytes": lambda view: _sent(view) + _received(view),
    "sent": _sent,
    "received": _received,
    "packets_sent": _sent_packets,
    "packets_received": _received_packets,
    "first": lambda view: view.machines.smallest(view.columns.first_ns),
    "last": _last,
    "services": _services_count,
}
"""Columns that hosts can be sorted by; `sent` and `received` are bytes."""
