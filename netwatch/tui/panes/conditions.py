"""Display filters and time ranges made of rows: what each cell of a row would be as a condition, for every table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from netwatch.tui.panes import application_conditions
from netwatch.tui.panes.condition import (
    KINDS,
    TRANSPORTS,
    Condition,
    address,
    conversation,
    domain,
    kept,
    port,
    quoted,
    symbol,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.dissection import PacketRow
    from netwatch.tables.overview import Overview


def packet(row: PacketRow, transport: str) -> list[Condition]:
    """Return the conditions of a packet; its ports are those of `transport`."""
    ports = (row.source_port, row.destination_port)
    ends = arp(row) if row.protocol == "ARP" and "." in row.source else [
        conversation(row.source, row.destination, transport, ports),
        address("src", row.source),
        address("dst", row.destination),
    ]  # fmt: skip
    found = [
        *ends,
        port(transport, row.source_port, "srcport"),
        port(transport, row.destination_port, "dstport"),
        (f"protocol {row.protocol}", KINDS.get(row.protocol, "")),
        (f"shown as {row.protocol}", f"_ws.col.protocol == {quoted(row.protocol)}"),
        (f"length {row.length}", f"frame.len == {row.length}"),
        (f"TTL {row.ttl}", f"{'ipv6.hlim' if ':' in row.source else 'ip.ttl'} == {row.ttl}") if row.ttl >= 0 else None,
        (f"VLAN {row.vlan}", f"vlan.id == {row.vlan.partition('.')[0]}") if row.vlan else None,
        text("frame.interface_name", row.interface),
        (f"from packet {row.number} on", f"frame.number >= {row.number}"),
    ]
    return kept(found)


def arp(row: PacketRow) -> list[Condition | None]:
    """Return the conditions of who asks whom by ARP, which has no IP header."""
    fields = {"src": row.source, "dst": row.destination}
    both = " && ".join(f"arp.{end}.proto_ipv4 in {{{row.source}, {row.destination}}}" for end in fields)
    single = [(f"{end} {value}", f"arp.{end}.proto_ipv4 == {value}") for end, value in fields.items()]
    return [("conversation", both), *single]


def flow(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a flow."""
    transport = TRANSPORTS.get(table.protocol[index], "")
    process = table.process[index] if table.process else ""
    found = [
        ("this flow", f"flow.id == {table.serial[index]}"),
        *_ends(table, index, transport),
        (f"protocol {table.protocol[index]}", KINDS.get(table.protocol[index], "")),
        (f"application {table.application[index]}", KINDS.get(table.application[index], "")),
        text("host.name", table.destination_name[index] if table.destination_name else ""),
        (f"process {process}", f"process.name == {quoted(process)}") if process else None,
    ]
    return kept(found)


def handshake(table: Any, index: int) -> list[Condition]:
    """Return the conditions of an attempt to connect."""
    found = [
        ("this attempt", f"flow.id == {table.serial[index]}"),
        *_ends(table, index, "tcp"),
        (f"outcome {table.outcome[index]}", f"handshake.state == {table.outcome[index]}"),
    ]
    return kept(found)


def dns(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a look-up."""
    transport = table.transport[index].lower()
    found = [
        domain(table.name[index]),
        address("", table.client[index]),
        address("", table.server[index]),
        symbol("type", "dns.qry.type", table.type[index]),
        symbol("code", "dns.flags.rcode", table.rcode[index]),
        (f"identifier {table.identifier[index]}", f"dns.id == {table.identifier[index]}"),
        conversation(
            table.client[index],
            table.server[index],
            transport,
            (int(table.client_port[index]), int(table.server_port[index])),
        ),
        ("answers that say no such name", "dns.flags.rcode == NXDOMAIN"),
    ]
    return kept(found)


def dns_name(table: Any, index: int) -> list[Condition]:
    """Return the condition of a name."""
    return kept([domain(table.name[index])])


def host(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a host."""
    found = [address("", value) for value in (*table.addresses[index][:8], table.mac[index])]
    return kept([*found, text("host.name", table.name[index])])


def neighbour(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a claim of ARP or neighbour discovery."""
    return kept([address("", table.ip[index]), address("", table.mac[index])])


def difference(table: Any, index: int) -> list[Condition]:
    """Return the conditions of what is not as on other days."""
    key = table.key[index]
    if table.kind[index] == "names":
        return kept([domain(key)])
    if table.kind[index] == "peers":
        one, _, two = key.partition(" - ")
        return kept([conversation(one, two, "", (0, 0))])
    server, _, number = key.partition(" port ")
    return kept([address("", server), port("tcp", int(number or 0))])


def overview(found: Overview) -> list[Condition]:
    """Return the conditions of what the overview and all traffic list and count, in their order."""
    shakes = found.handshakes
    attempts = {
        "complete": shakes.complete,
        "refused": shakes.refused,
        "incomplete": shakes.incomplete,
        "half_open": shakes.half_open,
    }
    conditions: list[Condition | None] = [
        (f"protocol {row.name}", KINDS.get(row.name, "")) for row in found.traffic.groups if row.bytes
    ]
    for hosts in (found.talkers, found.destinations):
        for index in range(len(hosts)):
            conditions += host(hosts, index)
    conditions += [(f"alert {alert.rule}", f"alert.id == {alert.serial}") for alert in found.alerts]
    conditions += [domain(name) for name, _ in found.names]
    conditions += [text("tls.handshake.extensions_server_name", name) for name, _ in found.server_names]
    conditions += [text("http.host", name) for name, _ in found.http_hosts]
    conditions += [(f"attempts {state}", f"handshake.state == {state}") for state, count in attempts.items() if count]
    conditions += [port(row.protocol.lower(), row.port) for row in found.traffic.ports]
    return kept(conditions)


CONDITIONS: Final[dict[str, Callable[[Any, int], list[Condition]]]] = {
    "flows": flow,
    "handshakes": handshake,
    "dns": dns,
    "dns_unanswered": dns,
    "dns_names": dns_name,
    "hosts": host,
    "neighbours": neighbour,
    "baseline": difference,
    **application_conditions.CONDITIONS,
}
"""By table, as Engine.page knows it."""


def of_row(name: str, table: Any, index: int) -> list[Condition]:
    """Return the conditions of a row of the table called `name`."""
    return CONDITIONS[name](table, index) if name in CONDITIONS else []


def _ends(table: Any, index: int, transport: str) -> list[Condition | None]:
    ports = (int(table.sport[index]), int(table.dport[index]))
    return [
        conversation(table.source[index], table.destination[index], transport, ports),
        address("", table.source[index]),
        address("", table.destination[index]),
        port(transport, ports[1]),
        port(transport, ports[0]),
    ]


def edge_of_row(table: Any, index: int, side: Literal["begin", "end"]) -> int | None:
    """Return the first or the last moment of a row, in nanoseconds; None when it has none."""
    names = ("first_ns", "syn_ns", "time_ns") if side == "begin" else ("last_ns", "ended_ns", "time_ns")
    moments = [int(getattr(table, name)[index]) for name in names if hasattr(table, name)]
    return next((moment for moment in moments if moment > 0), None)
