"""The DNS pane: look-ups with their answers, the names that were asked for, and the servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.plural import counted
from netwatch.tui import format as text
from netwatch.tui.panes.columns import Look, TableColumn, number_column
from netwatch.tui.panes.table_view import TableView
from netwatch.tui.widgets.packet_columns import endpoint

if TYPE_CHECKING:
    from netwatch.tables.dns import DnsNameTable, DnsServerTable, DnsTable

FAILURES: Final = frozenset({"SERVFAIL", "REFUSED", "FORMERR", "NXDOMAIN", "NOTIMP"})
NEW_MARK: Final = "+ "
"""In front of names that are new: rows may have no colour."""


def kind(table: DnsTable, index: int) -> str:
    """Return the colour class; what failed stands out, then what is new."""
    if table.state[index] == "unanswered" or table.rcode[index] in FAILURES:
        return "reset"
    if table.state[index] in ("unsolicited", "asked"):
        return "other"
    return "syn" if table.new[index] else "dns"


def client(table: DnsTable, index: int, _look: Look | None = None) -> str:
    """Return who asked."""
    return table.client[index]


def name(table: DnsTable, index: int, _look: Look | None = None) -> str:
    """Return the name, marked when it is new."""
    return f"{NEW_MARK if table.new[index] else ''}{table.name[index]}"


def outcome(table: DnsTable, index: int, _look: Look | None = None) -> str:
    """Return the answers, or why there are none."""
    if table.state[index] not in ("answered", "unsolicited"):
        return table.state[index]
    if table.rcode[index] != "NOERROR":
        return table.rcode[index]
    shown = table.answers[index]
    rest = int(table.answer_count[index]) - len(shown)
    words = ", ".join(answer.removeprefix(f"{table.type[index]} ") for answer in shown)
    return " ".join(filter(None, (words, f"and {rest} more" if rest > 0 and shown else ""))) or "no data"


def process(table: DnsTable, index: int, _look: Look | None = None) -> str:
    """Return which process of this machine asked, as far as it is known."""
    return table.process[index] if table.process else ""


def facts(table: DnsTable, index: int, look: Look) -> list[str]:
    """Return what has no room in a row."""
    ends = " > ".join(
        (
            endpoint(table.client[index], int(table.client_port[index])),
            endpoint(table.server[index], int(table.server_port[index])),
        )
    )
    asked = f"{text.moment(int(table.time_ns[index]), look).strip()}"
    lines = [
        f"{ends}  {table.protocol[index]} over {table.transport[index]}  id 0x{table.identifier[index]:04x}  {asked}",
        f"{table.type[index]} {table.name[index]}: " + ("; ".join(table.answers[index]) or outcome(table, index)),
    ]
    words = [table.state[index], table.rcode[index], table.flags[index]]
    if table.ttl[index] >= 0:
        words.append(f"TTL {table.ttl[index]:,} s")
    if table.edns[index]:
        words.append(f"EDNS {table.edns[index]}")
    for count, what in ((table.retries[index], "retries"), (table.responses[index] - 1, "more responses")):
        if count > 0:
            words.append(f"{count:,} {what}")
    if table.truncated[index]:
        words.append("truncated, asked again over TCP" if table.tcp_fallback[index] else "truncated")
    elif table.tcp_fallback[index]:
        words.append("asked over TCP because the answer over UDP was truncated")
    if table.new[index]:
        words.append("first query for this name")
    if process(table, index):
        words.append(f"asked by {process(table, index)}")
    return [*lines, "  ".join(filter(None, words))]


def _latency(table: DnsTable, index: int, _look: Look) -> str:
    value = int(table.latency_ns[index])
    return text.delay(value) if table.state[index] == "answered" else ""


def _server(table: DnsTable, index: int, _look: Look) -> str:
    return table.server[index]


COLUMNS: Final = (
    TableColumn("time", "Time", 15, lambda t, i, look: text.moment(int(t.time_ns[i]), look), right=True, rank=3),
    TableColumn("client", "Client", 15, client, rank=2, most=39, ends=True),
    TableColumn("server", "Server", 15, _server, rank=4, most=39, ends=True),
    TableColumn("protocol", "Proto", 6, lambda t, i, _: t.protocol[i], rank=6),
    TableColumn("type", "Type", 5, lambda t, i, _: t.type[i], rank=1),
    TableColumn("name", "Name", 20, name, rank=0, most=60),
    TableColumn("rcode", "Code", 8, lambda t, i, _: t.rcode[i], rank=6),
    TableColumn("latency", "Latency", 8, _latency, right=True, rank=1),
    TableColumn("answers", "Answer", 18, outcome, rank=0, most=80, sorts=False),
    TableColumn("retries", "Retry", 6, lambda t, i, _: str(t.retries[i] or ""), right=True, rank=5),
    TableColumn(
        "ttl", "TTL", 6, lambda t, i, _: str(t.ttl[i]) if t.ttl[i] >= 0 else "", right=True, rank=7, sorts=False
    ),
    TableColumn("state", "State", 11, lambda t, i, _: t.state[i], rank=8),
    TableColumn("flags", "Flags", 14, lambda t, i, _: t.flags[i], rank=9, sorts=False),
    TableColumn("edns", "EDNS", 14, lambda t, i, _: t.edns[i], rank=9, most=40, sorts=False),
    TableColumn("transport", "Over", 4, lambda t, i, _: t.transport[i], rank=9, sorts=False),
    TableColumn("responses", "Resp", 5, lambda t, i, _: str(t.responses[i]), right=True, rank=9),
    TableColumn("process", "Process", 14, process, rank=10, most=24, sorts=False),
    TableColumn("answer_count", "Answers", 8, lambda t, i, _: str(t.answer_count[i]), right=True, rank=9),
)

DNS: Final = TableView(
    table="dns",
    noun="look-ups",
    columns=COLUMNS,
    sort="time",
    kind=kind,
    facts=facts,
    fact_lines=3,
    empty="nobody asked for a name yet",
)


DNS_UNANSWERED: Final = TableView(
    table="dns_unanswered",
    noun="unanswered look-ups",
    columns=COLUMNS,
    sort="time",
    kind=kind,
    facts=facts,
    fact_lines=3,
    empty="no look-up has waited for 5 s",
)


def _delay(name: str, title: str, rank: int) -> TableColumn:
    def cell(table: DnsNameTable | DnsServerTable, index: int, _look: Look) -> str:
        value = float(getattr(table, f"{name}_ns")[index])
        return text.delay(int(value)) if value == value else "-"  # NaN: none was answered

    return TableColumn(name, title, 8, cell, right=True, rank=rank)


def name_kind(table: DnsNameTable, index: int) -> str:
    """Return the colour class; names that do not exist stand out, then new ones."""
    if table.nxdomain[index] > 0:
        return "reset"
    return "syn" if table.new[index] else "dns"


def name_facts(table: DnsNameTable, index: int, look: Look) -> list[str]:
    """Return when and how the name was asked for."""
    first = text.moment(int(table.first_ns[index]), look).strip()
    last = text.moment(int(table.last_ns[index]), look).strip()
    new = "   new name" if table.new[index] else ""
    return [
        f"{table.name[index]}   {', '.join(table.protocols[index])}{new}",
        f"queries {table.queries[index]:,}  responses {table.responses[index]:,}  clients {table.clients[index]:,}  "
        f"NXDOMAIN {table.nxdomain[index]:.0%}   first {first}   last {last}",
    ]


NAME_COLUMNS: Final = (
    TableColumn("name", "Name", 28, lambda t, i, _: f"{NEW_MARK if t.new[i] else ''}{t.name[i]}", rank=0, most=80),
    number_column("queries", "Queries", 0),
    number_column("clients", "Clients", 2),
    _delay("latency_p50", "p50", 1),
    _delay("latency_p95", "p95", 3),
    TableColumn("nxdomain", "NXDOMAIN", 9, lambda t, i, _: f"{t.nxdomain[i]:.0%}", right=True, rank=2),
    number_column("responses", "Resp", 6),
    TableColumn("first", "First", 15, lambda t, i, look: text.moment(int(t.first_ns[i]), look), right=True, rank=4),
    TableColumn("last", "Last", 15, lambda t, i, look: text.moment(int(t.last_ns[i]), look), right=True, rank=7),
    TableColumn("protocols", "Proto", 10, lambda t, i, _: " ".join(t.protocols[i]), rank=8, sorts=False),
)

DNS_NAMES: Final = TableView(
    table="dns_names",
    noun="names",
    columns=NAME_COLUMNS,
    sort="queries",
    kind=name_kind,
    facts=name_facts,
    fact_lines=2,
    empty="nobody asked for a name yet",
    narrows=False,
)


def server_kind(table: DnsServerTable, index: int) -> str:
    """Return the colour class; a server that never answers stands out."""
    return "reset" if table.unanswered[index] and not table.answered[index] else "dns"


def server_facts(table: DnsServerTable, index: int, look: Look) -> list[str]:
    """Return how the server answers."""
    first = text.moment(int(table.first_ns[index]), look).strip()
    codes = "  ".join(f"{code} {count:,}" for code, count in table.rcodes[index]) or "no response"
    return [
        f"{table.server[index]}: {table.answered[index]:,} of {table.queries[index]:,} look-ups answered, "
        f"{table.unanswered[index]:,} not, {counted(table.retries[index], 'retries')}   first {first}",
        codes,
    ]


SERVER_COLUMNS: Final = (
    TableColumn("server", "Server", 18, lambda t, i, _: t.server[i], rank=0, most=39, ends=True),
    number_column("queries", "Look-ups", 0),
    number_column("answered", "Answered", 2),
    number_column("unanswered", "Silent", 1),
    number_column("retries", "Retries", 4),
    _delay("latency_p50", "p50", 1),
    _delay("latency_p95", "p95", 2),
    _delay("latency_max", "max", 5),
    TableColumn(
        "rcodes",
        "Codes",
        24,
        lambda t, i, _: " ".join(f"{code} {text.count(count)}" for code, count in t.rcodes[i]),
        rank=6,
        most=50,
        sorts=False,
    ),
    TableColumn("last", "Last", 15, lambda t, i, look: text.moment(int(t.last_ns[i]), look), right=True, rank=7),
)

DNS_SERVERS: Final = TableView(
    table="dns_servers",
    noun="DNS servers",
    columns=SERVER_COLUMNS,
    sort="queries",
    kind=server_kind,
    facts=server_facts,
    fact_lines=2,
    empty="no DNS server was asked yet",
)
