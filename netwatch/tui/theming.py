"""Choosing colours, and remembering them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.screen import Screen

    from netwatch.tui.memory import PaneMemory


class Theming:
    """Changes the theme for a screen."""

    def __init__(self, screen: Screen[None], memory: PaneMemory) -> None:
        self._screen = screen
        self._memory = memory

    def take(self, name: str) -> None:
        """Draw in theme `name` from now on."""
        self._screen.app.theme = name
        self._memory.keep_theme(name)

    def choose(self) -> None:
        """Ask for a theme, seen while it is chosen."""
        from netwatch.tui.screens.themes import ThemeChooser

        def taken(name: str | None) -> None:
            if name is not None:
                self._memory.keep_theme(name)

        app = self._screen.app
        app.push_screen(ThemeChooser(sorted(app.available_themes), app.theme), taken)
