"""TableView: what a table pane shows of one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.tui.panes.columns import Look, TableColumn


@dataclass(frozen=True, slots=True)
class TableView:
    """What a table pane shows; a pane may have two and go from one to the other."""

    table: str
    """As Engine.page knows it."""
    noun: str
    """What rows are, in the plural."""
    columns: tuple[TableColumn, ...]
    sort: str
    kind: Callable[[Any, int], str]
    facts: Callable[[Any, int, Look], list[str]]
    """Lines about one row."""
    fact_lines: int
    empty: str
    narrows: bool = True
    """Packets belong to its rows, so that Enter can show them."""
    of_packets: bool = True
    """It has no rows where packets do not come or do not match, and says so then."""
    note: Callable[[Any], str] = lambda _table: ""
    """What is to be said of a page, behind the order in the title."""
