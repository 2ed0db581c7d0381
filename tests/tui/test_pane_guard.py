"""A pane that breaks is replaced by words; the screen, the other panes and the capture go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from netwatch.tui.pane_guard import BrokenPane
from netwatch.tui.panes.choice import PANES
from netwatch.tui.panes.overview import OverviewPane
from netwatch.tui.panes.table_list import TableList
from netwatch.tui.panes.table_pane import TablePane
from netwatch.tui.screens.monitor import MonitorScreen
from tests.tui.screen import monitor, settle, text_of

if TYPE_CHECKING:
    from textual.widget import AwaitMount

    from netwatch.tui.panes.pane import Pane


@pytest.mark.parametrize("where", ["show", "action"])
async def test_a_broken_pane_is_off_and_the_others_go_on(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it breaks on a tick or over a key; it is said, logged and can be left."""

    async with monitor((120, 30)) as (app, pilot):
        await pilot.press("1")
        await settle(app, pilot, lambda: "Overview" in text_of(app))
        pane = app._monitor.pane
        assert isinstance(pane, OverviewPane)

        def broken(self: object, *_: object, **__: object) -> None:
            raise ValueError("\x1b[2J[/nope]")

        if where == "show":
            monkeypatch.setattr(OverviewPane, "show", broken)
            app._monitor.set_timer(0.01, lambda: pane.show(app._monitor._snapshot, paused=False))
        else:
            monkeypatch.setattr(OverviewPane, "action_group", broken)
            await pilot.press("b")
        await settle(app, pilot, lambda: isinstance(app._monitor.pane, BrokenPane))
        await settle(app, pilot, lambda: "Overview is off: ValueError(" in text_of(app))
        engine = app._monitor._engine
        await settle(app, pilot, lambda: bool(engine.snapshot().problems))
        problem, *_ = engine.snapshot().problems  # the tick of the screen may have met it too
        assert problem.words.isprintable()
        assert "broken" in problem.trace
        await pilot.press("2")
        await settle(app, pilot, lambda: "Proto" in text_of(app))
        await pilot.press("1")
        await settle(app, pilot, lambda: "other panes go on" in text_of(app))
    assert app.return_code != 1


async def test_a_row_that_cannot_be_drawn_takes_its_pane_along_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing is no message of the pane and no key, so it has a guard of its own."""

    def broken(*_: object, **__: object) -> None:
        raise ValueError("a cell")

    async with monitor((120, 30)) as (app, pilot):
        await pilot.press("3")
        await settle(app, pilot, lambda: isinstance(app._monitor.pane, TablePane) and app._monitor.pane.list.total > 0)
        monkeypatch.setattr(TableList, "row_segments", broken)
        app._monitor.pane.list.refresh()
        await settle(app, pilot, lambda: isinstance(app._monitor.pane, BrokenPane))
        await settle(app, pilot, lambda: "Flows is off: ValueError('a cell')" in text_of(app))
        await pilot.press("2")
        await settle(app, pilot, lambda: "Proto" in text_of(app))
        engine = app._monitor._engine
        await settle(app, pilot, lambda: "broken" in "".join(each.trace for each in engine.snapshot().problems))
    assert app.return_code != 1


async def test_a_tick_before_a_pane_is_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a second may pass between the making of a pane and its first drawing."""
    async with monitor((120, 30)) as (app, pilot):
        screen, mount = app._monitor, MonitorScreen.mount

        def late(self: MonitorScreen, made: Pane, **where: Any) -> AwaitMount:
            made.show(screen._snapshot, paused=False)
            return mount(self, made, **where)

        monkeypatch.setattr(MonitorScreen, "mount", late)
        for pane in PANES:
            await pilot.press(pane.key)
            await settle(app, pilot, lambda wanted=pane.id: screen.pane_name == wanted)
            assert not isinstance(screen.pane, BrokenPane), text_of(app)
        await pilot.press("3")
        await settle(app, pilot, lambda: screen.pane.list.total > 0)
        assert not screen._engine.snapshot().problems


async def test_a_dialog_that_breaks_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The monitor below goes on, and what broke is told."""
    async with monitor((120, 30)) as (app, pilot):
        await pilot.press("t")
        monkeypatch.setattr(type(app.screen), "action_move", lambda *_: 1 // 0)
        await pilot.press("j")
        await settle(app, pilot, lambda: app.screen is app._monitor)
        engine = app._monitor._engine
        await settle(
            app, pilot, lambda: any("a dialog was closed" in each.words for each in engine.snapshot().problems)
        )
        app.exit(0)
        assert not await app.run_action("pane('flows')", app._monitor)
