"""How alerts and mutes look in tables: by severity or by time, one line each, and what the line under it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.tui import format as text
from netwatch.tui.panes.columns import Look, TableColumn
from netwatch.tui.panes.table_view import TableView

if TYPE_CHECKING:
    from netwatch.tables.alerts import Alert, AlertTable
    from netwatch.tables.mutes import MuteTable

TO_SECONDS: Final = 8
"""Cells of a moment without what is smaller than a second."""


def kind(table: AlertTable, index: int) -> str:
    """Return the colour class of an alert; the word stands beside it."""
    return f"severity-{table.alerts[index].word}"


def state(alert: Alert) -> str:
    """Return what became of an alert, in a word."""
    if alert.done:
        return "done"
    if alert.muted:
        return "muted"
    if alert.inhibited_by:
        return f"see {alert.inhibited_by}"
    return alert.state


def facts(table: AlertTable, index: int, look: Look) -> list[str]:
    """Return what has no room in a row."""
    alert = table.alerts[index]
    first, last = (text.moment(time_ns, look).strip() for time_ns in (alert.first_ns, alert.last_ns))
    evidence = "  ".join(f"{name}: {value}" for name, value in alert.evidence)
    times = f"first {first}  last {last}"
    more = f"  {alert.children:,} more explained by it" if alert.children else ""
    return [
        alert.summary,
        evidence,
        f"{times}  confidence {alert.confidence} %  {' '.join(alert.mitre)}{more}",
    ]


def _time(table: AlertTable, index: int, look: Look) -> str:
    return text.moment(table.alerts[index].opened_ns, look)[:TO_SECONDS]


def _ends(alert: Alert) -> str:
    target = alert.destination
    if target and alert.port:
        target = f"[{target}]:{alert.port}" if ":" in target and alert.protocol != "ARP" else f"{target}:{alert.port}"
    elif alert.port:
        target = f"port {alert.port}"
    return " > ".join(filter(None, (alert.source, target))) or "-"


COLUMNS: Final = (
    TableColumn("time", "Time", TO_SECONDS, _time, right=True, rank=2),
    TableColumn("severity", "Severity", 9, lambda t, i, _: t.alerts[i].word, rank=0),
    TableColumn("rule", "Rule", 16, lambda t, i, _: t.alerts[i].rule, rank=1),
    TableColumn("title", "What", 30, lambda t, i, _: t.alerts[i].title, rank=4, most=36, sorts=False, sentence=True),
    TableColumn("source", "Who", 34, lambda t, i, _: _ends(t.alerts[i]), rank=0, most=60, ends=True),
    TableColumn("value", "Count", 6, lambda t, i, _: text.count(int(t.alerts[i].value)), right=True, rank=1),
    TableColumn("state", "State", 7, lambda t, i, _: state(t.alerts[i]), rank=3, sorts=False),
    TableColumn("last", "Last", 15, lambda t, i, look: text.moment(t.alerts[i].last_ns, look), right=True, rank=5),
    TableColumn("confidence", "Conf", 5, lambda t, i, _: str(t.alerts[i].confidence), right=True, rank=6),
    TableColumn("episodes", "Times", 6, lambda t, i, _: str(t.alerts[i].episodes), right=True, rank=7),
    TableColumn("mitre", "ATT&CK", 12, lambda t, i, _: _techniques(t.alerts[i]), rank=6, sorts=False),
    TableColumn("summary", "Summary", 40, lambda t, i, _: t.alerts[i].summary, rank=8, most=120, sorts=False),
)


def _view(table: str, sort: str) -> TableView:
    return TableView(
        table=table,
        noun="alerts",
        columns=COLUMNS,
        sort=sort,
        kind=kind,
        facts=facts,
        fact_lines=4,
        empty="nothing suspicious yet",
    )


ALERTS: Final = _view("alerts", "severity")
ALERTS_BY_TIME: Final = _view("alerts_by_time", "time")


def _techniques(alert: Alert) -> str:
    """Return the first technique of ATT&CK, and how many more there are: below the table stand all."""
    first, *others = alert.mitre or ("",)
    return f"{first} +{len(others)}" if others else first


def _mute_until(table: MuteTable, index: int, look: Look) -> str:
    until_ns = table.mutes[index].until_ns
    return text.moment(until_ns, look).strip() if until_ns else "for ever"


MUTES: Final = TableView(
    table="mutes",
    noun="mutes",
    columns=(
        TableColumn("serial", "No", 4, lambda t, i, _: str(t.serial[i]), right=True, rank=0),
        TableColumn("text", "What is left out", 40, lambda t, i, _: t.mutes[i].text, rank=0, most=80, sorts=False),
        TableColumn("until", "Until", 15, _mute_until, rank=1, sorts=False),
        TableColumn("matched", "Alerts", 6, lambda t, i, _: str(t.matched[i]), right=True, rank=2, sorts=False),
    ),
    sort="serial",
    kind=lambda _table, _index: "other",
    facts=lambda _table, _index, _look: ["x takes the mute back"],
    fact_lines=1,
    empty="nothing is muted",
    narrows=False,
    of_packets=False,
)
