"""Snapshots: the buffer becomes a capture file in the user's folder; the notice line tells how that goes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.plural import counted
from netwatch.tui import format as text
from netwatch.tui.deliver import deliver
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.timer import Timer

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.snapshot import Saved
    from netwatch.tables.selection import PacketFilter

MOST_NAMES: Final = 1000
"""Snapshots of one second that get a number each."""
PROGRESS_INTERVAL: Final = 0.2
"""Seconds between two looks at how far a long save has come."""


class Saving:
    """Saves one snapshot at a time for a screen that has a Notice."""

    def __init__(self, screen: Screen[None], engine: Engine, folder: Path, suffix: str) -> None:
        self._screen = screen
        self._engine = engine
        self._folder = folder
        self._suffix = suffix
        self._request: Request[Saved] | None = None
        self._timer: Timer | None = None

    def begin(self, folder: Path, suffix: str) -> None:
        """Save elsewhere, or in another format, from now on."""
        self._folder, self._suffix = folder, suffix

    def start(
        self,
        capture_filter: str,
        only: PacketFilter | None = None,
        name: str = "",
        *,
        overwrite: bool = False,
        whole_flows: bool = False,
    ) -> None:
        """Save the buffer, or what of it passes `only`, as `name`, or under a name made of date and time.

        `capture_filter` is what the packets have passed. A file that exists is only replaced with `overwrite`. With
        `whole_flows` every packet of the flows of what is shown is saved.
        """
        if self._request is not None:
            self._say("a snapshot is being saved already; Esc ends it")
            return
        commented = bool(self._engine.annotations().comments)
        # a pcap file has no room for comments
        suffix = ".pcapng" if commented else self._suffix
        path = free_name(self._folder, datetime.now().astimezone(), suffix)
        if name:
            path = self._folder / Path(name).expanduser()
        self._request = self._engine.save(path, overwrite=overwrite, only=only, whole_flows=whole_flows)
        self._say(f"saving {path}", seconds=0)
        which = " (what passed the capture filter)" if capture_filter else ""
        which += " with comments" if commented and path.suffix == ".pcapng" else ""
        self._timer = self._screen.set_interval(PROGRESS_INTERVAL, lambda: self._progress(path))
        deliver(self._screen, self._request, lambda saved: self._saved(saved, which), self._failed)

    def cancel(self) -> bool:
        """End a running save, which leaves no file; return False when there is none."""
        if self._request is None:
            return False
        self._request.cancel()
        self._end()
        self._say("the snapshot was not saved")
        return True

    def _progress(self, path: Path) -> None:
        if self._request is not None and self._request.progress is not None:
            self._say(f"saving {path}  {self._request.progress:.0%}  Esc ends it", seconds=0)

    def _saved(self, saved: Saved, which: str) -> None:
        self._end()
        only = f" (only {saved.only})" if saved.only else ""
        count, size = counted(saved.packets, "packets"), text.size(saved.bytes)
        self._say(f"saved {count}{only}{which}, {size}, to {saved.path}", seconds=15)

    def _failed(self, error: BaseException) -> None:
        self._end()
        self._screen.query_one(Notice).say(str(error), "error", seconds=15)

    def _end(self) -> None:
        self._request = None
        if self._timer is not None:
            self._timer.stop()

    def _say(self, said: str, seconds: float = 6) -> None:
        self._screen.query_one(Notice).say(said, seconds=seconds)


def free_name(folder: Path, now: datetime, suffix: str, what: str = "capture") -> Path:
    """Return `<what>_<date>_<time><suffix>`, with a number behind when that exists already."""
    stem = f"{what}_{now:%Y%m%d_%H%M%S}"
    path = folder / f"{stem}{suffix}"
    for number in range(2, MOST_NAMES):
        if not path.exists():
            break
        path = folder / f"{stem}_{number}{suffix}"
    return path
