"""The column chooser: every column of a table with a tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static

from netwatch.tui.screens.closing import Dialog
from netwatch.tui.widgets.themed_text import ThemedText, keys_said

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from textual.app import ComposeResult


class ColumnChooser(Dialog[frozenset[str] | None]):
    """Gives the identifiers that are ticked, None for the usual columns; Esc leaves what was."""

    DEFAULT_CSS = """
    ColumnChooser { align: center middle; }
    ColumnChooser > Vertical { width: 48; height: auto; max-height: 90%; background: $panel; padding: 0 1; }
    ColumnChooser OptionList, ColumnChooser OptionList:focus { border: none; background: $panel; padding: 0; }
    ColumnChooser OptionList { height: auto; max-height: 18; }
    ColumnChooser Static { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "keep", "Leave", show=False),
        Binding("enter", "take", "Take", show=False, priority=True),
        Binding("space", "flip", "Tick", show=False),
        Binding("u", "usual", "Usual", show=False),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]

    def __init__(self, names: Sequence[tuple[str, str]], chosen: Collection[str]) -> None:
        """Offer columns as (identifier, title); `chosen` are ticked."""
        super().__init__()
        self._names = names
        self._ticked = set(chosen)

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical():
            yield Static(Text("Columns", "bold"))
            yield OptionList(*(self._line(key, title) for key, title in self._names), markup=False)
            yield ThemedText(keys_said("Space ticks  Enter takes  u usual  Esc leaves"))

    def action_move(self, step: int) -> None:
        """Move like everywhere else."""
        options = self.query_one(OptionList)
        (options.action_cursor_down if step > 0 else options.action_cursor_up)()

    def action_flip(self) -> None:
        """Tick the column, or not."""
        options = self.query_one(OptionList)
        at = options.highlighted or 0
        key, title = self._names[at]
        self._ticked ^= {key}
        options.replace_option_prompt_at_index(at, self._line(key, title))

    def action_take(self) -> None:
        """Take what is ticked; nothing ticked means the usual ones."""
        self.dismiss(frozenset(self._ticked) or None)

    def action_usual(self) -> None:
        """Take the usual ones."""
        self.dismiss(None)

    def action_keep(self) -> None:
        """Leave everything as it was: whoever asked is told nothing."""
        if self.is_on_top:
            self.app.pop_screen()

    def _line(self, key: str, title: str) -> Text:
        return Text(f"[{'x' if key in self._ticked else ' '}] {title}", no_wrap=True)
