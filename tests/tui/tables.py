"""Going to a table pane, waiting for its rows, and reading its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.tui.panes.table_pane import TablePane
from tests.tui.screen import settle

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from netwatch.tui.app import NetwatchApp
    from netwatch.tui.panes.table_list import TableList

SIZES = {"80x24": (80, 24), "160x45": (160, 45)}
FLOWS_OF_THE_DAY = 8 * 4 + 2
"""Look-ups, TLS, web, refused; one of pings and one of ARP."""


async def flows(app: NetwatchApp, pilot: Pilot[int]) -> TableList:
    """Go to the flows and return their list."""
    await pilot.press("3")
    return await table(app, pilot, FLOWS_OF_THE_DAY)


async def table(app: NetwatchApp, pilot: Pilot[int], rows: int) -> TableList:
    """Wait for the table that is seen to have so many rows."""
    pane = app._monitor.pane
    assert isinstance(pane, TablePane)
    await settle(app, pilot, lambda: pane.list.total == rows and not pane._pages.waiting)
    return pane.list


def column(shown: TableList, title: str) -> list[str]:
    """Return the cells of a column that can be read."""
    place = next(at for at in shown._placed(shown.size.width) if at.column.title == title)
    assert shown._page is not None
    rows = range(shown.top, min(shown.top + shown.page_rows, shown.total))
    return [place.column.cell(shown._page.table, shown._known[row], shown.look) for row in rows]
