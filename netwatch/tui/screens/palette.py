"""The command palette, which closes once."""

from __future__ import annotations

from textual.command import CommandPalette

from netwatch.tui.screens.closing import ClosingScreen


class Palette(CommandPalette, ClosingScreen[None]):
    """Textual's own, in which a click and Enter may both choose."""
