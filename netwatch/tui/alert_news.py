"""What a user must hear of alerts wherever they look: that there are new ones, and that one is urgent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from textual.screen import Screen

    from netwatch.snapshot import Snapshot


class AlertNews:
    """Compares snapshots for a screen that has a Notice."""

    def __init__(self, screen: Screen[None], *, bell: bool) -> None:
        self._screen = screen
        self.bell = bell
        self._seen = 0
        """Alerts that there were when the pane was last seen."""

    def begin(self) -> None:
        """Forget the capture before."""
        self._seen = 0

    def unseen(self, snapshot: Snapshot, *, shown: bool) -> bool:
        """Return whether there are alerts that came since their pane was `shown`."""
        if shown:
            self._seen = snapshot.alerts_opened
        return snapshot.alerts_opened > self._seen

    def tell(self, before: Snapshot, newest: Snapshot) -> None:
        """Say that something bad is going on."""
        if newest.alerts_urgent > before.alerts_urgent and newest.capture_id == before.capture_id:
            self._screen.query_one(Notice).say(f"{newest.alert_urgent}   6 shows it", "error", seconds=15)
            if self.bell:
                self._screen.app.bell()
