"""What became of a look at a host: what it found, or the command that sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from netwatch.text import printable
from netwatch.tui.screens.closing import Dialog
from netwatch.tui.widgets.themed_text import ThemedText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


class EnrichedScreen(Dialog[None]):
    """Waits for the answer and shows it; closing it does not end the look."""

    DEFAULT_CSS = """
    EnrichedScreen { align: center middle; }
    EnrichedScreen > Vertical { width: 90%; height: auto; max-height: 90%; background: $panel; padding: 0 1; }
    EnrichedScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,backspace", "dismiss(None)", "Close", show=False),
        Binding("y", "copy", show=False),
    ]

    def __init__(self, host: str) -> None:
        """Wait for what is found out about `host`."""
        super().__init__()
        self._host = host
        self._command = ""
        self._said = Text("looking, for some seconds ...")

    def compose(self) -> ComposeResult:
        """Make the text."""
        with Vertical():
            yield Static(Text(f"Host {printable(self._host)}", "bold"))
            yield ThemedText(self._said, id="said")

    def tell(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show (what, text) rows; a `command` can be copied."""
        self._command = dict(rows).get("command", "")
        said = Text()
        for what, text in rows:
            # alone in its line, so that a terminal selects it whole
            said.append(f"\n{what}\n" if what == "command" else f"{what:<14} ", "accent")
            said.append(f"{text}\n")
        said.append("\ny copies the command  Esc closes" if self._command else "\nEsc closes")
        self._update(said)

    def fail(self, error: BaseException) -> None:
        """Show why nothing was found out."""
        self._update(Text(f"{printable(str(error))}\n\nEsc closes"))

    def action_copy(self) -> None:
        """Put the command into the terminal's clipboard."""
        if self._command:
            self.app.copy_to_clipboard(self._command)

    def _update(self, said: Text) -> None:
        self._said = said
        if self.is_mounted:
            self.query_one("#said", ThemedText).show(said)
