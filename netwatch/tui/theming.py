"""Colours: offering themes, choosing one, and remembering it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.text import printable
from netwatch.tui.theme import load_themes

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

    from netwatch.tui.memory import PaneMemory
    from netwatch.tui.options import ScreenOptions

USUAL: Final = "netwatch-dark"


def offer_themes(app: App[Any], options: ScreenOptions, remembered: str) -> list[str]:
    """Give `app` our themes and the user's, and draw in the one that is wanted; return what went wrong."""
    themes, problems = load_themes(options.user_themes)
    for loaded in themes:
        app.register_theme(loaded)
    wanted = options.theme or remembered or USUAL
    if wanted in app.available_themes:
        app.theme = wanted
    else:
        known = ", ".join(found.name for found in themes)
        problems.append(f"{_place(options)}no theme {printable(wanted, 40)}; there are {known}")
        app.theme = USUAL if USUAL in app.available_themes else "textual-dark"
    # Textual's own themes know nothing of our colours
    for name in {*app.available_themes} - {found.name for found in themes} - {app.theme}:
        app.unregister_theme(name)
    return problems


def _place(options: ScreenOptions) -> str:
    """Return where in the settings file the theme is asked for, empty when it is asked for elsewhere."""
    file = options.settings_file if options.theme else None
    return file.place("theme") if file is not None and "theme" not in file.overridden else ""


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
