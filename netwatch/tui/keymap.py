"""The keys of commands as the user wants them: read from the settings, checked, and told to whoever draws keys."""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from netwatch.text import printable
from netwatch.tui.commands import COMMANDS, KEY_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from netwatch.tui.commands import Command, Place

TOGETHER: Final[tuple[tuple[Place, ...], ...]] = (
    ("monitor", "views", "overview"),
    ("monitor", "pane", "list", "packets", "packet"),
    ("monitor", "pane", "views", "list", "table", "table_pane", "alerts"),
    ("follow", "list"),
)
"""Places whose keys act at the same time: in the overview, among packets, in a table, in a conversation."""
_WRITTEN: Final = {name: key for key, name in KEY_NAMES.items()}


class Keymap:
    """Every command with the keys that it has now."""

    def __init__(self) -> None:
        self.commands: tuple[Command, ...] = COMMANDS

    def take(self, wanted: Mapping[str, Any], place: Callable[[str], str] = lambda _: "") -> list[str]:
        """Give commands other keys, by their identifiers; return what is wrong, and then nothing is changed.

        What is wrong is told behind the `place` of the command in the settings file.
        """
        problems: list[str] = []
        found: tuple[Command, ...] = COMMANDS
        for name, keys in wanted.items():
            texts = keys.split() if isinstance(keys, str) else keys
            if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
                problems.append(f"{place(name)}keys: {printable(name, 40)} needs a key or a list of keys")
            elif not any(command.id == name and command.action for command in COMMANDS):
                near = difflib.get_close_matches(name, [command.id for command in COMMANDS], 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                problems.append(f"{place(name)}keys: no command {printable(name, 40)}{hint}")
            else:
                key = ",".join(key_named(text) for text in texts)
                found = tuple(replace(command, key=key) if command.id == name else command for command in found)
        problems += conflicts(found, lambda name: place(name) if name in wanted else "")
        if not problems:
            self.commands = found
        return problems

    def changed(self) -> dict[str, str]:
        """Return the keys of the commands whose keys are not the usual ones, as Textual wants them."""
        usual = {command.id: command.key for command in COMMANDS}
        return {command.id: command.key for command in self.commands if command.key != usual[command.id]}

    def of(self, places: Iterable[Place]) -> list[Command]:
        """Return the commands that work in `places`."""
        return [command for command in self.commands if command.place in places]


def conflicts(commands: Iterable[Command], place: Callable[[str], str] = lambda _: "") -> list[str]:
    """Return a line for each key that would mean two things in one pane, behind the `place` where one is given it."""
    said: dict[str, None] = {}
    commands = tuple(commands)
    for places in TOGETHER:
        owners: dict[str, Command] = {}
        for command in commands:
            if command.place not in places:
                continue
            for key in command.key.split(","):
                other = owners.setdefault(key, command)
                if other.id != command.id:
                    shown = KEY_NAMES.get(key, key)
                    where = place(command.id) or place(other.id)
                    said[f"{where}keys: {printable(shown, 20)} would be for {other.id} and for {command.id}"] = None
    return list(said)


def key_named(text: str) -> str:
    """Return Textual's name of a key as people write it: `,` is comma, `PgDn` is pagedown, `Ctrl+S` is ctrl+s."""
    if text in _WRITTEN:
        return _WRITTEN[text]
    *modifiers, key = text.split("+") if len(text) > 1 else [text]
    if len(key) == 1 and not key.isalnum():
        key = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    elif len(key) > 1 or modifiers:
        key = key.lower()
    return "+".join([*(modifier.lower() for modifier in modifiers), key])
