"""Says once, in full, why a recording failed; the status line has room for little more than that it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from textual.screen import Screen

    from netwatch.snapshot import Snapshot


def tell_failure(screen: Screen[None], before: Snapshot, newest: Snapshot) -> None:
    """Say it when the newest snapshot is the first one that tells of it."""
    error = newest.recording.error if newest.recording is not None else ""
    if error and (before.recording is None or before.recording.error != error):
        screen.query_one(Notice).say(f"nothing is recorded any more: {error}", "error", seconds=30)
