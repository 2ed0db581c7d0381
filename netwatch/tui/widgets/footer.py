"""The footer: the keys that matter here, as many as fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import Static

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.tui.commands import Command


class KeyLine(Static):
    """One line of keys and labels."""

    DEFAULT_CSS = "KeyLine { height: 1; background: $surface; }"

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__(id="keys", markup=False)
        self._commands = commands

    def draw(self) -> None:
        """Show what fits the width now."""
        accent = self.app.theme_variables["accent"].split(" ")[0]
        line = Text(no_wrap=True)
        for command in sorted(self._commands, key=lambda command: command.id != "help"):
            if not command.show:
                continue
            key = command.key_text.split(" ")[0]
            if line.cell_len + len(key) + len(command.label) + 3 > self.app.size.width:
                break
            line.append(f" {key} ", accent)
            line.append(f"{command.label} ")
        self.update(line, layout=False)
