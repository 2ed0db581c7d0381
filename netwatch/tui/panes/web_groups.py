"""The other views of the web pane: server names, agents and certificates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from netwatch.plural import counted
from netwatch.tui import format as text
from netwatch.tui.panes.columns import Look, TableColumn, number_column
from netwatch.tui.panes.table_view import TableView

if TYPE_CHECKING:
    from netwatch.tables.web import CertificateTable, WebAgentTable, WebNameTable

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _delay(name: str, title: str, rank: int) -> TableColumn:
    def cell(table: WebNameTable, index: int, _look: Look) -> str:
        value = float(getattr(table, f"{name}_ns")[index])
        return text.delay(int(value)) if value == value else "-"  # NaN: none was answered

    return TableColumn(name, title, 8, cell, right=True, rank=rank)


def _moment(name: str, title: str, rank: int) -> TableColumn:
    return TableColumn(
        name, title, 15, lambda t, i, look: text.moment(int(getattr(t, f"{name}_ns")[i]), look), right=True, rank=rank
    )


def name_kind(table: WebNameTable, index: int) -> str:
    """Return the colour class of a name; where anything failed that stands out."""
    return "reset" if table.failed[index] else "tls" if table.tls[index] or table.quic[index] else "http"


def agent_kind(table: WebAgentTable, index: int) -> str:
    """Return the colour class of an agent; where anything failed that stands out."""
    return "reset" if table.failed[index] else "http" if table.kind[index] == "HTTP" else "tls"


def name_facts(table: WebNameTable, index: int, look: Look) -> list[str]:
    """Return how often and when a name was asked for."""
    first = text.moment(int(table.first_ns[index]), look).strip()
    last = text.moment(int(table.last_ns[index]), look).strip()
    return [
        f"{table.name[index]}: TLS {table.tls[index]:,}  QUIC {table.quic[index]:,}  HTTP {table.http[index]:,}",
        f"failed {table.failed[index]:,}  clients {table.clients[index]:,}   first {first}   last {last}",
    ]


WEB_NAMES: Final = TableView(
    table="web_names",
    noun="server names",
    columns=(
        TableColumn("name", "Name", 28, lambda t, i, _: t.name[i], rank=0, most=80),
        number_column("total", "Total", 0),
        number_column("tls", "TLS", 2),
        number_column("quic", "QUIC", 2),
        number_column("http", "HTTP", 2),
        number_column("failed", "Failed", 1),
        number_column("clients", "Clients", 1),
        _delay("latency_p50", "p50", 3),
        _delay("latency_p95", "p95", 4),
        _moment("first", "First", 7),
        _moment("last", "Last", 6),
    ),
    sort="total",
    kind=name_kind,
    facts=name_facts,
    fact_lines=2,
    empty="nobody asked for a server by name yet",
    narrows=False,
)


def agent_facts(table: WebAgentTable, index: int, look: Look) -> list[str]:
    """Return how often and when an agent was seen."""
    first = text.moment(int(table.first_ns[index]), look).strip()
    last = text.moment(int(table.last_ns[index]), look).strip()
    what = "user agent" if table.kind[index] == "HTTP" else "fingerprint of a ClientHello (JA4)"
    return [
        f"{what} {table.agent[index]}",
        f"requests {table.requests[index]:,}  failed {table.failed[index]:,}  clients {table.clients[index]:,}   "
        f"first {first}   last {last}",
    ]


WEB_AGENTS: Final = TableView(
    table="web_agents",
    noun="agents",
    columns=(
        TableColumn("agent", "Agent", 36, lambda t, i, _: t.agent[i], rank=0, most=120),
        TableColumn("kind", "Kind", 5, lambda t, i, _: t.kind[i], rank=2),
        number_column("requests", "Requests", 0),
        number_column("failed", "Failed", 1),
        number_column("clients", "Clients", 1),
        _moment("first", "First", 5),
        _moment("last", "Last", 4),
    ),
    sort="requests",
    kind=agent_kind,
    facts=agent_facts,
    fact_lines=2,
    empty="no client was seen yet",
    narrows=False,
)


def certificate_kind(table: CertificateTable, index: int) -> str:
    """Return the colour class; what is not valid stands out, then what nobody vouches for."""
    if table.state[index] != "valid":
        return "reset"
    return "other" if table.self_signed[index] else "tls"


def certificate_facts(table: CertificateTable, index: int, look: Look) -> list[str]:
    """Return what a certificate says of itself."""
    last = text.moment(int(table.last_ns[index]), look).strip()
    signed = "self-signed" if table.self_signed[index] else f"issued by {table.issuer[index]}"
    return [
        f"{table.subject[index] or 'no subject'}  {signed}",
        f"{table.state[index]}: {_day(int(table.not_before[index]))} to {_day(int(table.not_after[index]))}  "
        f"{table.key[index]}  {table.signature[index]}  chain of {table.chain[index]}",
        f"shown {counted(int(table.count[index]), 'times')}, last {last} by {table.server[index]} for "
        f"{table.name[index] or 'no name'}",
        f"names {' '.join(table.names[index]) or '-'}",
        f"SHA-256 {table.fingerprint[index]}",
    ]


def _day(seconds: int) -> str:
    return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%d}" if seconds else "-"


CERTIFICATES: Final = TableView(
    table="certificates",
    noun="certificates",
    columns=(
        TableColumn("subject", "Subject", 24, lambda t, i, _: t.subject[i], rank=0, most=60),
        TableColumn("issuer", "Issuer", 16, lambda t, i, _: t.issuer[i], rank=2, most=60),
        TableColumn("state", "State", 9, lambda t, i, _: t.state[i], rank=0, most=13),
        TableColumn("not_after", "Until", 10, lambda t, i, _: _day(int(t.not_after[i])), rank=1),
        TableColumn("key", "Key", 10, lambda t, i, _: t.key[i], rank=3, most=18),
        TableColumn("self_signed", "Self", 5, lambda t, i, _: "yes" if t.self_signed[i] else "", rank=3),
        number_column("count", "Shown", 1),
        TableColumn("server", "Server", 15, lambda t, i, _: t.server[i], rank=4, most=39, ends=True),
        TableColumn("name", "For", 16, lambda t, i, _: t.name[i], rank=5, most=40),
        _moment("last", "Last", 6),
        TableColumn("not_before", "From", 10, lambda t, i, _: _day(int(t.not_before[i])), rank=9),
        TableColumn("chain", "Chain", 6, lambda t, i, _: str(t.chain[i]), right=True, rank=9),
        _moment("first", "First", 9),
    ),
    sort="count",
    kind=certificate_kind,
    facts=certificate_facts,
    fact_lines=5,
    empty="no certificate was seen; TLS 1.3 and QUIC encrypt them",
)
