"""A pane that breaks is replaced by words; the screen, the other panes and the capture go on."""

from __future__ import annotations

import pytest

from netwatch.tui.pane_guard import BrokenPane
from netwatch.tui.panes.overview import OverviewPane
from tests.tui.screen import monitor, settle, text_of


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
        (problem,) = engine.snapshot().problems
        assert problem.words.isprintable()
        assert "broken" in problem.trace
        await pilot.press("2")
        await settle(app, pilot, lambda: "Proto" in text_of(app))
        await pilot.press("1")
        await settle(app, pilot, lambda: "other panes go on" in text_of(app))
    assert app.return_code != 1
