"""What is shown while the terminal is too small to show anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Static

from netwatch.tui.screens.closing import Dialog

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.geometry import Size

LEAST_WIDTH: Final = 80
LEAST_HEIGHT: Final = 24


def is_too_small(size: Size) -> bool:
    """Return whether the screens do not fit."""
    return size.width < LEAST_WIDTH or size.height < LEAST_HEIGHT


class TooSmallScreen(Dialog[None]):
    """Leaves by itself once the terminal is large enough."""

    DEFAULT_CSS = "TooSmallScreen { background: $background; } TooSmallScreen Static { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,ctrl+c,ctrl+q", "app.quit", "Quit")]

    def compose(self) -> ComposeResult:
        """Make the notice."""
        yield Static(self._text(self.app.size))

    def on_resize(self, event: events.Resize) -> None:
        """Update the notice, or leave."""
        if is_too_small(event.size):
            self.query_one(Static).update(self._text(event.size))
        else:
            self.dismiss()

    def on_screen_resume(self) -> None:
        """Leave now if the terminal grew while something else was on top."""
        if not is_too_small(self.app.size):
            self.dismiss()

    def _text(self, size: Size) -> Text:
        needed, present = f"{LEAST_WIDTH}x{LEAST_HEIGHT}", f"{size.width}x{size.height}"
        return Text(f"netwatch needs\n{needed}, this\nis {present}.\nq quits")
