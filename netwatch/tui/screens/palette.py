"""The command palette, which closes once."""

from __future__ import annotations

from textual.command import CommandPalette

from netwatch.tui.screens.closing import ClosingScreen


class Palette(CommandPalette, ClosingScreen[None]):
    """Textual's own, in which a click and Enter may both choose."""

    def on_mount(self) -> None:
        """Take the colours of another theme: Textual leaves out its own palette when it gives them to all screens."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self.app.stylesheet.update(self))
