"""The palette has every command of the pane that is seen, with its key, and carries it out there."""

from __future__ import annotations

from textual.command import CommandInput

from netwatch.tui.commands import COMMANDS
from tests.tui.screen import monitor, settle, text_of


async def test_the_palette_has_what_the_pane_can_do() -> None:
    """In a table other commands than among packets; sorting by the next column reaches the table."""
    async with monitor((120, 36)) as (app, pilot):
        offered = {command.help for command in app.get_system_commands(app.screen)}
        assert {command.key_text for command in COMMANDS if command.place == "packets"} <= offered
        await pilot.press("3")
        await settle(app, pilot, lambda: "by Bytes, falling" in text_of(app))
        offered = {command.help for command in app.get_system_commands(app.screen)}
        assert {command.key_text for command in COMMANDS if command.place in ("table", "table_pane")} <= offered
        await pilot.press("ctrl+p")
        await settle(app, pilot, lambda: bool(app.screen.query(CommandInput)))
        await pilot.press(*"Reverse")
        await settle(app, pilot, lambda: "turn the order round" in text_of(app))
        await pilot.press("enter")
        await settle(app, pilot, lambda: "by Bytes, rising" in text_of(app))
