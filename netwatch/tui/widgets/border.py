"""The border between two panes: one line that the mouse can take hold of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.message import Message

from netwatch.tui.widgets.plain_static import PlainStatic

if TYPE_CHECKING:
    from textual import events


class Border(PlainStatic):
    """Tells the screen to which line it is drawn."""

    DEFAULT_CSS = "Border { height: 1; background: $surface; display: none; } Border.-open { display: block; }"

    class Moved(Message):
        """It was drawn to a line of the screen."""

        def __init__(self, line: int) -> None:
            super().__init__()
            self.line = line

    def __init__(self, hint: str) -> None:
        """Say how else it is moved."""
        super().__init__(markup=False)
        self._hint = hint

    def render(self) -> Text:
        """Draw the line with the hint on it."""
        color = self.app.theme_variables.get("dim", "default").split(" ")[0]
        return Text(f"-- {self._hint} ".ljust(self.size.width, "-"), color, no_wrap=True)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of it."""
        event.stop()
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Draw it along."""
        if self.app.mouse_captured is self:
            self.post_message(self.Moved(event.screen_y))

    def on_mouse_up(self) -> None:
        """Let it go."""
        self.release_mouse()
