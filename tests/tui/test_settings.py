"""Settings on the screen: changed, written, taken over when the file changes, and keys of the user's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.config.settings_file import SettingsFile
from netwatch.tui.commands import COMMANDS
from netwatch.tui.keymap import Keymap, conflicts, key_named
from netwatch.tui.memory import PaneMemory
from netwatch.tui.screens.settings import SettingLines
from tests.tui.screen import monitor, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_screen_changes_the_file(tmp_path: Path) -> None:
    """A switch, a choice, a number and the usual value again; what is wrong is said and not written."""
    path = tmp_path / "config.toml"
    path.write_text("# mine\nsnaplen = 128  # short\n")
    file = SettingsFile(path, {"profile": "lab"})
    async with monitor((100, 30), settings_file=file) as (app, pilot):
        await pilot.press("comma")
        await settle(app, pilot, lambda: "usual: " in text_of(app))
        lines = app.screen.query_one(SettingLines)

        async def on(name: str, *keys: str) -> str:
            lines.go(lines.names.index(name))
            await pilot.press(*keys)
            await pilot.pause()
            return text_of(app)

        assert "written" in await on("bell", "enter")
        assert 'glyphs                   "block"' in await on("glyphs", "enter")
        assert "next start" in await on("buffer", "enter", *["backspace"] * 3, *"64", "enter")
        assert "must be between" in await on("buffer", "enter", *["backspace"] * 3, *"0", "enter")
        assert "which wins" in await on("profile", "escape", "enter")
        assert "must be a number" in await on("snaplen", "enter", *"x", "enter")
        await on("snaplen", "escape", "u")
        assert path.read_text() == '# mine\n# short\nbell = false\nglyphs = "block"\nbuffer = 64\n'
        await pilot.press("escape")
        assert app.screen.pane.glyphs == "block"


async def test_the_screen_does_not_name_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file below the home folder is shown as such: screens are shown to others."""
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / ".config" / "netwatch" / "config.toml"
    async with monitor(settings_file=SettingsFile(path, {})) as (app, pilot):
        await pilot.press("comma")
        await settle(app, pilot, lambda: "Settings   ~/.config/netwatch/config.toml" in text_of(app))


async def test_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can hold at once does; a mistake is said with its line."""
    monkeypatch.setattr("netwatch.tui.adopting.LOOK_INTERVAL", 0.05)
    path = tmp_path / "config.toml"
    file = SettingsFile(path, {})
    async with monitor(settings_file=file) as (app, pilot):
        path.write_text('theme = "nord"\nbuffer = 64\n[keys]\npause = "P"\n')
        await settle(app, pilot, lambda: app.theme == "nord")
        await settle(app, pilot, lambda: "from the next start: buffer" in text_of(app))
        await pilot.press("P")
        await settle(app, pilot, lambda: "PAUSED" in text_of(app))
        await pilot.press("question_mark")
        await settle(app, pilot, lambda: "  P " in text_of(app))
        await pilot.press("slash", *"clipb", "enter")
        await settle(app, pilot, lambda: "  y  " in text_of(app) and "  P " not in text_of(app))
        await pilot.press("slash", *"zz")
        await settle(app, pilot, lambda: "no key of this pane" in text_of(app))
        await pilot.press("escape")
        await settle(app, pilot, lambda: "  P " in text_of(app))
        await pilot.press("escape")
        path.write_text("\nbufer = 64\n")
        await settle(app, pilot, lambda: "line 2: unknown setting bufer" in text_of(app))
        path.write_text('[keys]\npause = "s"\n')
        await settle(app, pilot, lambda: "s would be for pause and for save" in text_of(app))


async def test_the_next_run_begins_where_this_one_was_left(tmp_path: Path) -> None:
    """At the same pane, unless it is not to be remembered."""
    memory = tmp_path / "tables.json"
    async with monitor(memory_file=memory) as (app, pilot):
        await pilot.press("3")
    assert PaneMemory(memory).pane == "flows"
    async with monitor(memory_file=memory) as (app, pilot):
        await settle(app, pilot, lambda: "flows" in text_of(app) and app.screen.pane.name_shown == "Flows")
    async with monitor(memory_file=memory, remember=False) as (app, _pilot):
        assert app.screen.pane.name_shown == "Packets"


def test_keys_have_one_meaning_each() -> None:
    """In every pane, as long as the user changes nothing."""
    assert conflicts(COMMANDS) == []


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"pause": "s"}, "s would be for pause and for save"),
        ({"paus": "P"}, "no command paus; did you mean pause?"),
        ({"pause": 3}, "pause needs a key"),
        ({"pause": []}, "pause needs a key"),
        ({"next-part": "P"}, "no command next-part"),
    ],
    ids=["taken", "unknown", "number", "none", "textual"],
)
def test_wrong_keys(wanted: dict[str, object], said: str) -> None:
    """Are said, and nothing changes."""
    keys = Keymap()
    (problem,) = keys.take(wanted)
    assert said in problem
    assert keys.changed() == {}


def test_keys_as_people_write_them() -> None:
    """Become Textual's names; two commands may change places."""
    assert [key_named(text) for text in ("?", "PgDn", "Ctrl+S", "S", "F2", "~", "+")] == [
        *("question_mark", "pagedown", "ctrl+s", "S", "f2", "tilde", "plus")
    ]
    keys = Keymap()
    assert keys.take({"save": "f", "filter": ["s", "F2"]}) == []
    assert keys.changed() == {"save": "f", "filter": "s,f2"}
    assert next(command for command in keys.commands if command.id == "filter").key_text == "s f2"
