"""Drawing no faster than the terminal takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.tui.screens.arranging import ArrangingScreen

if TYPE_CHECKING:
    from netwatch.engine import Engine
    from netwatch.tui.link import TerminalLink
    from netwatch.tui.memory import PaneMemory
    from netwatch.tui.options import ScreenOptions


class PacedScreen(ArrangingScreen):
    """Draws while the terminal has room for it; what changes meanwhile is drawn later, and only as it is then."""

    def __init__(self, engine: Engine, link: TerminalLink, options: ScreenOptions, memory: PaneMemory) -> None:
        """Draw over `link`; the rest is what AskingScreen takes."""
        super().__init__(engine, options, memory)
        self._link = link
        self._late = False
        """Something changed while the terminal was busy."""

    def draw_late(self) -> None:
        """Draw what changed while the terminal was busy, if it is not any more."""
        if self._late:
            self._compositor_refresh()

    def _compositor_refresh(self) -> None:
        """Let nothing be drawn that would only wait in front of the terminal; it stays to be drawn."""
        self._late = not self._link.has_room()
        if not self._late:
            self._link.frame_due()
            super()._compositor_refresh()
            if self.app.screen is not self:
                self._repaint_required = False  # Textual sets it behind a dialog, and would draw again and again
