"""The screens: Textual lives here and nowhere else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.engine import Engine
    from netwatch.tables.enrichment import Look
    from netwatch.tui.app import NetwatchApp
    from netwatch.tui.enriching import Looker
    from netwatch.tui.options import ScreenOptions


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
    options: ScreenOptions,
    *,
    drawn: Callable[[], None],
    looker: Looker | None = None,
    look: Look | None = None,
    mouse: bool = True,
) -> int:
    """Show the monitor until the user leaves, and return the exit status.

    `drawn` is called when the first screen is on the terminal; `looker` sends what `look` describes, None when nothing
    may.
    """
    app = screen()(engine, options, drawn=drawn, looker=looker, look=look)
    status = app.run(mouse=mouse)
    return status if status is not None else app.return_code or 0
