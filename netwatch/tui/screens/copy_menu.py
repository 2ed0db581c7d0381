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
AWAITED: Final = "awaited"
"""The identifier of the form that comes later."""


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

    def __init__(self, forms: Sequence[tuple[str, str]], awaited: str = "") -> None:
        """Offer `forms`, and last the one named `awaited` as soon as it is there."""
        super().__init__()
        self._forms = list(forms)
        self._awaited = awaited
        self._late: str | None = None
        """The text of what was awaited, once it is known; empty when there is none."""

    def compose(self) -> ComposeResult:
        """Make the list."""
        options = [Option(_line(name, text)) for name, text in self._forms]
        if self._awaited:
            options.append(Option(_line(self._awaited, "is being made ..."), id=AWAITED, disabled=True))
        with Vertical():
            yield Static(Text("Copy", "bold"))
            yield OptionList(*options)
            yield ThemedText(keys_said("Enter y copies  Esc leaves"))

    def on_mount(self) -> None:
        """Begin with the first."""
        self.query_one(OptionList).highlighted = 0
        if self._late is not None:
            self.complete(self._late)

    def complete(self, text: str) -> None:
        """Offer what was awaited too; nothing of it when `text` is empty. No other line moves for it."""
        self._late = text
        if not self._awaited or not self.query(OptionList):
            return  # it was closed, or on_mount comes here again
        offered, name = self.query_one(OptionList), self._awaited
        self._awaited = ""
        if text:
            self._forms.append((name, text))
            offered.replace_option_prompt(AWAITED, _line(name, text))
            offered.enable_option(AWAITED)
        else:
            offered.replace_option_prompt(AWAITED, _line(name, "-"))

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


def _line(name: str, text: str) -> Text:
    """Return how a form stands in the list."""
    return Text(f"{printable(name, 40):<17} {printable(' '.join(text.split()), WIDEST)}", no_wrap=True)
