"""The hosts pane: machines with their addresses and names, and which MAC address claims which IP address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.plural import counted
from netwatch.tui import format as text
from netwatch.tui.panes.columns import Look, TableColumn
from netwatch.tui.panes.table_view import TableView

if TYPE_CHECKING:
    from netwatch.tables.hosts import HostTable
    from netwatch.tables.neighbours import NeighbourTable


def kind(table: HostTable, index: int) -> str:
    """Return the colour class: servers of the network stand out, what is no machine steps back."""
    roles = table.roles[index]
    if "gateway" in roles or "router" in roles:
        return "routing"
    if "dns" in roles or "dhcp" in roles:
        return "dns"
    return "other" if {"broadcast", "multicast", "silent"} & set(roles) else "tcp"


def facts(table: HostTable, index: int, look: Look) -> list[str]:
    """Return every address, name and service."""
    seen = f"first {text.moment(int(table.first_ns[index]), look).strip()}"
    seen += f"  last {text.moment(int(table.last_ns[index]), look).strip()}"
    card = "  ".join(filter(None, (table.mac[index], table.vendor[index])))
    via = f"behind {table.via[index]}" if table.via[index] else ""
    return [
        "  ".join(filter(None, ("  ".join(table.addresses[index]), " ".join(table.roles[index]), via))),
        "names: " + ("  ".join(table.names[index]) or "none seen"),
        "open: " + ("  ".join(table.services[index]) or "none seen"),
        "  ".join(filter(None, (card, seen))),
    ]


def _maker(vendor: str) -> str:
    """Return a vendor for a column that has no room for what is said of addresses without one."""
    return "local" if vendor == "locally administered" else vendor


def _size(name: str, title: str, column: int | None, rank: int) -> TableColumn:
    def cell(table: HostTable, index: int, _look: Look) -> str:
        sizes = table.bytes[index]
        return text.size(int(sizes.sum() if column is None else sizes[column]))

    return TableColumn(name, title, 8, cell, right=True, rank=rank)


COLUMNS: Final = (
    TableColumn("address", "Address", 16, lambda t, i, _: t.address[i], rank=0, most=39, ends=True),
    TableColumn("name", "Name", 18, lambda t, i, _: t.name[i], rank=1, most=40),
    TableColumn("roles", "Role", 11, lambda t, i, _: " ".join(t.roles[i]), rank=3, most=16, sorts=False),
    TableColumn("packets", "Pkts", 6, lambda t, i, _: text.count(int(t.packets[i].sum())), right=True, rank=2),
    _size("bytes", "Bytes", None, 1),
    _size("sent", "Sent", 0, 4),
    _size("received", "Recv", 1, 4),
    TableColumn("vendor", "Vendor", 14, lambda t, i, _: _maker(t.vendor[i]), rank=5, most=24),
    TableColumn("mac", "MAC", 17, lambda t, i, _: t.mac[i], rank=6),
    TableColumn("services", "Open", 14, lambda t, i, _: " ".join(t.services[i]), rank=7, most=40),
    TableColumn("first", "First", 15, lambda t, i, look: text.moment(int(t.first_ns[i]), look), right=True, rank=9),
    TableColumn("last", "Last", 15, lambda t, i, look: text.moment(int(t.last_ns[i]), look), right=True, rank=9),
)

HOSTS: Final = TableView(
    table="hosts",
    noun="hosts",
    columns=COLUMNS,
    sort="bytes",
    kind=kind,
    facts=facts,
    fact_lines=4,
    empty="no hosts yet",
)


def neighbour_facts(table: NeighbourTable, index: int, look: Look) -> list[str]:
    """Return how and when the address was claimed."""
    changed = f"   changed {counted(int(table.changes[index]), 'times')}" if table.changes[index] else ""
    return [
        f"{table.ip[index]} is at {table.mac[index]} {table.vendor[index]}{changed}",
        f"{', '.join(table.learned[index])}   first {text.moment(int(table.first_ns[index]), look).strip()}"
        f"   last {text.moment(int(table.last_ns[index]), look).strip()}",
    ]


NEIGHBOUR_COLUMNS: Final = (
    TableColumn("ip", "Address", 16, lambda t, i, _: t.ip[i], rank=0, most=39, ends=True),
    TableColumn("mac", "MAC", 17, lambda t, i, _: t.mac[i], rank=0),
    TableColumn("vendor", "Vendor", 14, lambda t, i, _: _maker(t.vendor[i]), rank=3, most=30),
    TableColumn("count", "Claims", 7, lambda t, i, _: text.count(int(t.count[i])), right=True, rank=2),
    TableColumn("changes", "Changes", 8, lambda t, i, _: str(t.changes[i] or ""), right=True, rank=1),
    TableColumn("learned", "Learned by", 22, lambda t, i, _: ", ".join(t.learned[i]), rank=4, most=40, sorts=False),
    TableColumn("last", "Last", 15, lambda t, i, look: text.moment(int(t.last_ns[i]), look), right=True, rank=5),
    TableColumn("vlan", "VLAN", 5, lambda t, i, _: t.vlan[i], rank=9),
)

NEIGHBOURS: Final = TableView(
    table="neighbours",
    noun="neighbours (ARP, ND)",
    columns=NEIGHBOUR_COLUMNS,
    sort="changes",
    kind=lambda table, index: "reset" if table.changes[index] else "arp",
    facts=neighbour_facts,
    fact_lines=2,
    empty="no ARP or neighbour discovery yet",
    narrows=False,
)
