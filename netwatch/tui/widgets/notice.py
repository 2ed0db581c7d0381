"""A line over the keys for what just happened: a file that was saved, an error, a question that was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rich.text import Text

from netwatch.text import printable
from netwatch.tui.widgets.themed_text import ThemedText

if TYPE_CHECKING:
    from textual.timer import Timer

Severity = Literal["information", "error"]


class Notice(ThemedText):
    """Shows one message at a time, a long one on up to three lines, and forgets it after some seconds.

    It lies over the rows, so none of them moves for it.
    """

    DEFAULT_CSS = """
    Notice { layer: notice; dock: bottom; display: none; background: $surface; padding: 0 1; }
    Notice { height: auto; max-height: 3; }
    Notice.-open { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._timer: Timer | None = None
        self.text = ""
        """What is shown, empty for nothing."""

    def say(self, text: str, severity: Severity = "information", seconds: float = 6) -> None:
        """Show `text` for so many seconds; 0 keeps it until the next one."""
        self.text = printable(text)
        self.show(Text(self.text, "error" if severity == "error" else "accent"))
        self.add_class("-open")
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(seconds, self.forget) if seconds else None

    def forget(self) -> None:
        """Show nothing."""
        self.text = ""
        self.remove_class("-open")
