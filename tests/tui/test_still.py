"""--reduced-motion: nothing runs along the screen and no cursor blinks."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.scenes import scene_engine
from tests.tui.screen import monitor, settle, text_of

BRAILLE = {chr(code) for code in range(0x2800, 0x2900)}


@pytest.mark.parametrize("still", [False, True], ids=["moving", "still"])
async def test_nothing_moves_unless_it_may(still: bool) -> None:
    """The status line has no graph, and the cursor of a prompt stays lit."""
    engine, _ = scene_engine()
    async with monitor(engine=engine, still=still) as (app, pilot):
        await settle(app, pilot, lambda: "pkt/s" in text_of(app))
        assert bool(BRAILLE & set(text_of(app).splitlines()[0])) is not still
        await pilot.press("f")
        await settle(app, pilot, lambda: isinstance(app.focused, Input))
        assert isinstance(app.focused, Input)
        assert app.focused.cursor_blink is not still
