"""The copy menu: in which form the packet under the cursor goes to the clipboard of the terminal."""

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

WIDEST: Final = 74
"""Characters of a text that are looked at; the list cuts what has no room, and says so."""


class CopyMenu(Dialog[tuple[str, str] | None]):
    """Gives (name, text) of the form that was chosen; None copies nothing."""

    DEFAULT_CSS = """
    CopyMenu { align: center middle; }
    CopyMenu > Vertical { width: 76; max-width: 96%; height: auto; max-height: 90%; background: $panel; padding: 0 1; }
    CopyMenu OptionList, CopyMenu OptionList:focus { border: none; background: $panel; padding: 0; }
    CopyMenu OptionList { height: auto; max-height: 14; text-wrap: nowrap; text-overflow: ellipsis; }
    CopyMenu Static { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", show=False),
        Binding("enter,y", "take", show=False, priority=True),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]

    def __init__(self, forms: Sequence[tuple[str, str]]) -> None:
        """Offer `forms`."""
        super().__init__()
        self._forms = forms

    def compose(self) -> ComposeResult:
        """Make the list."""
        options = [
            Option(Text(f"{printable(name, 40):<17} {printable(' '.join(text.split()), WIDEST)}", no_wrap=True))
            for name, text in self._forms
        ]
        with Vertical():
            yield Static(Text("Copy", "bold"))
            yield OptionList(*options)
            yield ThemedText(keys_said("Enter y copies  Esc leaves"))

    def on_mount(self) -> None:
        """Begin with the first."""
        self.query_one(OptionList).highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take what was clicked."""
        event.stop()
        self.action_take()

    def action_move(self, step: int) -> None:
        """Move like everywhere else."""
        chosen = self.query_one(OptionList)
        (chosen.action_cursor_down if step > 0 else chosen.action_cursor_up)()

    def action_take(self) -> None:
        """Give the form under the cursor."""
        index = self.query_one(OptionList).highlighted
        self.dismiss(self._forms[index] if index is not None else None)

    def action_leave(self) -> None:
        """Copy nothing."""
        self.dismiss(None)
