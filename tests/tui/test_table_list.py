"""The list of a table pane: order, what keeps rows still, quick filter, columns that are remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import OptionList

from netwatch.tui.panes.table_list import TableList
from netwatch.tui.screens.columns import ColumnChooser
from tests.scenes import SceneSource, day, frames_of, running_engine
from tests.tui.screen import monitor, settle, text_of
from tests.tui.tables import FLOWS_OF_THE_DAY, column, flows, table

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("utc")


async def test_sorting() -> None:
    """By the next column, the other way round, by a click on a title."""
    async with monitor((160, 45)) as (app, pilot):
        shown = await flows(app, pilot)
        sizes = [sum(line) for line in shown._page.table.bytes.tolist()]
        assert sizes == sorted(sizes, reverse=True)
        await pilot.press("r")
        await table(app, pilot, FLOWS_OF_THE_DAY)
        assert not shown.descending
        sizes = [sum(line) for line in shown._page.table.bytes.tolist()]
        assert sizes == sorted(sizes)
        await pilot.press("less_than_sign")
        await table(app, pilot, FLOWS_OF_THE_DAY)
        assert (shown.sort, shown.descending) == ("packets", True)
        counts = [int(cell) for cell in column(shown, "Pkts")]
        assert counts == sorted(counts, reverse=True)
        place = next(at for at in shown._placed(shown.size.width) if at.column.title == "From")
        await pilot.click(TableList, offset=(place.start + 1, 0))
        await table(app, pilot, FLOWS_OF_THE_DAY)
        assert shown.sort == "source"


async def test_rows_keep_still_under_the_cursor() -> None:
    """What arrives changes numbers, not places; back on the first row the order is live again."""
    source = SceneSource([frames_of(day())])
    engine = running_engine(source, len(day()))
    async with monitor(engine=engine) as (app, pilot):
        shown = await flows(app, pilot)
        await pilot.press("j", "j")
        await settle(app, pilot, lambda: shown.held and shown._order is not None)
        table_, index = shown.selected()
        serial = int(table_.serial[index])
        before = int(table_.packets[index].sum())
        source.blocks.extend([frames_of(day(), first_ns=engine.snapshot().last_time_ns + 1)] * 2)
        source.wake()

        def grown() -> bool:
            chosen = shown.selected()
            return chosen is not None and int(chosen[0].packets[chosen[1]].sum()) > before

        await settle(app, pilot, grown)
        chosen = shown.selected()
        assert chosen is not None
        assert int(chosen[0].serial[chosen[1]]) == serial
        assert shown.cursor == 2
        assert "order held" in text_of(app)
        await pilot.press("g")
        await settle(app, pilot, lambda: "order held" not in text_of(app))


async def test_the_quick_filter() -> None:
    """Narrows while one types; Enter keeps it, Esc takes it away."""
    async with monitor() as (app, pilot):
        shown = await flows(app, pilot)
        await pilot.press("ampersand", *"10.0.0.5")
        await table(app, pilot, 8)
        assert set(column(shown, "To")) >= {"10.0.0.5:23"}
        await pilot.press("enter")
        assert app.focused is shown
        assert "&10.0.0.5" in text_of(app)
        await pilot.press("ampersand", "end", "x")
        await table(app, pilot, 0)
        assert "nothing matches" in text_of(app)
        await pilot.press("escape")
        await table(app, pilot, FLOWS_OF_THE_DAY)
        assert app.focused is shown


async def test_columns_are_chosen_and_remembered(tmp_path: Path) -> None:
    """By the next start as well."""
    memory = tmp_path / "state" / "tables.json"
    async with monitor(memory_file=memory) as (app, pilot):
        shown = await flows(app, pilot)
        assert "vlan" not in shown.shown()
        await pilot.press("c")
        await settle(app, pilot, lambda: isinstance(app.screen, ColumnChooser))
        wanted = {"source", "vlan", "peak"}
        for at, (name, _) in enumerate(app.screen._names):
            if (name in wanted) is not (name in shown.shown()):
                app.screen.query_one(OptionList).highlighted = at
                await pilot.press("space")
        assert app.screen._ticked == wanted
        await pilot.press("enter")
        await settle(app, pilot, lambda: shown.shown() == wanted)
        await pilot.press("greater_than_sign")
        await settle(app, pilot, lambda: "recall" not in memory.parent.name and memory.exists())
        kept = shown.sort
    async with monitor(memory_file=memory) as (app, pilot):
        shown = await flows(app, pilot)
        assert shown.shown() == {"source", "vlan", "peak"}
        assert shown.sort == kept


async def test_a_pane_of_another_capture() -> None:
    """Shows nothing of the capture before."""
    async with monitor() as (app, pilot):
        shown = await flows(app, pilot)
        await pilot.press("j", "j", "j")
        app._monitor._engine.open(("eth0",)).result(180)
        await table(app, pilot, 6)
        assert shown.cursor == 0
        assert not shown.held
