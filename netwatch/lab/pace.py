"""How fast packets may go out: a steady pace below a hard cap, never a burst."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from netwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_RATE: Final = 100.0
"""Packets a second when the user names no rate."""
RATE_CAP: Final = 1000.0
"""Packets a second that no option can exceed."""


class Pacer:
    """Says when the next packet may go out; after a delay nothing is caught up but `slack` seconds."""

    def __init__(
        self,
        rate: float = DEFAULT_RATE,
        clock: Callable[[], float] = time.monotonic,
        cap: float = RATE_CAP,
        slack: float = 0.0,
    ) -> None:
        """Allow `rate` packets a second; with `slack` the packets of so many late seconds may go at once.

        Raises:
            UsageError: not a positive number, or above `cap`.
        """
        if not 0 < rate < float("inf"):
            raise UsageError(f"the rate must be above 0 packets/s, not {rate:g}")
        if rate > cap:
            raise UsageError(f"the rate may be at most {cap:g} packets/s, not {rate:g}", "that cap is fixed")
        self.rate = rate
        self._slack = slack
        self._clock = clock
        self._next = clock()

    def start(self) -> None:
        """Begin now: what was late before is not caught up."""
        self._next = max(self._next, self._clock())

    def delay(self) -> float:
        """Return the seconds until the next packet may go out, 0 when it may now."""
        return max(self._next - self._clock(), 0.0)

    def went(self) -> None:
        """Note that a packet goes out now."""
        self._next = max(self._next, self._clock() - self._slack) + 1 / self.rate
