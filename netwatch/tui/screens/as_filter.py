"""A display filter from the row under the cursor: which cell, and is, is not, and, or."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from netwatch.text import printable
from netwatch.tui.screens.closing import Dialog
from netwatch.tui.widgets.themed_text import ThemedText, keys_said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

HELP: Final = "Enter is  n is not  & and  A and not  | or  O or not  Esc leaves"
WIDEST: Final = 70


class FilterChooser(Dialog[str | None]):
    """Gives the whole new filter; None leaves everything as it was."""

    DEFAULT_CSS = """
    FilterChooser { align: center middle; }
    FilterChooser > Vertical { width: 76; max-width: 96%; height: auto; max-height: 90%; background: $panel; }
    FilterChooser > Vertical { padding: 0 1; }
    FilterChooser OptionList, FilterChooser OptionList:focus { border: none; background: $panel; padding: 0; }
    FilterChooser OptionList { height: auto; max-height: 14; text-wrap: nowrap; text-overflow: ellipsis; }
    FilterChooser Static { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,a", "keep", show=False),
        Binding("enter", "take('')", show=False, priority=True),
        Binding("n", "take('not')", show=False),
        Binding("ampersand", "take('and')", show=False),
        Binding("A", "take('and not')", show=False),
        Binding("vertical_line", "take('or')", show=False),
        Binding("O", "take('or not')", show=False),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]

    def __init__(self, conditions: Sequence[tuple[str, str]], current: str) -> None:
        """Offer (words, filter) pairs; `current` is the filter in force."""
        super().__init__()
        self._conditions = conditions
        self._current = current

    def compose(self) -> ComposeResult:
        """Make the list."""
        options = [
            Option(Text(f"{printable(words, 24):<24} {printable(expression, WIDEST)}", no_wrap=True))
            for words, expression in self._conditions
        ]
        with Vertical():
            yield Static(Text("Filter by", "bold"))
            yield OptionList(*options)
            yield ThemedText(keys_said(HELP))

    def on_mount(self) -> None:
        """Begin with the first."""
        self.query_one(OptionList).highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what was clicked."""
        event.stop()
        self.action_take("")

    def action_move(self, step: int) -> None:
        """Move like everywhere else."""
        chosen = self.query_one(OptionList)
        (chosen.action_cursor_down if step > 0 else chosen.action_cursor_up)()

    def action_take(self, how: str) -> None:
        """Give the filter."""
        index = self.query_one(OptionList).highlighted
        if index is not None:
            self.dismiss(combined(self._current, self._conditions[index][1], how))

    def action_keep(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)


def combined(current: str, condition: str, how: str) -> str:
    """Return the filter that `how` (empty, not, and, and not, or, or not) makes of two."""
    word = how.removesuffix("not").strip()
    wanted = f"!({condition})" if how.endswith("not") else condition
    if not word or not current:
        return wanted
    return f"({current}) {word} ({wanted})"
