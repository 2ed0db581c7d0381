"""Display filters and time ranges made of rows: what each cell of a row would be as a condition, for every table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.snapshot import PacketRow

Condition = tuple[str, str]
"""What a condition is about in words, and the display filter."""

TRANSPORTS: Final = {6: "tcp", 17: "udp", 132: "sctp", "TCP": "tcp", "UDP": "udp", "SCTP": "sctp"}
KINDS: Final = {
    "ARP": "arp", "DNS": "dns", "mDNS": "mdns", "LLMNR": "llmnr", "NBNS": "nbns", "DHCP": "dhcp", "TLS": "tls",
    "HTTP": "http", "QUIC": "quic", "TCP": "tcp", "UDP": "udp", "ICMP": "icmp", "ICMPv6": "icmpv6", "IGMP": "igmp",
    "NTP": "ntp",
}  # fmt: skip
"""Protocol column by the name of the protocol's field."""


def address(name: str, value: str) -> Condition | None:
    """Return the condition that either end, or with `name` src or dst one end, is an address."""
    if not value:
        return None
    if "." in value and ":" not in value:
        return (f"{name or 'address'} {value}", f"ip.{name or 'addr'} == {value}")
    if value.count(":") == 5 and len(value) == 17:
        return (f"{name or 'address'} {value}", f"eth.{name or 'addr'} == {value}")
    return (f"{name or 'address'} {value}", f"ipv6.{name or 'addr'} == {value}")


def port(transport: str, value: int, name: str = "port") -> Condition | None:
    """Return the condition that a port is `value`."""
    return (f"{name} {value}", f"{transport}.{name} == {value}") if transport and value > 0 else None


def conversation(one: str, two: str, transport: str, ports: tuple[int, int]) -> Condition | None:
    """Return the condition of everything between two ends, whoever sends."""
    ends = [found[1] for value in (one, two) if (found := address("", value))]
    if len(ends) < 2:
        return None
    if transport and min(ports) > 0:
        ends += [f"{transport}.port == {value}" for value in ports]
    return "conversation", " && ".join(ends)


def packet(row: PacketRow) -> list[Condition]:
    """Return the conditions of a packet."""
    field = KINDS.get(row.protocol, "")
    transport = "" if row.source_port < 0 else "udp" if _is_datagram(row) else "tcp"
    found = [
        conversation(row.source, row.destination, transport, (row.source_port, row.destination_port)),
        address("src", row.source),
        address("dst", row.destination),
        port(transport, row.source_port, "srcport"),
        port(transport, row.destination_port, "dstport"),
        (f"protocol {row.protocol}", field or f'_ws.col.protocol == "{row.protocol}"'),
        (f"length {row.length}", f"frame.len == {row.length}"),
        (f"VLAN {row.vlan}", f"vlan.id == {row.vlan.partition('.')[0]}") if row.vlan else None,
        (f"from packet {row.number} on", f"frame.number >= {row.number}"),
    ]
    return _there(found)


def _is_datagram(row: PacketRow) -> bool:
    return row.kind == "udp" or row.protocol in ("DNS", "mDNS", "LLMNR", "NBNS", "QUIC", "DHCP", "NTP", "DTLS", "SSDP")


