"""One line on standard error that says how far a verb without a screen is; nothing where nobody looks."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

INTERVAL: Final = 0.5
"""Seconds between two looks of the reader."""
_CLEAR: Final = "\r\x1b[K"


class ProgressLine:
    """Draws over itself on a terminal, and writes nothing at all elsewhere."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._seen = self._stream.isatty()
        self._drawn_at: float | None = None

    def show(self, text: Callable[[], str]) -> None:
        """Show what `text` returns, if the last line has been there for long enough."""
        now = self._clock()
        if not self._seen or (self._drawn_at is not None and now - self._drawn_at < INTERVAL):
            return
        self._drawn_at = now
        self._stream.write(f"{_CLEAR}{text()}")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._drawn_at is not None:
            self._stream.write(_CLEAR)
            self._stream.flush()
            self._drawn_at = None
