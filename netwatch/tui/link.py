"""Flow control of the terminal link: a frame is drawn only after the terminal has swallowed the one before."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

from netwatch.tui.last_drawn import LastDrawn

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.tui.thin import CountingDriver

CURSOR_POSITION_REQUEST: Final = "\x1b[6n"
"""Device status report (ECMA-48 8.3.35): the terminal answers in the order of what it was sent."""
GIVE_UP: Final = 2.0
"""Seconds after which an unanswered request is taken as lost; some terminals never answer."""
AHEAD: Final = 3
"""Drawings that may be under way after a key: a frame that was, what the key does at once, and the rows it asks for."""
KEY_WINDOW: Final = 0.3
"""Seconds after a key in which what is drawn is taken for its answer."""
SLOW: Final = 15
"""Frames left out within RATE_WINDOW, and at least as many as were drawn, from which on only what differs is sent.

Fewer say nothing: a terminal on a machine that is busy with capturing answers late now and then, and to find out what
differs would take even more from it.
"""
LEAST_SAMPLES: Final = 2
RATE_WINDOW: Final = 3.0
"""Seconds over which the refresh rate is counted."""


class TerminalLink:
    """Asks the terminal for its cursor after a frame and tells whether the answer has come.

    `write` sends to the terminal; None where there is none (tests), which is never waited for.
    """

    def __init__(self, write: Callable[[str], None] | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._due = False
        self._asked_at: deque[float] = deque()
        """When the requests were sent that were not answered yet."""
        self._key_at = -KEY_WINDOW
        self._answers = True
        """False once a request stayed unanswered, until an answer comes after all."""
        self._drawn_at: deque[float] = deque(maxlen=64)
        self._skipped_at: deque[float] = deque(maxlen=64)
        self._expected: deque[tuple[int, int] | None] = deque()
        """Where the cursor should be at each of these requests."""
        self._driver: CountingDriver | None = None
        self._counted: deque[tuple[float, int]] = deque()
        """Moments and the bytes that had been sent by then."""
        self.skipped = 0
        """Frames that were not drawn because the terminal was still busy with an earlier one."""
        self._began_at = 0.0
        self._frames = 0
        self._peak = 0.0
        """Most bytes a second so far."""
        self.mistrusted = False
        """Its cursor was not where it should have been."""

    def connect(self, write: Callable[[str], None], driver: CountingDriver | None = None) -> None:
        """Begin to use a terminal, behind a `driver` that counts bytes and may spare some, if there is one."""
        self._write = write
        self._driver = driver
        self._began_at = self._clock()

    def begin_sparing(self) -> None:
        """Have only what differs sent from now on, by a driver that can."""
        if self._driver is not None:
            self._driver.begin()

    def forget(self) -> None:
        """Have the next drawing sent whole."""
        if self._driver is not None:
            self._driver.forget()

    def measure(self) -> tuple[float, int, int]:
        """Return the bytes a second that went to the terminal in the last seconds, and all that went or was to go."""
        sent, meant = (self._driver.sent, self._driver.meant) if self._driver is not None else (0, 0)
        now = self._clock()
        self._counted.append((now, sent))
        while len(self._counted) > LEAST_SAMPLES and now - self._counted[0][0] > RATE_WINDOW:
            self._counted.popleft()
        begin, before = self._counted[0]
        rate = (sent - before) / max(now - begin, 0.001)
        if now - begin >= RATE_WINDOW / 2:
            self._peak = max(self._peak, rate)
        return rate, sent, meant

    def traffic(self) -> str:
        """Say it, and how much of it was spared since the start."""
        rate, sent, meant = self.measure()
        return f"terminal {rate / 1000:.1f} kB/s, {sent / 1e6:.2f} MB, {1 - sent / max(meant, 1):.0%} spared"

    def drawn(self, columns: int, lines: int) -> LastDrawn | None:
        """Return what went to a terminal of that size since it was connected, None without one that is counted."""
        if self._driver is None:
            return None
        return LastDrawn(
            seconds=self._clock() - self._began_at,
            sent=self._driver.sent,
            meant=self._driver.meant,
            peak=self._peak,
            frames=self._frames,
            skipped=self.skipped,
            columns=columns,
            lines=lines,
            mistrusted=self.mistrusted,
        )

    def ready(self) -> bool:
        """Return whether a frame may be drawn now, and count it as skipped if not."""
        if self._under_way() == 0:
            return True
        self.skipped += 1
        self._skipped_at.append(self._clock())
        drawn, skipped = self._lately()
        if skipped >= max(SLOW, drawn):
            self.begin_sparing()
        return False

    def has_room(self) -> bool:
        """Return whether something that changed may be drawn now: a little ahead of the terminal after a key."""
        pressed = self._clock() - self._key_at < KEY_WINDOW
        return self._under_way() < (AHEAD if pressed else 1)

    def pressed(self) -> None:
        """Note that the user pressed a key or used the mouse, and wants to see what that does."""
        self._key_at = self._clock()

    def _under_way(self) -> int:
        """Return how many drawings the terminal has not swallowed yet."""
        if self._asked_at and self._clock() - self._asked_at[0] >= GIVE_UP:
            # A terminal that does not know the request would be drawn once in GIVE_UP seconds for ever
            self._answers = False
            self.forget_requests()
        return len(self._asked_at)

    def slow_rate(self) -> float | None:
        """Return the frames that were really drawn a second, None while most are."""
        drawn, skipped = self._lately()
        return drawn / RATE_WINDOW if skipped and skipped >= drawn else None

    def _lately(self) -> tuple[int, int]:
        """Return the frames of the last RATE_WINDOW seconds that were drawn and those that were left out."""
        since = self._clock() - RATE_WINDOW
        return sum(at > since for at in self._drawn_at), sum(at > since for at in self._skipped_at)

    def frame_due(self) -> None:
        """Note that what is written next to the terminal is a new frame."""
        self._due = True

    def written(self) -> None:
        """Ask for the cursor behind what was just written, if it is a new frame."""
        if self._write is None or not self._due:
            return
        self._due = False
        self._drawn_at.append(self._clock())
        self._frames += 1
        if self._answers:
            self._asked_at.append(self._clock())
            self._expected.append(self._driver.cursor() if self._driver is not None else None)
            self._write(CURSOR_POSITION_REQUEST)

    def answered(self, line: int = 0, column: int = 0) -> bool:
        """Note that the terminal has read everything up to the oldest request, and where its cursor was, from 1.

        Return whether that shows that it does not draw as expected, so that everything has to be drawn anew.
        """
        self._answers = True
        if not self._asked_at:
            return False
        self._asked_at.popleft()
        expected = self._expected.popleft()
        wrong = line > 0 and self._driver is not None and self._driver.check(expected, line, column)
        self.mistrusted |= wrong
        return wrong

    def forget_requests(self) -> None:
        """Wait for no answer: what was asked before the program was stopped stays unanswered."""
        self._asked_at.clear()
        self._expected.clear()
