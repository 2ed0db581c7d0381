"""Capture files played at the speed at which they were recorded, or at a multiple of it: held, stepped, jumped in."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frame_rows import chosen, compacted
from netwatch.errors import CaptureError, UsageError
from netwatch.nanoseconds import SECOND
from netwatch.snapshot import Replay

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.capture.bpf import CaptureFilter
    from netwatch.capture.file_source import FileSource
    from netwatch.capture.frames import FrameInterface, Frames
    from netwatch.capture.source import FrameArchive, SourceCounters

SLOWEST: Final = 0.001
FASTEST: Final = 1_000_000.0


class ReplaySource:
    """Implements Source: hands out each frame when it is due, never before; a frame keeps its recorded time.

    A frame that was recorded before others that were handed out already, because time went back in the file, is due
    at once. The thread that reads also holds, steps and jumps.
    """

    live = False
    backlog = 0.0

    def __init__(
        self,
        opened: Callable[[], FileSource],
        speed: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        once: bool = False,
    ) -> None:
        """Play what `opened` opens at `speed` times the recorded one; with `once` it cannot be opened again.

        Raises:
            UsageError: the speed is not between SLOWEST and FASTEST.
            FileError: see FileSource.
        """
        if not SLOWEST <= speed <= FASTEST:
            raise UsageError(f"--replay takes a speed from {SLOWEST} to {FASTEST:,.0f}, as 1 or 10")
        self._opened = opened
        self._once = once
        self._files = opened()
        self._speed = speed
        self._clock = clock
        self._rung = threading.Event()
        self._waiting: Frames | None = None
        self._mark: tuple[float, int] | None = None
        """A moment of the clock and the recorded time that belongs to it; None before the first frame."""
        self._held = False
        self._given = 0
        """Frames that were handed out."""
        self._last_ns = 0
        """The latest recorded time of these."""
        self._owed = 0
        """Frames that are to be handed out whether they are due or not."""
        self._stepping = False
        """Held, and only what is owed comes: one step must not give away all frames of the same time."""
        self._jump_ns: int | None = None
        """Recorded time to begin at, before the first frame was read."""

    @property
    def name(self) -> str:
        """See FileSource."""
        return self._files.name

    @property
    def interfaces(self) -> tuple[FrameInterface, ...]:
        """See FileSource."""
        return self._files.interfaces

    @property
    def archive(self) -> FrameArchive | None:
        """See FileSource: frames keep their numbers."""
        return self._files.archive

    @property
    def speed(self) -> float:
        """Recorded seconds a second."""
        return self._speed

    @property
    def held(self) -> bool:
        """True while no time passes in the replay."""
        return self._held

    @property
    def given(self) -> int:
        """Frames that were handed out; the number of the last."""
        return self._given

    @property
    def now_ns(self) -> int:
        """Recorded time that the replay has come to; 0 before the first frame."""
        if self._mark is None:
            return 0
        moment, recorded = self._mark
        return recorded if self._held else recorded + int((self._clock() - moment) * self._speed * SECOND)

    def read(self, timeout: float) -> Frames | None:
        """Return the frames that are due; see Source."""
        deadline = self._clock() + timeout
        if self._waiting is None:
            self._waiting = self._files.read(timeout)
            if self._waiting is None or not len(self._waiting):
                self._waiting = None
                return None
        frames = self._waiting
        if self._mark is None:
            first_ns = int(frames.time_ns[0])
            self._mark = self._clock(), max(first_ns, self._jump_ns or first_ns)
        count = self._due(frames) or self._wait(frames, deadline)
        if not count:
            return None
        self._waiting = chosen(frames, slice(count, None)) if count < len(frames) else None
        due = compacted(frames if count == len(frames) else chosen(frames, slice(0, count)))
        self._given += count
        self._last_ns = max(self._last_ns, int(due.time_ns.max()))
        if self._owed:
            self._owed = max(self._owed - count, 0)
            self._go_to(max(self.now_ns, self._last_ns))
        return due

    def hold(self, *, held: bool) -> None:
        """Let no time pass in the replay, or let it pass again."""
        self._go_to(self.now_ns)
        self._held = held
        self._stepping = False

    def set_speed(self, speed: float) -> None:
        """Go on at another speed, which is brought between SLOWEST and FASTEST."""
        self._go_to(self.now_ns)
        self._speed = min(max(speed, SLOWEST), FASTEST)

    def step(self, frames: int) -> None:
        """Hand out the next `frames` frames at once and go on from the time of the last."""
        self._owed += frames
        self._stepping = self._held

    def jump(self, time_ns: int) -> None:
        """Go on from a recorded time that is still to come; all frames before it are due at once."""
        self._jump_ns = time_ns
        self._stepping = False
        self._go_to(max(self.now_ns, time_ns))

    def again(self) -> ReplaySource:
        """Return a replay of the same files from their beginning, as fast and held as this one.

        Raises:
            CaptureError: they cannot be read again.
            FileError: see FileSource.
        """
        if self._once:
            raise CaptureError("a replay of standard input cannot go back")
        fresh = ReplaySource(self._opened, self._speed, self._clock)
        fresh.hold(held=self._held)
        return fresh

    def wake(self) -> None:
        """See Source."""
        self._rung.set()
        self._files.wake()

    def set_filter(self, capture_filter: CaptureFilter | None) -> None:
        """See FileSource."""
        self._files.set_filter(capture_filter)

    def counters(self) -> SourceCounters:
        """See FileSource; what was read may be a block ahead of what was handed out."""
        return replace(self._files.counters(), replay=Replay(self._speed, self._held, self.now_ns))

    def rest(self) -> tuple[()]:
        """See Source; nothing comes of itself."""
        return ()

    def close(self) -> None:
        """See Source. The place is the last frame, wherever a jump wanted to go."""
        self.hold(held=True)
        self._go_to(min(self.now_ns, self._last_ns))
        self._files.close()

    def _go_to(self, time_ns: int) -> None:
        if self._mark is not None:
            self._mark = self._clock(), time_ns

    def _wait(self, frames: Frames, deadline: float) -> int:
        """Wait for the first frame to be due, at most until `deadline`; return how many are then."""
        left = deadline - self._clock()
        if not self._held:
            left = min(left, (int(frames.time_ns[0]) - self.now_ns) / SECOND / self._speed)
        self._rung.wait(max(left, 0.0))
        if self._rung.is_set():
            self._rung.clear()
            return 0
        return self._due(frames)

    def _due(self, frames: Frames) -> int:
        """Return how many of the first frames are due now."""
        passed = 0
        if not self._stepping:
            order = np.maximum.accumulate(frames.time_ns)
            passed = int(np.searchsorted(order, self.now_ns, side="right"))
        return min(max(passed, self._owed), len(frames))
