"""Settings while the monitor runs: taken over when the file changes or a setting is changed on the screen."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import NetwatchError
from netwatch.settings import Settings
from netwatch.text import printable
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from netwatch.config.settings_file import SettingsFile
    from netwatch.tui.keymap import Keymap
    from netwatch.tui.screens.monitor import MonitorScreen

AT_ONCE: Final = frozenset({"theme", "refresh", "glyphs", "save_format", "save_folder", "bell", "remember", "keys"})
"""Settings that hold without a new start."""
LOOK_INTERVAL: Final = 1.0
"""Seconds between two looks at the file."""


class Adopting:
    """Serves the monitor screen."""

    def __init__(self, monitor: MonitorScreen, keys: Keymap, file: SettingsFile | None, usual_refresh: float) -> None:
        """Without a `file` nothing changes; where it says nothing there are at most `usual_refresh` frames a second."""
        self._monitor = monitor
        self._keys = keys
        self._file = file
        self._usual_refresh = usual_refresh

    def begin(self) -> None:
        """Take the user's keys, and look at the file from now on."""
        if self._file is not None:
            self._take_keys(self._file.settings)
            self._monitor.set_interval(LOOK_INTERVAL, self.look)

    def look(self) -> None:
        """Read the file again if somebody wrote it."""
        if self._file is None or not self._file.changed():
            return
        try:
            self._reload()
        except NetwatchError as error:
            self._say(str(error).replace(printable(str(self._file.path)), self._file.path.name), error=True)

    def show(self) -> None:
        """Open the screen of settings."""
        if self._file is None:
            self._say("there is no settings file behind this screen")
            return
        from netwatch.tui.screens.settings import SettingsScreen

        app = self._monitor.app
        app.push_screen(SettingsScreen(self._file, self._write, self._reload, sorted(app.available_themes), AT_ONCE))

    def _write(self, name: str, value: Any) -> None:
        if self._file is not None:
            before = self._file.settings
            self._take(before, self._file.write(name, value))

    def _reload(self) -> None:
        if self._file is None:
            return
        before = self._file.settings
        if self._take(before, self._file.reload()):
            later = [name for name in _differing(before, self._file.settings) if name not in AT_ONCE]
            self._say(f"settings read again{'; from the next start: ' if later else ''}{', '.join(later)}")

    def _take(self, before: Settings, now: Settings) -> bool:
        """Let what differs hold; return False when something of it cannot, which is said."""
        differs = _differing(before, now)
        done = "keys" not in differs or self._take_keys(now)
        if "theme" in differs and now.theme:
            if now.theme in self._monitor.app.available_themes:
                self._monitor.app.theme = now.theme
            else:
                self._say(f"{self._place('theme')}no theme {printable(now.theme, 40)}", error=True)
                done = False
        if AT_ONCE.intersection(differs):
            self._monitor.adopt(now, now.refresh or self._usual_refresh)
        return done

    def _take_keys(self, now: Settings) -> bool:
        problems = self._keys.take(now.keys, lambda name: self._place("keys", name))
        if problems:
            self._say("; ".join(problems), error=True)
            return False
        self._monitor.app.set_keymap(self._keys.changed())
        return True

    def _place(self, *names: str) -> str:
        """Return where the file gives a setting, without its folder: there is one file only."""
        if self._file is None:
            return ""
        return self._file.place(*names).replace(printable(str(self._file.path)), self._file.path.name)

    def _say(self, said: str, *, error: bool = False) -> None:
        self._monitor.query_one(Notice).say(said, "error" if error else "information", seconds=15 if error else 6)


def _differing(before: Settings, now: Settings) -> list[str]:
    """Return the settings that are not the same."""
    return [item.name for item in fields(Settings) if getattr(before, item.name) != getattr(now, item.name)]
