"""The question before leaving, asked only when something would be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Center
from textual.widgets import Static

from netwatch.text import printable
from netwatch.tui.screens.closing import Dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult


class QuitScreen(Dialog[bool]):
    """Dismisses with True to leave."""

    DEFAULT_CSS = """
    QuitScreen { align: center middle; }
    QuitScreen Center { width: auto; max-width: 76; height: auto; background: $panel; padding: 1 2; }
    QuitScreen Static { width: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,q,enter", "dismiss(True)", "Leave"),
        Binding("n,escape", "dismiss(False)", "Stay"),
    ]

    def __init__(self, reason: str) -> None:
        """`reason` says what would be lost."""
        super().__init__()
        self._reason = printable(reason)

    def compose(self) -> ComposeResult:
        """Make the question."""
        with Center():
            yield Static(Text(f"{self._reason}\n\nLeave netwatch?   y yes   n no"))
