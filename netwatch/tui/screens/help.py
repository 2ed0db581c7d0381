"""Help: every command of the pane that was left, by group, on a screen that the same key closes."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from netwatch.tui.commands import Command


class HelpScreen(Screen[None]):
    """Scrolls with the same keys as everything else."""

    DEFAULT_CSS = """
    HelpScreen VerticalScroll { padding: 0 1; scrollbar-size-vertical: 1; }
    HelpScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,escape,q,backspace", "dismiss", "Close"),
        Binding("j", "scroll('down')", show=False),
        Binding("k", "scroll('up')", show=False),
    ]

    def __init__(self, title: str, commands: Sequence[Command]) -> None:
        """Show `commands` in their order; neighbours of one group share a heading."""
        super().__init__()
        self._heading = title
        self._commands = commands

    def compose(self) -> ComposeResult:
        """Make the text."""
        with VerticalScroll():
            yield Static(self._text())

    def on_mount(self) -> None:
        """Let keys scroll at once."""
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, direction: str) -> None:
        """Move a line."""
        scroll = self.query_one(VerticalScroll)
        (scroll.scroll_down if direction == "down" else scroll.scroll_up)(animate=False)

    def _text(self) -> Text:
        variables = self.app.theme_variables
        accent, dim = variables["accent"].split(" ")[0], variables.get("dim", "default")
        text = Text()
        text.append(f"{self._heading}", "bold")
        text.append("   ? or Esc closes this help\n", dim)
        for group, commands in groupby(self._commands, key=lambda command: command.group):
            text.append(f"\n{group}\n", "bold")
            for command in commands:
                text.append(f"  {command.key_text:<18}", accent)
                text.append(f"{command.help}\n")
        return text
