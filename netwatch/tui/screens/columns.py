"""The column chooser: every column of a table with a tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import SelectionList, Static
from textual.widgets.selection_list import Selection

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from textual.app import ComposeResult


class ColumnChooser(ModalScreen[frozenset[str] | None]):
    """Gives the identifiers that are ticked, None for the usual columns; Esc leaves what was."""

    DEFAULT_CSS = """
    ColumnChooser { align: center middle; }
    ColumnChooser > Vertical { width: 48; height: auto; max-height: 90%; background: $panel; padding: 0 1; }
    ColumnChooser SelectionList { height: auto; max-height: 18; border: none; background: $panel; padding: 0; }
    ColumnChooser Static { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "keep", "Leave", show=False),
        Binding("enter", "take", "Take", show=False, priority=True),
        Binding("u", "usual", "Usual", show=False),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]

    def __init__(self, names: Sequence[tuple[str, str]], chosen: Collection[str]) -> None:
        """Offer columns as (identifier, title); `chosen` are ticked."""
        super().__init__()
        self._names = names
        self._chosen = frozenset(chosen)

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical():
            yield Static(Text("Columns", "bold"))
            yield SelectionList[str](*(Selection(Text(title), key, key in self._chosen) for key, title in self._names))
            yield Static(Text("Space ticks  Enter takes  u usual  Esc leaves"))

    def action_move(self, step: int) -> None:
        """Move like everywhere else."""
        chosen = self.query_one(SelectionList)
        (chosen.action_cursor_down if step > 0 else chosen.action_cursor_up)()

    def action_take(self) -> None:
        """Take what is ticked; nothing ticked means the usual ones."""
        self.dismiss(frozenset(self.query_one(SelectionList).selected) or None)

    def action_usual(self) -> None:
        """Take the usual ones."""
        self.dismiss(None)

    def action_keep(self) -> None:
        """Leave everything as it was."""
        self.app.pop_screen()
