"""How the screen of the monitor is to be: as the settings say, and as the terminal and the way to it allow."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netwatch.tui.options import ScreenOptions
    from netwatch.verbs.opening import Opened

REFRESH: Final = 15.0
"""Frames a second; more cannot be read."""
REMOTE_REFRESH: Final = 4.0
LOW_REFRESH: Final = 1.0


def screen_options(opened: Opened, notes: Sequence[str]) -> ScreenOptions:
    """Return the options of the screen, which says `notes` first."""
    from netwatch.settings import folders, memory_path
    from netwatch.tui.charset import takes_utf8
    from netwatch.tui.options import ScreenOptions

    utf8 = takes_utf8(os.environ)
    return ScreenOptions(
        save_folder=Path(opened.settings.save_folder or "."),
        save_suffix=f".{opened.settings.save_format}",
        theme=opened.settings.theme,
        glyphs=opened.settings.glyphs if utf8 else "ascii",
        utf8=utf8,
        history_file=folders().user_state_path / "capture-filters",
        memory_file=memory_path(),
        user_themes=folders().user_config_path / "themes",
        refresh=refresh_of(opened, os.environ),
        usual_refresh=usual_refresh(opened, os.environ),
        settings_file=opened.settings_file,
        remember=opened.settings.remember,
        thin=is_thin(opened, os.environ),
        plain=opened.settings.plain_output,
        still=opened.settings.reduced_motion,
        bell=opened.settings.bell,
        notes=notes,
        colors=opened.settings.colors,
        standing=(opened.standing.words, opened.standing.sound),
    )


def refresh_of(opened: Opened, environment: Mapping[str, str]) -> float:
    """Return the frames a second that the user wants."""
    return opened.settings.refresh or usual_refresh(opened, environment)


def usual_refresh(opened: Opened, environment: Mapping[str, str]) -> float:
    """Return as many as can be read; few over SSH, where each is some kilobytes of somebody's link."""
    if opened.settings.low_bandwidth or opened.settings.reduced_motion:
        return LOW_REFRESH
    return REMOTE_REFRESH if _is_remote(opened, environment) else REFRESH


def is_thin(opened: Opened, environment: Mapping[str, str]) -> bool:
    """Return whether only what differs is sent from the start: over SSH, unless the user wants it otherwise."""
    settings = opened.settings
    return not settings.plain_output and (settings.low_bandwidth or _is_remote(opened, environment))


def _is_remote(opened: Opened, environment: Mapping[str, str]) -> bool:
    return "SSH_CONNECTION" in environment or bool(opened.live is not None and opened.live.own_session)