def flow(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a flow."""
    transport = TRANSPORTS.get(table.protocol[index], "")
    found = [
        ("this flow", f"flow.id == {table.serial[index]}"),
        *_ends(table, index, transport),
        (f"protocol {table.protocol[index]}", KINDS.get(table.protocol[index], "")),
        (f"application {table.application[index]}", KINDS.get(table.application[index], "")),
        _text("host.name", table.destination_name[index] if table.destination_name else ""),
        _text("process.name", table.process[index] if table.process else ""),
    ]
    return _there(found)


def handshake(table: Any, index: int) -> list[Condition]:
    """Return the conditions of an attempt to connect."""
    found = [
        ("this attempt", f"flow.id == {table.serial[index]}"),
        *_ends(table, index, "tcp"),
        (f"outcome {table.outcome[index]}", f"handshake.state == {table.outcome[index]}"),
    ]
    return _there(found)


def dns(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a look-up."""
    transport = table.transport[index].lower()
    found = [
        _text("dns.qry.name", table.name[index]),
        address("", table.client[index]),
        address("", table.server[index]),
        conversation(
            table.client[index],
            table.server[index],
            transport,
            (int(table.client_port[index]), int(table.server_port[index])),
        ),
        ("answers that say no such name", "dns.flags.rcode == NXDOMAIN"),
    ]
    return _there(found)


def dns_name(table: Any, index: int) -> list[Condition]:
    """Return the condition of a name."""
    return _there([_text("dns.qry.name", table.name[index])])


def host(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a host."""
    found = [address("", value) for value in (*table.addresses[index][:8], table.mac[index])]
    return _there([*found, _text("host.name", table.name[index])])


def neighbour(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a claim of ARP or neighbour discovery."""
    return _there([address("", table.ip[index]), address("", table.mac[index])])


def difference(table: Any, index: int) -> list[Condition]:
    """Return the conditions of what is not as on other days."""
    key = table.key[index]
    if table.kind[index] == "names":
        return _there([_text("dns.qry.name", key)])
    if table.kind[index] == "peers":
        one, _, two = key.partition(" - ")
        return _there([conversation(one, two, "", (0, 0))])
    server, _, number = key.partition(" port ")
    return _there([address("", server), port("tcp", int(number or 0))])


def any_row(table: Any, index: int) -> list[Condition]:
    """Return the conditions of a row of any other table: the addresses and names it has."""
    found: list[Condition | None] = []
    for name in ("client", "server", "source", "destination", "address", "ip"):
        column = getattr(table, name, None)
        if isinstance(column, tuple) and index < len(column):
            found.append(address("", str(column[index])))
    for name, field in (("server_name", "tls.handshake.extensions_server_name"), ("host", "http.host")):
        column = getattr(table, name, None)
        if isinstance(column, tuple) and index < len(column):
            found.append(_text(field, str(column[index])))
    return _there(found)


CONDITIONS: Final[dict[str, Callable[[Any, int], list[Condition]]]] = {
    "flows": flow,
    "handshakes": handshake,
    "dns": dns,
    "dns_names": dns_name,
    "hosts": host,
    "neighbours": neighbour,
    "baseline": difference,
}
"""By table, as Engine.page knows it."""


def of_row(name: str, table: Any, index: int) -> list[Condition]:
    """Return the conditions of a row of the table called `name`."""
    return CONDITIONS.get(name, any_row)(table, index)


def _ends(table: Any, index: int, transport: str) -> list[Condition | None]:
    ports = (int(table.sport[index]), int(table.dport[index]))
    return [
        conversation(table.source[index], table.destination[index], transport, ports),
        address("", table.source[index]),
        address("", table.destination[index]),
        port(transport, ports[1]),
        port(transport, ports[0]),
    ]


def _text(field: str, value: str) -> Condition | None:
    if not value:
        return None
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f"{field.rpartition('.')[2].replace('_', ' ')} {value}", f'{field} == "{quoted}"'


def _there(found: list[Condition | None]) -> list[Condition]:
    kept: dict[str, Condition] = {}
    for condition in found:
        if condition is not None and condition[1]:
            kept.setdefault(condition[1], condition)
    return list(kept.values())


def edge_of_row(table: Any, index: int, side: Literal["begin", "end"]) -> int | None:
    """Return the first or the last moment of a row, in nanoseconds; None when it has none."""
    names = ("first_ns", "syn_ns", "time_ns") if side == "begin" else ("last_ns", "ended_ns", "time_ns")
    moments = [int(getattr(table, name)[index]) for name in names if hasattr(table, name)]
    return next((moment for moment in moments if moment > 0), None)
