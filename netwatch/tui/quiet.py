"""When nothing comes: for how long, whether the cable is in, and where there is traffic instead."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from netwatch.snapshot import CaptureState
from netwatch.text import printable
from netwatch.tui.deliver import deliver

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.screen import Screen

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.snapshot import Interface, Snapshot

PATIENCE: Final = 3.0
"""Seconds without a packet after which there is something to say, and between two looks at the interfaces."""
MOST_NAMED: Final = 3
"""Interfaces with traffic that are named."""


class Quiet:
    """Looks at the other interfaces while a live capture has no packets."""

    def __init__(self, screen: Screen[None], engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._engine = engine
        self._clock = clock
        self._capture = 0
        self._since = clock()
        self._asked_at = 0.0
        self._request: Request[tuple[Interface, ...]] | None = None
        self._before: dict[str, int] = {}
        """Packets that each interface had at the last look."""
        self._now: tuple[Interface, ...] = ()
        self._busy: tuple[str, ...] = ()

    def look(self, snapshot: Snapshot) -> str:
        """Return what to say of the capture now, empty for nothing."""
        now = self._clock()
        if snapshot.capture_id != self._capture or snapshot.history.last:
            self._capture, self._since, self._busy, self._before = snapshot.capture_id, now, (), {}
        waits = snapshot.live and snapshot.state in (CaptureState.LIVE, CaptureState.WAITING)
        if not waits or snapshot.history.last or now - self._since < PATIENCE:
            return ""
        if self._request is None and now - self._asked_at >= PATIENCE:
            self._asked_at = now
            self._request = self._engine.interfaces()
            deliver(self._screen, self._request, self._known, lambda _: self._end())
        return words(snapshot, int(now - self._since), self._now, self._busy)

    def _known(self, found: tuple[Interface, ...]) -> None:
        self._end()
        rose = [one for one in found if one.packets > self._before.get(one.name, one.packets)]
        if self._before:
            self._busy = tuple(one.name for one in sorted(rose, key=lambda one: self._before[one.name] - one.packets))
        self._before = {one.name: one.packets for one in found}
        self._now = found

    def _end(self) -> None:
        self._request = None


def words(snapshot: Snapshot, seconds: int, interfaces: Sequence[Interface], busy: Sequence[str]) -> str:
    """Say that nothing came for `seconds`, why that may be, and where packets are; the names of `busy` have some."""
    said = f"no packets for {seconds} s on {printable(snapshot.source)}"
    ours = {name.strip() for name in snapshot.source.split(",")}
    if snapshot.message:
        said = f"{printable(snapshot.message)}, {seconds} s without packets"
    elif any(one.name in ours and not one.up for one in interfaces):
        said += ": no link, is the cable in?"
    elif snapshot.capture_filter:
        said += " that match the filter: f changes it"
    elsewhere = [printable(name) for name in busy if name not in ours and "any" not in ours][:MOST_NAMED]
    end = "" if said.endswith("?") else "."
    what = f"Traffic exists on {', '.join(elsewhere)}: press i" if elsewhere else "i chooses another interface"
    return f"{said}{end} {what}"
