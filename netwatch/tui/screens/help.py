"""Help: every command of the pane that was left, by group, on a screen that the same key closes."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from netwatch.tui.commands import bound

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
        bound("down", "scroll(1)"),
        bound("up", "scroll(-1)"),
        bound("half-down", "scroll(10)"),
        bound("half-up", "scroll(-10)"),
        bound("page-down", "scroll(20)"),
        bound("page-up", "scroll(-20)"),
        bound("first", "scroll(-999)"),
        bound("last", "scroll(999)"),
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
            yield Static(self._text())

    def action_scroll(self, lines: int) -> None:
        """Move so many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

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
