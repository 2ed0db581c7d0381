"""FlightRecorder: saves the packets before and after an alert by itself, so that nobody has to be there in time."""

from __future__ import annotations

import os
import queue
import re
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.save import save
from netwatch.errors import NetwatchError
from netwatch.nanoseconds import SECOND
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from netwatch.capture.frames import FrameInterface
    from netwatch.decode.batch import PacketBatch
    from netwatch.snapshot import Saved
    from netwatch.tables.alerts import Alert

MOST_WAITING: Final = 2
"""Files that wait for a slow disk; alerts that come meanwhile are counted in `skipped`."""
CLOSING: Final = 10.0
"""Seconds that the last file gets."""


@dataclass(frozen=True, slots=True)
class Flight:
    """What is saved, and how much of it."""

    severity: int
    """The least one of an alert, as in Alert."""
    folder: str
    before_s: float = 30.0
    after_s: float = 10.0
    """Packet time around the moment of the alert."""
    pause_s: float = 60.0
    """Packet time from one file to the next; an alert within it saves nothing unless it is graver than the one before:
    it is often in the file anyway."""
    most_bytes: int = 64 << 20
    """Of packets in one file: the oldest ones before the alert are left out, then the newest ones after it."""
    most_files: int = 20
    """Of one run; the oldest is removed for the next one."""


@dataclass(slots=True, eq=False)
class _Running:
    """A file that waits for its last packets."""

    alert: Alert
    batches: list[PacketBatch]
    bytes: int
    interfaces: Sequence[FrameInterface]


class FlightRecorder:
    """Fed by the thread of a session; a thread of its own writes. Several sessions may use it one after another."""

    def __init__(self, flight: Flight) -> None:
        """Begin to wait for alerts."""
        self.saved: deque[Saved] = deque()
        """The files that are there, the oldest first."""
        self.problems: list[str] = []
        """Why files could not be written, printable."""
        self.skipped = 0
        """Alerts whose packets were not saved because the disk was too slow."""
        self._flight = flight
        self._known: deque[tuple[int, int]] = deque(maxlen=1000)
        self._running: _Running | None = None
        self._rests_until_ns = 0
        self._rests_after = 0
        """Severity of the alert of the newest file."""
        self._work: queue.Queue[_Running | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._write_all, name="flight recorder", daemon=True)
        self._thread.start()

    def add(self, batch: PacketBatch) -> None:
        """Take the newest batch, whatever it holds."""
        running = self._running
        if running is None:
            return
        if running.bytes + _size(batch) > self._flight.most_bytes:
            self.finish()
            return
        running.batches.append(batch)
        running.bytes += _size(batch)
        self.pass_time(_last_ns(batch))

    def tell(self, alerts: Iterable[Alert], held: Sequence[PacketBatch], interfaces: Sequence[FrameInterface]) -> None:
        """Take the alerts that had news; `held` is the buffer."""
        for alert in alerts:
            running = self._running
            if (running is None or alert.severity > running.alert.severity) and self._is_wanted(alert):
                self.finish()
                self._running = self._begun(alert, held, interfaces)
                self.pass_time(_last_ns(held[-1]) if held else 0)

    def pass_time(self, now_ns: int) -> None:
        """Let time pass, with packets or without."""
        if self._running is not None and now_ns >= self._end_ns(self._running):
            self.finish()

    def finish(self) -> None:
        """Save what there is: the file has all its packets, or no more will come."""
        running, self._running = self._running, None
        if running is None:
            return
        try:
            self._work.put_nowait(running)
        except queue.Full:
            self.skipped += 1

    def close(self) -> None:
        """Wait for the last file, but not for ever."""
        self.finish()
        try:
            self._work.put(None, timeout=CLOSING)
        except queue.Full:
            return
        self._thread.join(CLOSING)

    def _is_wanted(self, alert: Alert) -> bool:
        if alert.severity < self._flight.severity or alert.muted or alert.inhibited_by:
            return False
        episode = alert.serial, alert.episodes
        rests = alert.last_ns < self._rests_until_ns and alert.severity <= self._rests_after
        if episode in self._known or rests:
            return False
        self._known.append(episode)
        self._rests_after = alert.severity
        self._rests_until_ns = alert.last_ns + round(self._flight.pause_s * SECOND)
        return True

    def _begun(self, alert: Alert, held: Sequence[PacketBatch], interfaces: Sequence[FrameInterface]) -> _Running:
        """Return the beginning of a file: what is held of the seconds before the alert, and after it already."""
        begin_ns = alert.last_ns - round(self._flight.before_s * SECOND)
        running = _Running(alert, [], 0, interfaces)
        for batch in reversed(held):
            if _last_ns(batch) < begin_ns or running.bytes + _size(batch) > self._flight.most_bytes:
                break
            running.batches.append(batch)
            running.bytes += _size(batch)
        running.batches.reverse()
        return running

    def _end_ns(self, running: _Running) -> int:
        return running.alert.last_ns + round(self._flight.after_s * SECOND)

    def _write_all(self) -> None:
        while (running := self._work.get()) is not None:
            try:
                self._write(running)
            except (NetwatchError, OSError) as error:
                self.problems.append(f"the packets of an alert were not saved: {printable(str(error), 200)}")

    def _write(self, running: _Running) -> None:
        flight, alert = self._flight, running.alert
        begin_ns, end_ns = alert.last_ns - round(flight.before_s * SECOND), self._end_ns(running)
        while len(self.saved) >= flight.most_files:
            os.unlink(self.saved[0].path)
            self.saved.popleft()
        rows = ((batch.frames, _within(batch, begin_ns, end_ns)) for batch in running.batches)
        comment = f"{alert.word} alert {alert.rule}: {alert.summary}"
        self.saved.append(save(self._path(alert), rows, running.interfaces, comment=comment))

    def _path(self, alert: Alert) -> str:
        when = datetime.fromtimestamp(alert.last_ns / SECOND, UTC)
        rule = re.sub(r"[^a-z0-9._]", "-", alert.rule.lower())
        stem = os.path.join(self._flight.folder, f"netwatch-{when:%Y%m%d-%H%M%S}-{rule}")
        path, number = f"{stem}.pcapng", 1
        while os.path.lexists(path):
            number += 1
            path = f"{stem}-{number}.pcapng"
        return path


def _last_ns(batch: PacketBatch) -> int:
    return int(batch.frames.time_ns[-1])


def _size(batch: PacketBatch) -> int:
    return int(batch.frames.captured.sum(dtype=np.int64))


def _within(batch: PacketBatch, begin_ns: int, end_ns: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    times = batch.frames.time_ns
    return np.flatnonzero((times >= begin_ns) & (times <= end_ns))
