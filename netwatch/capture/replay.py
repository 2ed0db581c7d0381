"""Capture files played at the speed at which they were recorded, or at a multiple of it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frame_rows import chosen
from netwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.capture.bpf import CaptureFilter
    from netwatch.capture.file_source import FileSource
    from netwatch.capture.frames import FrameInterface, Frames
    from netwatch.capture.source import FrameArchive, SourceCounters

SLOWEST: Final = 0.001
FASTEST: Final = 1_000_000.0
SECOND: Final = 1_000_000_000


class ReplaySource:
    """Implements Source: hands out each frame when it is due, never before; a frame keeps its recorded time.

    A frame that was recorded before others that were handed out already, because time went back in the file, is due
    at once.
    """

    live = False
    backlog = 0.0

    def __init__(self, files: FileSource, speed: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Play `files` at `speed` times the recorded one.

        Raises:
            UsageError: the speed is not between SLOWEST and FASTEST.
        """
        if not SLOWEST <= speed <= FASTEST:
            raise UsageError(f"--replay takes a speed from {SLOWEST} to {FASTEST:,.0f}, as 1 or 10")
        self._files = files
        self._speed = speed
        self._clock = clock
        self._rung = threading.Event()
        self._waiting: Frames | None = None
        self._began: tuple[float, int] | None = None
        """When the first frame was handed out, and its recorded time."""

    @property
    def name(self) -> str:
        """The file and the speed."""
        return f"{self._files.name} x{self._speed:g}"

    @property
    def interfaces(self) -> tuple[FrameInterface, ...]:
        """See FileSource."""
        return self._files.interfaces

    @property
    def archive(self) -> FrameArchive | None:
        """See FileSource: frames keep their numbers."""
        return self._files.archive

    def read(self, timeout: float) -> Frames | None:
        """Return the frames that are due; see Source."""
        deadline = self._clock() + timeout
        if self._waiting is None:
            self._waiting = self._files.read(timeout)
            if self._waiting is None or not len(self._waiting):
                self._waiting = None
                return None
        frames = self._waiting
        if self._began is None:
            self._began = self._clock(), int(frames.time_ns[0])
        count = self._due(frames)
        if not count:
            began, first_ns = self._began
            due = began + (int(frames.time_ns[0]) - first_ns) / SECOND / self._speed
            self._rung.wait(max(min(due, deadline) - self._clock(), 0.0))
            if self._rung.is_set():
                self._rung.clear()
                return None
            count = self._due(frames)
            if not count:
                return None
        self._waiting = chosen(frames, slice(count, None)) if count < len(frames) else None
        return frames if count == len(frames) else chosen(frames, slice(0, count))

    def wake(self) -> None:
        """See Source."""
        self._rung.set()
        self._files.wake()

    def set_filter(self, capture_filter: CaptureFilter | None) -> None:
        """See FileSource."""
        self._files.set_filter(capture_filter)

    def counters(self) -> SourceCounters:
        """See FileSource; what was read may be a block ahead of what was handed out."""
        return self._files.counters()

    def close(self) -> None:
        """See Source."""
        self._files.close()

    def _due(self, frames: Frames) -> int:
        """Return how many of the first frames are due now."""
        if self._began is None:
            return 0
        began, first_ns = self._began
        now_ns = first_ns + (self._clock() - began) * self._speed * SECOND
        order = np.maximum.accumulate(frames.time_ns)
        return int(np.searchsorted(order, now_ns, side="right"))
