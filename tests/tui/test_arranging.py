"""Two panes at once, the border between them, and a pane alone."""

from __future__ import annotations

from netwatch.tui.panes.table_pane import TablePane
from netwatch.tui.widgets.border import Border
from tests.tui.screen import check_frame, monitor, settle, text_of


async def test_two_panes() -> None:
    """Packets above, flows below; a row of these narrows those, and keys act where the focus is."""
    async with monitor((120, 36)) as (app, pilot):
        screen = app._monitor
        await pilot.press("vertical_line")
        await settle(app, pilot, lambda: "move this border" in text_of(app) and "flows   by" in text_of(app))
        assert screen.pane_name == "flows"
        await check_frame(app, pilot, "split-120x36")
        await pilot.press("enter")
        await settle(app, pilot, lambda: "[only " in text_of(app))
        assert screen.pane_name == "flows"
        await pilot.press("7")
        await settle(app, pilot, lambda: " hosts " in text_of(app))
        await pilot.press("2")
        assert screen.pane_name == "packets"
        assert "Hosts" in text_of(app)
        await pilot.press("vertical_line")
        assert [pane.name_shown for pane in screen.panes_seen] == ["Packets"]
        await pilot.press("vertical_line")
        assert [pane.name_shown for pane in screen.panes_seen] == ["Packets", "Hosts"]


async def test_the_border_moves() -> None:
    """By keys and by mouse, and never so far that a pane is gone."""
    async with monitor((120, 36)) as (app, pilot):
        await pilot.press("3", "vertical_line")
        await pilot.pause()
        flows = app._monitor.query_one(TablePane)
        before = flows.size.height
        await pilot.press("ctrl+up", "ctrl+up")
        await settle(app, pilot, lambda: flows.size.height > before)
        for _ in range(30):
            await pilot.press("ctrl+down")
        await settle(app, pilot, lambda: 3 < flows.size.height < before)
        border = app._monitor.query_one(Border)
        await pilot.mouse_down(border)
        await pilot.hover(offset=(10, 12))
        await pilot.mouse_up(offset=(10, 12))
        await settle(app, pilot, lambda: abs(border.region.y - 12) <= 1)


async def test_zoom() -> None:
    """Any pane; of two the one that has the focus. Esc and the same key bring the others back."""
    async with monitor((80, 24)) as (app, pilot):
        await pilot.press("3", "z")
        await settle(app, pilot, lambda: "1Overview" not in text_of(app) and "flows   by" in text_of(app))
        await pilot.press("escape")
        await settle(app, pilot, lambda: "1Overview" in text_of(app))
        await pilot.press("vertical_line", "z")
        assert [pane.name_shown for pane in app._monitor.panes_seen] == ["Flows"]
        await pilot.press("z")
        assert [pane.name_shown for pane in app._monitor.panes_seen] == ["Packets", "Flows"]
