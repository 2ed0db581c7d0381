"""The flows pane: which columns flows have, and what is told of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.plural import counted
from netwatch.tui import format as text
from netwatch.tui.panes.columns import Look, TableColumn
from netwatch.tui.panes.table_view import TableView
from netwatch.tui.widgets.packet_columns import endpoint

if TYPE_CHECKING:
    from netwatch.tables.flows import FlowHealth, FlowTable

SPARK_CELLS: Final = 8
PORTLESS: Final = frozenset({255, 1, 58})
"""Protocol numbers whose ports are none: not IP, ICMP, ICMPv6."""
KINDS: Final = {
    "DNS": "dns", "HTTP": "http", "HTTP/2": "http", "WebSocket": "http", "TLS": "tls", "QUIC": "tls", "HTTP/3": "tls",
}  # fmt: skip
"""Colour class by application."""
TRANSPORT_KINDS: Final = {"TCP": "tcp", "UDP": "udp", "ICMP": "icmp", "ICMPv6": "icmp", "ARP": "arp"}


def source(table: FlowTable, index: int, look: Look | None = None) -> str:
    """Return the initiator's address and port."""
    del look
    return endpoint(table.source[index], -1 if table.number[index] in PORTLESS else int(table.sport[index]))


def destination(table: FlowTable, index: int, look: Look | None = None) -> str:
    """Return the responder's."""
    del look
    return endpoint(table.destination[index], -1 if table.number[index] in PORTLESS else int(table.dport[index]))


def name(table: FlowTable, index: int, _look: Look) -> str:
    """Return the responder's name, or else the initiator's."""
    return table.destination_name[index] or table.source_name[index]


def process(table: FlowTable, index: int, _look: Look) -> str:
    """Return who owns the socket on this machine."""
    return table.process[index] if table.process else ""


def about(table: FlowTable, index: int, _look: Look) -> str:
    """Return what the ends said of themselves."""
    return table.about[index] if table.about else ""


def kind(table: FlowTable, index: int) -> str:
    """Return the colour class of a flow; what failed stands out."""
    if table.conn_state[index] in ("REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH", "S0"):
        return "reset"
    named = KINDS.get(table.application[index])
    return named or TRANSPORT_KINDS.get(table.protocol[index], "other")


def facts(table: FlowTable, index: int, look: Look) -> list[str]:
    """Return what has no room in a row."""
    sent, received = table.bytes[index].tolist()
    packets = table.packets[index].tolist()
    begun, ended = (text.moment(int(of[index]), look).strip() for of in (table.first_ns, table.last_ns))
    health = table.health
    spoken = f"   {about(table, index, look)}"
    names = (table.source_name[index], table.destination_name[index])
    named = " > ".join(name or "-" for name in names) if any(names) else ""
    owner = f"   process {table.process[index]}" if table.process and table.process[index] else ""
    lines = [
        f"{source(table, index)} > {destination(table, index)}  {table.protocol[index]} {table.application[index]}"
        f"   {named}{owner}{spoken}".rstrip(),
        f"sent {counted(packets[0], 'packets')} {text.size(sent)}, "
        f"received {counted(packets[1], 'packets')} {text.size(received)}   "
        f"peak {text.bits(int(table.peak[index]) * 8)}",
        f"first {begun}  last {ended}  {table.conn_state[index]} {table.history[index]}  {table.community_id[index]}",
    ]
    if table.protocol[index] == "TCP":
        lines.append(_health_line(health, index))
    return lines


def _health_line(health: FlowHealth, index: int) -> str:
    """Tell what is worth telling of a connection, of its initiator and its responder."""
    client, server = (text.delay(int(value)) for value in health.handshake_rtt_ns[index])
    parts = [f"RTT to client {client}, to server {server}"]
    for name, counts in (
        ("retransmitted", health.retransmissions),
        ("out of order", health.out_of_order),
        ("duplicate ACKs", health.duplicate_acks),
        ("zero windows", health.zero_windows),
        ("RST", health.resets),
        ("missing bytes", health.missing),
    ):
        first, second = counts[index].tolist()
        if first or second:
            parts.append(f"{name} {first:,}/{second:,}")
    offers = [
        name + ("" if accepted else "?")
        for name, (offered, accepted) in (
            ("SACK", health.sack[index].tolist()),
            ("ECN", health.ecn[index].tolist()),
            ("TFO", health.fast_open[index].tolist()),
        )
        if offered
    ]
    sizes = "/".join(map(str, health.mss[index].tolist()))
    return "  ".join([*parts, f"MSS {sizes}", *offers])


def _sum(table: FlowTable, index: int, name: str) -> str:
    total = int(getattr(table.health, name)[index].sum())
    return text.count(total) if total else ""


