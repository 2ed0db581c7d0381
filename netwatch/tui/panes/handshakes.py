"""The handshakes pane: attempts to open TCP connections with their diagnosis, and the same by service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.plural import counted
from netwatch.tui import format as text
from netwatch.tui.panes.columns import Look, TableColumn, number_column
from netwatch.tui.panes.table_view import TableView
from netwatch.tui.widgets.packet_columns import endpoint

if TYPE_CHECKING:
    from netwatch.tables.handshakes import HandshakeTable, ServiceTable

KINDS: Final = {"complete": "tcp", "mid_stream": "other"}
"""Colour class by outcome; all others are attempts that failed."""


def client(table: HandshakeTable, index: int, _look: Look | None = None) -> str:
    """Return the initiator."""
    return endpoint(table.source[index], int(table.sport[index]))


def server(table: HandshakeTable, index: int, _look: Look | None = None) -> str:
    """Return the responder."""
    return endpoint(table.destination[index], int(table.dport[index]))


def kind(table: HandshakeTable, index: int) -> str:
    """Return the colour class; an attempt that may still succeed is a SYN."""
    outcome = table.outcome[index]
    if outcome in ("incomplete", "half_open") and not table.overdue[index]:
        return "syn"
    return KINDS.get(outcome, "reset")


def state(table: HandshakeTable, index: int, _look: Look | None = None) -> str:
    """Return the state; `!` for attempts that are open for too long."""
    return f"{'! ' if table.overdue[index] else ''}{table.state[index]}"


def facts(table: HandshakeTable, index: int, look: Look) -> list[str]:
    """Return the diagnosis and the ladder of steps."""
    start = int(table.syn_ns[index])
    steps = [f"SYN {text.moment(start, look).strip()}" if table.outcome[index] != "mid_stream" else "met in the middle"]
    for name, times in (("SYN-ACK", table.syn_ack_ns), ("ACK", table.ack_ns), ("end", table.ended_ns)):
        if times[index] and (name != "end" or table.outcome[index] != "complete"):
            steps.append(f"{name} +{text.delay(int(times[index]) - start)}")
    retries = f"   {counted(table.retries[index], 'retries')}" if table.retries[index] else ""
    mismatch = f"   {table.mismatch[index]}" if table.mismatch[index] else ""
    return [
        f"{client(table, index)} > {server(table, index)}  {table.application[index]}  {table.state[index]}",
        table.diagnosis[index],
        "  ".join(steps) + retries + mismatch,
    ]


def _rtt(name: str) -> TableColumn:
    titles = {"rtt": "RTT", "client_rtt": "Client", "server_rtt": "Server"}
    return TableColumn(
        name,
        titles[name],
        8,
        lambda t, i, _: text.delay(int(getattr(t, f"{name}_ns")[i])),
        right=True,
        rank=2 if name == "rtt" else 5,
    )


COLUMNS: Final = (
    TableColumn("syn", "Time", 15, lambda t, i, look: text.moment(int(t.syn_ns[i]), look), right=True, rank=4),
    TableColumn("source", "Client", 20, client, rank=0, most=45, ends=True),
    TableColumn("destination", "Server", 20, server, rank=0, most=45, ends=True),
    TableColumn("state", "State", 15, state, rank=0, most=24),
    TableColumn("application", "App", 7, lambda t, i, _: t.application[i], rank=6, most=9),
    _rtt("rtt"),
    _rtt("client_rtt"),
    _rtt("server_rtt"),
    TableColumn("retries", "Retry", 6, lambda t, i, _: str(t.retries[i] or ""), right=True, rank=4),
    TableColumn("mismatch", "Not accepted", 16, lambda t, i, _: t.mismatch[i], rank=7),
    TableColumn(
        "diagnosis", "Diagnosis", 30, lambda t, i, _: t.diagnosis[i], rank=8, most=120, sorts=False, sentence=True
    ),
    TableColumn("syn_acks", "SYN-ACKs", 9, lambda t, i, _: str(t.syn_acks[i]), right=True, rank=9),
    TableColumn("vlan", "VLAN", 5, lambda t, i, _: t.vlan[i], rank=9),
)

HANDSHAKES: Final = TableView(
    table="handshakes",
    noun="attempts",
    columns=COLUMNS,
    sort="syn",
    kind=kind,
    facts=facts,
    fact_lines=3,
    empty="no TCP connection was opened yet",
)


def service_kind(table: ServiceTable, index: int) -> str:
    """Return the colour class; a service that never answers stands out."""
    return "reset" if table.attempts[index] and not table.complete[index] else "tcp"


def service_facts(table: ServiceTable, index: int, look: Look) -> list[str]:
    """Return how attempts at the service ended."""
    times = f"first {text.moment(int(table.first_ns[index]), look).strip()}"
    return [
        f"{endpoint(table.server[index], int(table.port[index]))} {table.application[index]}: "
        f"{table.complete[index]:,} of {table.attempts[index]:,} attempts completed, {times}",
        f"no answer {table.incomplete[index]:,}   refused {table.refused[index]:,}   "
        f"half open {table.half_open[index]:,}",
    ]


def _delay(name: str, title: str, rank: int) -> TableColumn:
    def cell(table: ServiceTable, index: int, _look: Look) -> str:
        value = float(getattr(table, f"{name}_ns")[index])
        return text.delay(int(value)) if value == value else "-"  # NaN: none was completed

    return TableColumn(name, title, 8, cell, right=True, rank=rank)


SERVICE_COLUMNS: Final = (
    TableColumn(
        "server", "Service", 24, lambda t, i, _: endpoint(t.server[i], int(t.port[i])), rank=0, most=50, ends=True
    ),
    TableColumn("application", "App", 8, lambda t, i, _: t.application[i], rank=3, most=9),
    number_column("attempts", "Tries", 1, least=7),
    TableColumn("success", "OK", 6, lambda t, i, _: f"{t.success[i]:.0%}", right=True, rank=1),
    number_column("refused", "Refused", 3, least=7),
    number_column("incomplete", "Silent", 3, least=7),
    number_column("half_open", "Half", 4, least=7),
    _delay("rtt_p50", "p50", 2),
    _delay("rtt_p95", "p95", 2),
    _delay("rtt_max", "max", 5),
)

SERVICES: Final = TableView(
    table="services",
    noun="services",
    columns=SERVICE_COLUMNS,
    sort="attempts",
    kind=service_kind,
    facts=service_facts,
    fact_lines=2,
    empty="no TCP connection was opened yet",
    narrows=False,
)
