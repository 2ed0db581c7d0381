"""ScreenOptions: how the user wants the screen to look and to begin, and where it keeps things."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from netwatch.config.settings_file import SettingsFile


@dataclass(frozen=True, slots=True)
class ScreenOptions:
    """As they are when the screen begins."""

    save_folder: Path
    """Where snapshots go."""
    save_suffix: str = ".pcap"
    theme: str = ""
    """The name of a theme, empty for the one that was chosen last."""
    glyphs: str = "braille"
    """braille, block or ascii."""
    history_file: Path | None = None
    """Remembers filters that were applied."""
    memory_file: Path | None = None
    """Remembers columns and orders of tables, the theme and the pane."""
    user_themes: Path | None = None
    """A folder with themes of the user's own."""
    refresh: float = 15
    """Frames a second at most, besides those for keys."""
    usual_refresh: float = 15
    """The same when `settings_file` says nothing any more."""
    settings_file: SettingsFile | None = None
    remember: bool = True
    """Begin at the pane of the last run."""
    thin: bool = False
    """Send only the cells that differ to the terminal from the start, not only once it is known to be slow."""
    utf8: bool = True
    """The terminal takes other characters than ASCII."""
    plain: bool = False
    """Never do that."""
    still: bool = False
    """Nothing runs along the screen or blinks."""
    bell: bool = True
    notes: Sequence[str] = ()
    """What is told once at the start."""
    colors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Of rows of packets, by the display filters that they pass."""
    standing: tuple[str, bool] = ("", True)
    """What is told always: with what rights netwatch runs, and whether that is as it should be."""
