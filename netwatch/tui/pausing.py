"""Whether the view is paused or has left the tail, and how far capture has gone on since."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netwatch.engine import Engine
    from netwatch.snapshot import History
    from netwatch.tui.panes.packets import PacketsPane


class Pausing:
    """Freezes what the packets pane shows; capture is not touched."""

    def __init__(self, engine: Engine, packets: PacketsPane) -> None:
        self._engine = engine
        self._packets = packets
        self._held: History | None = None
        self._left_tail_at = 0
        """Packets that there were when the table left the tail, 0 while it follows."""

    @property
    def paused(self) -> bool:
        """True while what is seen does not change."""
        return self._held is not None

    def pause(self) -> None:
        """Freeze what is seen."""
        self._held = self._engine.hold()
        self._left_tail_at = self._held.last
        self._packets.freeze(self._held.readable, self._held.last)

    def go_on(self) -> None:
        """Let what is seen change again."""
        self._held = None
        self._engine.release()

    def begin(self) -> None:
        """Forget the capture before."""
        self._held = None
        self._left_tail_at = 0

    def moved(self, newest: int) -> None:
        """Remember where the table left the tail, `newest` being the last packet there is."""
        self._left_tail_at = 0 if self._packets.table.following else self._left_tail_at or newest

    def behind(self, newest: int) -> int:
        """Return how many packets came since the view stands still."""
        since = self._held.last if self._held is not None else self._left_tail_at or newest
        return max(newest - since, 0)
