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

    def __init__(self) -> None:
        super().__init__(id="keys", markup=False)

    def draw(self, commands: Sequence[Command]) -> None:
        """Show those of `commands` that fit the width now."""
        accent = self.app.theme_variables["accent"].split(" ")[0]
        line = Text(no_wrap=True)
        room = self.app.size.width
        for command in sorted(commands, key=_importance):
            key = command.key_text.split(" ")[0]
            size = len(key) + len(command.label) + 3
            if not command.show or size > room:
                continue
            room -= size
            line.append(f" {key} ", accent)
            line.append(f"{command.label} ")
        self.update(line, layout=False)


def _importance(command: Command) -> int:
    """Return the place from the left: help, how to leave, then all others in their order."""
    return {"help": 0, "quit": 1}.get(command.id, 2)
