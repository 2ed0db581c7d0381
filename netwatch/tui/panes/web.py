"""The web pane: hellos of TLS and QUIC and HTTP requests with what answered them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.tui import format as text
from netwatch.tui.panes.columns import Look, TableColumn
from netwatch.tui.panes.table_view import TableView
from netwatch.tui.widgets.packet_columns import endpoint

if TYPE_CHECKING:
    from netwatch.tables.web import WebTable

FIRST_ERROR: Final = 400
"""The smallest HTTP status that says that a request failed."""
ENCRYPTED: Final = "certificate encrypted, not observable"


def is_failed(table: WebTable, index: int) -> bool:
    """Return True for an alert, an end without an answer, a status that says so."""
    return table.outcome[index] not in ("answered", "waiting") or table.status[index] >= FIRST_ERROR


def kind(table: WebTable, index: int) -> str:
    """Return the colour class; what failed stands out."""
    if is_failed(table, index):
        return "reset"
    return "http" if table.kind[index] == "HTTP" else "tls"


def version(table: WebTable, index: int, _look: Look | None = None) -> str:
    """Return kind and version in one."""
    return f"QUIC {table.version[index].split(' ')[0]}" if table.kind[index] == "QUIC" else table.version[index]


def status(table: WebTable, index: int, _look: Look | None = None) -> str:
    """Return the status, or how the handshake ended."""
    if table.status[index]:
        return str(table.status[index])
    return "ok" if table.outcome[index] == "answered" else table.outcome[index].removeprefix("alert ")


def request(table: WebTable, index: int, _look: Look | None = None) -> str:
    """Return what was asked for: method and target, or the application protocols."""
    if table.kind[index] == "HTTP":
        return f"{table.method[index]} {table.target[index]}"
    return table.protocol[index] or " ".join(table.protocols[index])


def facts(table: WebTable, index: int, look: Look) -> list[str]:
    """Return what has no room in a row."""
    ends = " > ".join(
        (
            endpoint(table.client[index], int(table.client_port[index])),
            endpoint(table.server[index], int(table.server_port[index])),
        )
    )
    begun = text.moment(int(table.time_ns[index]), look).strip()
    process = f"  process {table.process[index]}" if table.process and table.process[index] else ""
    name = "" if table.version[index].startswith(table.kind[index]) else f"{table.kind[index]} "
    lines = [f"{ends}  {name}{table.version[index]}  {begun}{process}"]
    if table.kind[index] == "HTTP":
        lines += [
            f"{request(table, index)}  host {table.name[index] or '-'}  {status(table, index)} "
            f"{table.content_type[index]}".rstrip(),
            f"agent {table.agent[index] or '-'}",
        ]
    else:
        offered = f"  offers {' '.join(table.protocols[index])}" if table.protocols[index] else ""
        chosen = f"  {table.protocol[index]} chosen" if table.protocol[index] else ""
        lines += [
            f"{table.name[index] or 'no server name'}  {status(table, index)}  {table.cipher[index]}{offered}{chosen}",
            f"JA4 {table.ja4[index] or '-'}  JA3 {table.ja3[index] or '-'}",
        ]
    ja3s = f"JA3S {table.ja3s[index]}" if table.ja3s[index] else ""
    return [*lines, "  ".join(filter(None, (*table.notes[index], _certificate(table, index), ja3s)))]


def _certificate(table: WebTable, index: int) -> str:
    if table.certificate[index]:
        return f"certificate {table.certificate[index]}"
    hidden = table.outcome[index] == "answered" and table.version[index].endswith("TLS1.3")
    return ENCRYPTED if hidden else ""


def _name(table: WebTable, index: int, _look: Look) -> str:
    return table.name[index]


def _size(table: WebTable, index: int, _look: Look) -> str:
    return text.size(int(table.size[index])) if table.size[index] >= 0 else ""


def _process(table: WebTable, index: int, _look: Look) -> str:
    return table.process[index] if table.process else ""


COLUMNS: Final = (
    TableColumn("time", "Time", 15, lambda t, i, look: text.moment(int(t.time_ns[i]), look), right=True, rank=3),
    TableColumn("client", "Client", 15, lambda t, i, _: t.client[i], rank=2, most=39, ends=True),
    TableColumn("server", "Server", 15, lambda t, i, _: t.server[i], rank=6, most=39, ends=True),
    TableColumn("name", "Server name", 20, _name, rank=0, most=60),
    TableColumn("version", "Version", 8, version, rank=1),
    TableColumn("request", "Request", 14, request, rank=4, most=60, sorts=False),
    TableColumn("status", "Status", 10, status, rank=0, most=26),
    TableColumn(
        "latency", "Latency", 8, lambda t, i, _: text.delay(int(t.latency_ns[i])).strip("-"), right=True, rank=1
    ),
    TableColumn("size", "Size", 8, _size, right=True, rank=3),
    TableColumn("ja4", "JA4", 36, lambda t, i, _: t.ja4[i], rank=5),
    TableColumn("process", "Process", 16, _process, rank=7, most=30, sorts=False),
    TableColumn("kind", "Kind", 5, lambda t, i, _: t.kind[i], rank=9),
    TableColumn("method", "Method", 7, lambda t, i, _: t.method[i], rank=9),
    TableColumn("agent", "Agent", 20, lambda t, i, _: t.agent[i], rank=9, most=80),
    TableColumn("cipher", "Cipher", 28, lambda t, i, _: t.cipher[i], rank=9, sorts=False),
    TableColumn("ja3", "JA3", 32, lambda t, i, _: t.ja3[i], rank=9, sorts=False),
    TableColumn("ja3s", "JA3S", 32, lambda t, i, _: t.ja3s[i], rank=9, sorts=False),
    TableColumn("content_type", "Type", 16, lambda t, i, _: t.content_type[i], rank=9, most=40, sorts=False),
    TableColumn("notes", "Notes", 16, lambda t, i, _: ", ".join(t.notes[i]), rank=9, most=40, sorts=False),
    TableColumn("certificate", "Certificate", 24, lambda t, i, _: t.certificate[i], rank=9, most=80, sorts=False),
)

WEB: Final = TableView(
    table="web",
    noun="web transactions",
    columns=COLUMNS,
    sort="time",
    kind=kind,
    facts=facts,
    fact_lines=4,
    empty="no TLS, QUIC or HTTP was seen yet",
)
