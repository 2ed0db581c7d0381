"""The baseline pane: what is new, gone, much larger or smaller than on other days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.tui import format as text
from netwatch.tui.panes.columns import Look, TableColumn
from netwatch.tui.panes.table_view import TableView

if TYPE_CHECKING:
    from netwatch.tables.baseline import BaselineTable

UNITS: Final = {"hosts": "bytes", "peers": "bytes", "services": "attempts", "names": "queries"}
KINDS: Final = {"new": "dns", "gone": "reset", "larger": "tcp", "smaller": "other"}
"""Colour class of each change."""


def amount(kind: str, value: float) -> str:
    """Return how much it is, in the unit of its kind."""
    return text.size(value) if UNITS[kind] == "bytes" else text.count(round(value))


def facts(table: BaselineTable, index: int, look: Look) -> list[str]:
    """Return the row in words."""
    del look
    kind, usual = table.kind[index], float(table.usual[index])
    now = f"{amount(kind, int(table.value[index]))} {UNITS[kind]}".replace("B bytes", "B")
    beside = f", usually {amount(kind, usual)} in the same time" if usual else ""
    far = f", robust z {table.score[index]:+.1f}" if table.score[index] else ""
    return [table.key[index], f"{table.change[index]}: {now}{beside}{far}"]


COLUMNS: Final = (
    TableColumn("change", "Change", 7, lambda t, i, _: t.change[i], rank=0),
    TableColumn("kind", "Of", 8, lambda t, i, _: t.kind[i], rank=0),
    TableColumn("key", "What", 24, lambda t, i, _: t.key[i], rank=0, most=80),
    TableColumn("value", "Now", 9, lambda t, i, _: amount(t.kind[i], int(t.value[i])), right=True, rank=1),
    TableColumn("usual", "Usual", 9, lambda t, i, _: _usual(t, i), right=True, rank=2),
    TableColumn("score", "z", 7, lambda t, i, _: f"{t.score[i]:+.1f}" if t.score[i] else "", right=True, rank=3),
)


def _usual(table: BaselineTable, index: int) -> str:
    return amount(table.kind[index], float(table.usual[index])) if table.usual[index] else "-"


BASELINE: Final = TableView(
    table="baseline",
    noun="differences",
    columns=COLUMNS,
    sort="change",
    kind=lambda table, index: KINDS[table.change[index]],
    facts=facts,
    fact_lines=2,
    empty="no difference from other days is known: --history remembers days, --baseline PATH compares with captures",
    narrows=False,
    of_packets=False,
    note=lambda table: table.against,
)
