"""Command: something that the user can do, and how its keys are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Place = Literal[
    "monitor", "pane", "views", "overview", "list", "packets", "packet", "table", "table_pane", "alerts", "follow"
]
"""Who carries a command out: the monitor screen, the pane that is seen, a pane that has several views, the overview,
every list, the packet table, the packets pane, the list of a table pane, the table pane itself, the alerts, or a
conversation that is followed."""


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do."""

    id: str
    key: str
    """Textual's names of the keys, separated by commas."""
    action: str
    """Textual's action of the place; empty where Textual has the binding itself."""
    label: str
    """A word or two for the footer."""
    help: str
    group: str
    show: bool = False
    """Whether the footer names it."""
    place: Place = "monitor"

    @property
    def key_text(self) -> str:
        """The keys as people write them."""
        return " ".join(KEY_NAMES.get(key, key) for key in self.key.split(","))


KEY_NAMES: Final = {
    "question_mark": "?",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "backspace": "Backspace",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "vertical_line": "|",
    "ctrl+up": "Ctrl+Up",
    "ctrl+down": "Ctrl+Down",
    "slash": "/",
    "comma": ",",
    "colon": ":",
    "ctrl+f": "Ctrl+F",
    "ampersand": "&",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "full_stop": ".",
    "exclamation_mark": "!",
    "apostrophe": "'",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "ctrl+b": "Ctrl+B",
    "ctrl+n": "Ctrl+N",
    "plus": "+",
    "minus": "-",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "ctrl+c": "Ctrl+C",
    "ctrl+d": "Ctrl+D",
    "ctrl+e": "Ctrl+E",
    "ctrl+k": "Ctrl+K",
    "ctrl+l": "Ctrl+L",
    "ctrl+o": "Ctrl+O",
    "ctrl+p": "Ctrl+P",
    "ctrl+q": "Ctrl+Q",
    "ctrl+t": "Ctrl+T",
    "ctrl+u": "Ctrl+U",
    "ctrl+z": "Ctrl+Z",
}
