"""Adds to tables of flows and web transactions what is known of their ends: names, processes of this machine."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from typing import TYPE_CHECKING

from netwatch.decode.batch import IPV4_MAPPED, PROTOCOL_TCP, PROTOCOL_UDP

if TYPE_CHECKING:
    from netwatch.capture.processes import LocalSockets
    from netwatch.tables.dns import DnsTable
    from netwatch.tables.flows import FlowTable
    from netwatch.tables.web import WebTable
    from netwatch.track.names import NameCache

LOW_HALF = (1 << 64) - 1
OVER_UDP = ("QUIC", "DTLS")
"""Kinds of web transactions."""


def with_names(table: FlowTable, names: NameCache) -> FlowTable:
    """Return the table with the best name of each end; the responder's is the one that the initiator asked for."""
    sources = list(map(_halves, table.source))
    destinations = list(map(_halves, table.destination))
    return replace(
        table,
        source_name=tuple(names.best(*end) if end else "" for end in sources),
        destination_name=tuple(
            names.best(*end, client=client) if end else "" for end, client in zip(destinations, sources, strict=True)
        ),
    )


def with_processes(table: FlowTable, sockets: LocalSockets) -> FlowTable:
    """Return the table with the owner of each flow's socket; empty where neither end is this machine."""
    ends = zip(table.source, table.sport.tolist(), table.destination, table.dport.tolist(), strict=True)
    numbers = table.number.tolist()
    return replace(
        table,
        process=tuple(
            _owner(number, (source, sport), (destination, dport), sockets)
            for number, (source, sport, destination, dport) in zip(numbers, ends, strict=True)
        ),
    )


def with_web_processes(table: WebTable, sockets: LocalSockets) -> WebTable:
    """Return the table with the owner of each transaction's socket; empty where neither end is this machine."""
    ends = zip(table.client, table.client_port.tolist(), table.server, table.server_port.tolist(), strict=True)
    return replace(
        table,
        process=tuple(
            _owner(
                PROTOCOL_UDP if kind in OVER_UDP else PROTOCOL_TCP,
                (client, port),
                (server, server_port),
                sockets,
            )
            for kind, (client, port, server, server_port) in zip(table.kind, ends, strict=True)
        ),
    )


def with_dns_processes(table: DnsTable, sockets: LocalSockets) -> DnsTable:
    """Return the table with the owner of each client's socket; most are open for the time of one question only."""
    ends = zip(table.client, table.client_port.tolist(), table.server, table.server_port.tolist(), strict=True)
    return replace(
        table,
        process=tuple(
            _owner(PROTOCOL_TCP if over == "TCP" else PROTOCOL_UDP, (client, port), (server, server_port), sockets)
            if client in sockets.addresses
            else ""
            for over, (client, port, server, server_port) in zip(table.transport, ends, strict=True)
        ),
    )


def _owner(number: int, source: tuple[str, int], destination: tuple[str, int], sockets: LocalSockets) -> str:
    if number not in (PROTOCOL_TCP, PROTOCOL_UDP):
        return ""
    for (local, port), (remote, remote_port) in ((source, destination), (destination, source)):
        if local not in sockets.addresses:
            continue
        owner = sockets.find(number, local, port, remote, remote_port)
        return owner.label if owner is not None else "unknown"
    return ""


def _halves(text: str) -> tuple[int, int] | None:
    """Return an IP address as PacketBatch has it; None for a MAC address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    number = int(address)
    return (0, IPV4_MAPPED | number) if address.version == 4 else (number >> 64, number & LOW_HALF)
