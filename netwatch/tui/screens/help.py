"""Help: every command of the pane that was left, by group, on a screen that the same key closes."""

from __future__ import annotations

from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input

from netwatch.tui.screens.reading import ReadingScreen
from netwatch.tui.widgets.themed_text import ThemedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from netwatch.tui.commands import Command

KEYS: Final = 18
"""Cells of the keys on the left."""
MARGINS: Final = 6
"""Cells that are neither keys nor words: blanks around, and the scroll bar."""


class HelpScreen(ReadingScreen[None]):
    """Says what every key of a pane does."""

    DEFAULT_CSS = """
    HelpScreen Input { display: none; }
    HelpScreen Input.-open { display: block; }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,escape,q,backspace", "leave", "Close"),
        Binding("slash", "search", "Search"),
    ]

    def __init__(self, title: str, commands: Sequence[Command]) -> None:
        """Show `commands` by group, groups and the commands of each in their order."""
        super().__init__()
        self._heading = title
        groups = list(dict.fromkeys(command.group for command in commands))
        self._commands = sorted(commands, key=lambda command: groups.index(command.group))

    def compose(self) -> ComposeResult:
        """Make the text."""
        with VerticalScroll(can_focus=False):
            yield ThemedText(self._text(""))
        yield Input(placeholder="words of a key or of what it does")

    def on_resize(self) -> None:
        """Break lines anew."""
        self._update()

    def action_search(self) -> None:
        """Type what is looked for."""
        line = self.query_one(Input)
        line.add_class("-open")
        self.set_focus(line)

    def action_leave(self) -> None:
        """End the search, else the help."""
        line = self.query_one(Input)
        if not line.has_class("-open"):
            self.dismiss()
            return
        line.value = ""
        self._close_search()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._update()

    @on(Input.Submitted)
    def _found(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_search()

    def _update(self) -> None:
        self.query_one("VerticalScroll ThemedText", ThemedText).show(self._text(self.query_one(Input).value))

    def _close_search(self) -> None:
        self.query_one(Input).remove_class("-open")
        self.set_focus(None)

    def _text(self, wanted: str) -> Text:
        text = Text()
        text.append(f"{self._heading}", "bold")
        text.append("   ? or Esc closes this help, / searches it\n", "dim")
        found = [command for command in self._commands if _matches(command, wanted)]
        if not found:
            text.append("\nno key of this pane does that", "dim")
        for group, commands in groupby(found, key=lambda command: command.group):
            text.append(f"\n{group}\n", "bold")
            for command in commands:
                text.append(f"  {command.key_text:<{KEYS}}", "accent")
                lines = wrap(command.help, max(self.app.size.width - KEYS - MARGINS, KEYS))
                text.append(f"\n{'':{KEYS + 2}}".join(lines) + "\n")
        return text


def _matches(command: Command, wanted: str) -> bool:
    """Return whether every word stands somewhere in what is shown of a command."""
    shown = f"{command.key_text} {command.group} {command.label} {command.help}".lower()
    return all(word in shown for word in wanted.lower().split())
