"""The footer: the keys that matter here, as many as fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from rich.text import Text

from netwatch.tui.widgets.plain_static import PlainStatic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netwatch.tui.commands import Command


FIRST: Final = (
    "help",
    "open",
    "mute",
    "done",
    "enrich",
    "display-filter",
    "save",
    "quick",
    "group",
    "pause",
    "wider",
    "closer",
    "sort-right",
    "interface",
    "filter",
)
"""Commands from the left, as far as the pane has them; all others follow in their order, and the way out is last."""
LAST: Final = "quit"


class KeyLine(PlainStatic):
    """One line of keys and labels."""

    DEFAULT_CSS = "KeyLine { height: 1; background: $surface; }"

    def __init__(self) -> None:
        super().__init__(id="keys", markup=False)

    def draw(self, commands: Sequence[Command], labels: Mapping[str, str]) -> None:
        """Show those of `commands` that fit the width now; `labels` are other words for some, by their ids."""
        accent = self.app.theme_variables["accent"].split(" ")[0]
        line = Text(no_wrap=True)
        named = [replace(command, label=labels.get(command.id, command.label)) for command in commands if command.show]
        shown = sorted(named, key=_importance)
        room = self.app.size.width - sum(_size(command) for command in shown if command.id == LAST)
        for command in shown:
            if command.id != LAST:
                if _size(command) > room:
                    continue
                room -= _size(command)
            line.append(f" {_key(command)} ", accent)
            line.append(f"{command.label} ")
        self.update(line, layout=False)


def _importance(command: Command) -> int:
    """Return the place from the left."""
    if command.id == LAST:
        return len(FIRST) + 1
    return FIRST.index(command.id) if command.id in FIRST else len(FIRST)


def _key(command: Command) -> str:
    """Return the first of its keys."""
    return command.key_text.split(" ")[0]


def _size(command: Command) -> int:
    """Return the cells that a command takes."""
    return len(_key(command)) + len(command.label) + 3
