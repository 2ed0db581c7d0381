"""The screens: Textual lives here and nowhere else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from netwatch.engine import Engine
    from netwatch.settings_file import SettingsFile
    from netwatch.tables.enrichment import Look
    from netwatch.tui.app import NetwatchApp
    from netwatch.tui.enriching import Looker


def screen() -> type[NetwatchApp]:
    """Import the screen, half of the time of a start; any thread may do it ahead of `run`."""
    # Textual reads these once, when it is imported: timers of 60 Hz alone make a key wait 17 ms
    os.environ.setdefault("TEXTUAL_FPS", "240")
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ.setdefault("ESCDELAY", "25")
    from netwatch.tui.app import NetwatchApp

    return NetwatchApp


def run(
    engine: Engine,
    *,
    theme: str,
    glyphs: str,
    save_folder: Path,
    save_suffix: str,
    history_file: Path | None,
    memory_file: Path | None,
    user_themes: Path | None,
    ask_interface: bool,
    refresh: float,
    usual_refresh: float,
    settings_file: SettingsFile | None,
    remember: bool,
    bell: bool,
    notes: Sequence[str],
    colors: Mapping[str, str],
    standing: tuple[str, bool],
    drawn: Callable[[], None],
    looker: Looker | None = None,
    look: Look | None = None,
    mouse: bool = True,
) -> int:
    """Show the monitor until the user leaves, and return the exit status.

    `theme` is the name of a theme; `glyphs` is braille, block or ascii; snapshots go to `save_folder` with
    `save_suffix`; applied filters are remembered in `history_file`, columns and orders of tables in `memory_file`; the
    screen is drawn `refresh` times a second at most, besides for keys, and `usual_refresh` times when `settings_file`
    says nothing any more; it begins at the pane of the last run if it is to `remember`; `notes` are told once at the
    start, `standing` always: with what rights netwatch runs, and whether that is as it should be; rows of packets have
    the `colors` of the display filters that they pass; `drawn` is called when the first screen is on the terminal;
    `looker` sends what `look` describes, None when nothing may.
    """
    app = screen()(
        engine,
        theme=theme,
        glyphs=glyphs,
        save_folder=save_folder,
        save_suffix=save_suffix,
        history_file=history_file,
        memory_file=memory_file,
        user_themes=user_themes,
        ask_interface=ask_interface,
        refresh=refresh,
        usual_refresh=usual_refresh,
        settings_file=settings_file,
        remember=remember,
        bell=bell,
        notes=notes,
        colors=colors,
        standing=standing,
        drawn=drawn,
        looker=looker,
        look=look,
    )
    status = app.run(mouse=mouse)
    return status if status is not None else app.return_code or 0
