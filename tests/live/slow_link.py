"""A monitor behind a slow link: bytes come at a bounded rate, and everything is late in both directions."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from tests.live.monitor import Monitor

RATE = 20_000
"""Bytes a second."""
DELAY = 0.2
"""Seconds that anything is under way, in each direction."""
BURST = RATE // 20
"""Bytes that the link takes at once."""


class SlowMonitor(Monitor):
    """What the program writes is taken from its terminal no faster than the link carries it; the rest waits there."""

    def __init__(self, *words: Any, **options: Any) -> None:
        """Start it; nothing is under way."""
        super().__init__(*words, **options)
        self.taken = 0
        """Bytes that the link has taken."""
        self.reached = 0
        """How many that were when the last key reached the program."""
        self._down: deque[tuple[float, bytes]] = deque()
        self._up: deque[tuple[float, bytes]] = deque()
        self._free_at = 0.0

    def type(self, keys: str) -> None:
        """Press keys, and wait until they reach the program."""
        self._up.append((time.monotonic() + DELAY, keys.encode()))
        while self._up:
            self.read()
        self.reached = self.taken

    def read(self, seconds: float = 0.01) -> bytes:
        """Let the link go on for some time; return what arrived."""
        end, arrived = time.monotonic() + seconds, b""
        while True:
            now = time.monotonic()
            while self._up and self._up[0][0] <= now:
                self.send(self._up.popleft()[1])
            if now >= self._free_at and (data := self.take(0, BURST)):
                self.taken += len(data)
                self._free_at = max(self._free_at, now - DELAY) + len(data) / RATE
                self._down.append((now + DELAY, data))
            while self._down and self._down[0][0] <= now:
                data = self._down.popleft()[1]
                arrived += data
                self._up.append((now + DELAY, self.see(data)))
            if now >= end:
                return arrived
            time.sleep(0.002)
