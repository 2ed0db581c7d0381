"""The prompt for a comment on one packet."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from netwatch.tui.screens.closing import Dialog
from netwatch.tui.widgets.themed_text import ThemedText, keys_said

if TYPE_CHECKING:
    from textual.app import ComposeResult


class CommentScreen(Dialog[str | None]):
    """Gives the comment, empty to take it back; None changes nothing."""

    DEFAULT_CSS = """
    CommentScreen { align: center middle; }
    CommentScreen > Vertical { width: 76; max-width: 96%; height: auto; background: $panel; padding: 0 1; }
    CommentScreen Static { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, number: int, text: str) -> None:
        """Ask for the comment on packet `number`, which has `text` now."""
        super().__init__()
        self._number = number
        self._text = text

    def compose(self) -> ComposeResult:
        """Make the line."""
        with Vertical():
            yield Static(Text(f"Comment on packet {self._number:,}", "bold"))
            yield Input(self._text, id="comment")
            yield ThemedText(keys_said("Enter keeps it, an empty one takes it back  Esc leaves"))

    def on_mount(self) -> None:
        """Begin to type."""
        self.set_focus(self.query_one(Input))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give what was typed."""
        event.stop()
        self.dismiss(event.value)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
