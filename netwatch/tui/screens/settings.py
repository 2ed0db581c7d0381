"""The settings screen: every setting with its value and what it means; a change is written to the user's file."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.segment import Segment
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from netwatch.config.settings_text import meanings, toml_value
from netwatch.errors import NetwatchError
from netwatch.settings import CHOICES, Settings
from netwatch.text import printable
from netwatch.tui.screens.closing import ClosingScreen
from netwatch.tui.widgets.line_list import LineList, fill
from netwatch.tui.widgets.themed_text import ThemedText, keys_said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from netwatch.config.settings_file import SettingsFile

NAME_CELLS: Final = 24
KEYS: Final = "Enter changes  u the usual value  r reads the file again  Esc closes"


class SettingLines(LineList):
    """One setting a line; what is not as usual stands out."""

    def __init__(self, file: SettingsFile) -> None:
        super().__init__(widget_id="settings")
        self._file = file
        self.names = [item.name for item in fields(Settings)]

    def on_mount(self) -> None:
        """There are as many as there are."""
        self.set_range(0, len(self.names) - 1)

    @property
    def name_chosen(self) -> str:
        """The setting under the cursor."""
        return self.names[self.cursor]

    def row_segments(self, row: int, width: int, *, selected: bool) -> list[Segment]:
        """Draw one setting."""
        styles, name = self.styles_now, self.names[row]
        value = getattr(self._file.settings, name)
        usual = value == getattr(Settings(), name)
        mark = "=" if name in self._file.overridden else " " if usual else "*"
        shown = f"{len(value)} in the file" if isinstance(value, dict) else printable(toml_value(value))
        style = styles.cursor if selected else styles.normal if usual else styles.accent
        return fill([Segment(f" {mark} {name:<{NAME_CELLS}} {shown}", style)], width, style)


class SettingsScreen(ClosingScreen[None]):
    """Changes one setting at a time; what is wrong is said and changes nothing."""

    DEFAULT_CSS = """
    SettingsScreen { layout: vertical; }
    SettingsScreen > .title, SettingsScreen > .keys { height: 1; background: $surface; padding: 0 1; }
    SettingsScreen > SettingLines { height: 1fr; }
    SettingsScreen > .meaning { height: 6; background: $surface; padding: 0 1; }
    SettingsScreen > Input { display: none; }
    SettingsScreen > Input.-open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("comma,escape,q,backspace", "close", show=False),
        Binding("enter,space", "change", show=False),
        Binding("u", "usual", show=False),
        Binding("r", "reload", show=False),
    ]

    def __init__(
        self,
        file: SettingsFile,
        write: Callable[[str, Any], None],
        reload: Callable[[], None],
        themes: Sequence[str],
        at_once: frozenset[str],
    ) -> None:
        """Show the settings of `file`; `write` and `reload` change them and raise NetwatchError when they cannot.

        `themes` may be chosen; settings `at_once` hold without a new start.
        """
        super().__init__()
        self._file = file
        self._write = write
        self._reload = reload
        self._choices = {**CHOICES, "theme": tuple(themes)}
        self._at_once = at_once

    def compose(self) -> ComposeResult:
        """Make title, list, meaning, the line to type in, and the keys."""
        yield Static(Text(f"Settings   {printable(_at_home(self._file.path))}", "bold", no_wrap=True), classes="title")
        yield SettingLines(self._file)
        yield ThemedText(classes="meaning")
        yield Input()
        yield ThemedText(keys_said(KEYS), classes="keys")

    def on_mount(self) -> None:
        """Begin at the first."""
        self.set_focus(self._list)
        self._explain()

    def action_close(self) -> None:
        """Leave the line, else the screen."""
        if self._line.has_class("-open"):
            self._close_line()
            self._explain()
        else:
            self.dismiss()

    def action_change(self) -> None:
        """Turn a setting round, take the next choice, or ask for a value."""
        name = self._list.name_chosen
        value = getattr(self._file.settings, name)
        if isinstance(value, bool):
            self._set(name, not value)
        elif name in self._choices:
            choices = self._choices[name]
            place = choices.index(value) if value in choices else -1
            self._set(name, choices[(place + 1) % len(choices)])
        elif isinstance(value, dict):
            self._explain(f"[{name}] is a table: change it in the file, which is read again when it changes")
        else:
            self._line.value = ", ".join(value) if isinstance(value, tuple) else str(value)
            self._line.add_class("-open")
            self.set_focus(self._line)

    def action_usual(self) -> None:
        """Let the default hold."""
        self._set(self._list.name_chosen, None)

    def action_reload(self) -> None:
        """Read the file again."""
        self._try(self._reload, "read again")

    @on(LineList.Moved)
    def _moved(self) -> None:
        self._explain()

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        name = self._list.name_chosen
        kind = type(getattr(Settings(), name))
        try:
            value = _value_typed(event.value, kind)
        except ValueError:
            self._explain(f"{name} must be a number, not {printable(event.value, 40)}", wrong=True)
            return
        if self._set(name, value):
            self._close_line()

    def _set(self, name: str, value: Any) -> bool:
        if name in self._file.overridden:
            self._explain(f"{name} was given on the command line, which wins over the file", wrong=True)
            return False
        when = "" if name in self._at_once else "; it holds from the next start"
        return self._try(lambda: self._write(name, value), f"written{when}")

    def _try(self, change: Callable[[], None], done: str) -> bool:
        try:
            change()
        except NetwatchError as error:
            self._explain(str(error), wrong=True)
            return False
        self._list.refresh()
        self._explain(done)
        return True

    def _explain(self, said: str = "", *, wrong: bool = False) -> None:
        """Tell what the setting under the cursor means, and what just happened."""
        name = self._list.name_chosen
        text = Text(meanings().get(name, ""))
        text.append(f"\nusual: {toml_value(getattr(Settings(), name))}", "dim")
        if name in self._choices:
            text.append(f"   one of {', '.join(choice or 'none' for choice in self._choices[name])}")
        if name in self._file.overridden:
            text.append("   = from the command line")
        if said:
            text.append(f"\n{printable(said)}", "error" if wrong else "accent")
        self.query_one(".meaning", ThemedText).show(text, layout=False)

    def _close_line(self) -> None:
        self._line.remove_class("-open")
        self.set_focus(self._list)

    @property
    def _list(self) -> SettingLines:
        return self.query_one(SettingLines)

    @property
    def _line(self) -> Input:
        return self.query_one(Input)


def _value_typed(text: str, kind: type) -> Any:
    """Return what was typed as the setting has it; ValueError when it is no number."""
    if kind is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return kind(text.strip())


def _at_home(path: Path) -> str:
    """Return a path without the user's name, which is nobody's business who is shown the screen."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