def round_trip(table: FlowTable, index: int, look: Look) -> str:
    """Return the whole round trip of the handshake, empty where a part of it was not seen."""
    del look
    client, server = table.health.handshake_rtt_ns[index].tolist()
    return text.delay(client + server) if min(client, server) >= 0 else ""


def duration(table: FlowTable, index: int, look: Look) -> str:
    """Return how long the flow lasted."""
    del look
    return text.duration(int(table.last_ns[index] - table.first_ns[index]))


COLUMNS: Final = (
    TableColumn("state", "State", 6, lambda t, i, _: t.conn_state[i] or "-", rank=3),
    TableColumn("protocol", "Proto", 6, lambda t, i, _: t.protocol[i], rank=5),
    TableColumn("application", "App", 6, lambda t, i, _: t.application[i], rank=2, most=9),
    TableColumn("source", "From", 18, source, rank=0, most=45, ends=True),
    TableColumn("destination", "To", 18, destination, rank=0, most=45, ends=True),
    TableColumn("name", "Name", 16, name, rank=6, most=34, sorts=False),
    TableColumn("about", "About", 24, about, rank=8, most=60, sorts=False, sentence=True),
    TableColumn("process", "Process", 14, process, rank=7, most=24, sorts=False),
    TableColumn("packets", "Pkts", 6, lambda t, i, _: text.count(int(t.packets[i].sum())), right=True, rank=3),
    TableColumn("bytes", "Bytes", 8, lambda t, i, _: text.size(int(t.bytes[i].sum())), right=True, rank=1),
    TableColumn("rate", "Rate", 10, lambda t, i, _: text.bits(float(t.rate[i]) * 8), right=True, rank=2),
    TableColumn(
        "spark",
        "10 s",
        SPARK_CELLS,
        lambda t, i, look: text.sparkline(t.history_rates[i].tolist(), SPARK_CELLS, look.glyphs),
        rank=6,
        sorts=False,
    ),
    TableColumn("handshake_rtt", "RTT", 8, round_trip, right=True, rank=5),
    TableColumn("retransmissions", "Retr", 5, lambda t, i, _: _sum(t, i, "retransmissions"), right=True, rank=4),
    TableColumn("duration", "Age", 7, duration, right=True, rank=4),
    TableColumn("sent", "Sent", 8, lambda t, i, _: text.size(int(t.bytes[i, 0])), right=True, rank=6),
    TableColumn("received", "Recv", 8, lambda t, i, _: text.size(int(t.bytes[i, 1])), right=True, rank=6),
    TableColumn("tcp", "TCP", 11, lambda t, i, _: t.state[i], rank=7),
    TableColumn("history", "History", 10, lambda t, i, _: t.history[i], rank=7, sorts=False),
    TableColumn("peak", "Peak", 10, lambda t, i, _: text.bits(int(t.peak[i]) * 8), right=True, rank=9),
    TableColumn("payload", "Payload", 8, lambda t, i, _: text.size(int(t.payload[i].sum())), right=True, rank=9),
    TableColumn("first", "First", 15, lambda t, i, look: text.moment(int(t.first_ns[i]), look), right=True, rank=9),
    TableColumn("last", "Last", 15, lambda t, i, look: text.moment(int(t.last_ns[i]), look), right=True, rank=9),
    TableColumn("vlan", "VLAN", 5, lambda t, i, _: t.vlan[i], rank=9),
    TableColumn("ttl", "TTL", 7, lambda t, i, _: "/".join(map(str, t.ttl[i].tolist())), rank=9),
    TableColumn("out_of_order", "Reord", 6, lambda t, i, _: _sum(t, i, "out_of_order"), right=True, rank=9),
    TableColumn("lost_segments", "Gaps", 5, lambda t, i, _: _sum(t, i, "lost_segments"), right=True, rank=9),
    TableColumn("duplicate_acks", "DupAck", 7, lambda t, i, _: _sum(t, i, "duplicate_acks"), right=True, rank=9),
    TableColumn("zero_windows", "ZeroW", 6, lambda t, i, _: _sum(t, i, "zero_windows"), right=True, rank=9),
    TableColumn("resets", "RST", 4, lambda t, i, _: _sum(t, i, "resets"), right=True, rank=9),
    TableColumn("in_flight", "Flight", 8, lambda t, i, _: _sum(t, i, "in_flight"), right=True, rank=9),
    TableColumn("missing", "Missing", 8, lambda t, i, _: _sum(t, i, "missing"), right=True, rank=9),
    TableColumn("community_id", "Community ID", 30, lambda t, i, _: t.community_id[i], rank=9, sorts=False),
)

FLOWS: Final = TableView(
    table="flows",
    noun="flows",
    columns=COLUMNS,
    sort="bytes",
    kind=kind,
    facts=facts,
    fact_lines=4,
    empty="no flows yet",
)
