"""A cable between two namespaces that delays frames, loses some or holds them back; both ends are called v0.

`python -m tests.live.wire ONE TWO` takes commands on standard input, each answered by a line of JSON with the counts:
`delay S`: frames from TWO to ONE arrive S seconds later. `lose N`: every Nth frame with more than LONG bytes from ONE
to TWO is lost. `hold`, `release`: nothing arrives in between. `state`. It ends with its input.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from heapq import heappop, heappush
from typing import Any

from tests.live.tap import LARGEST, open_tap

LONG = 1000
"""Bytes; longer frames are data of a bulk transfer, not its control connection."""


class Wire:
    """Two ends, each with what is to be delivered there."""

    def __init__(self, one: int, two: int) -> None:
        self.ends = (one, two)
        self.delay = 0.0
        self.period = 0
        self.holding = False
        self.long = self.lost = 0
        self.number = 0
        self.waiting: list[tuple[float, int, int, bytes]] = []
        """Heap of (when due, number, end it goes to, frame)."""

    def obey(self, command: str, value: str) -> dict[str, Any]:
        """Carry out a command and return the counts: `waiting` for each end that frames go to."""
        if command == "delay":
            self.delay = float(value)
        elif command == "lose":
            self.period, self.long = int(value), 0
        elif command in ("hold", "release"):
            self.holding = command == "hold"
        receivers = [receiver for _, _, receiver, _ in self.waiting]
        return {"lost": self.lost, "waiting": [receivers.count(0), receivers.count(1)]}

    def take(self, sender: int) -> None:
        """Read a frame of an end and let it wait until it is due at the other."""
        frame = os.read(self.ends[sender], LARGEST)
        if sender == 0 and self.period and len(frame) > LONG:
            self.long += 1
            if self.long % self.period == 0:
                self.lost += 1
                return
        self.number += 1
        due = time.monotonic() + (self.delay if sender else 0)
        heappush(self.waiting, (due, self.number, 1 - sender, frame))

    def deliver(self) -> float | None:
        """Deliver what is due; return the seconds until more is, None when nothing waits."""
        while self.waiting and not self.holding:
            left = self.waiting[0][0] - time.monotonic()
            if left > 0:
                return left
            _, _, receiver, frame = heappop(self.waiting)
            os.write(self.ends[receiver], frame)
        return None


def main() -> None:
    """Be the cable until nobody tells anything any more."""
    wire = Wire(*(open_tap(name, "v0") for name in sys.argv[1:3]))
    print(json.dumps("ready"), flush=True)
    while True:
        readable, _, _ = select.select([*wire.ends, 0], [], [], wire.deliver())
        for end in wire.ends:
            if end in readable:
                wire.take(wire.ends.index(end))
        if 0 in readable:
            # One command at a time: whoever sent it waits for the answer
            command, _, value = os.read(0, 100).decode().strip().partition(" ")
            if not command:
                return
            print(json.dumps(wire.obey(command, value)), flush=True)


if __name__ == "__main__":
    main()
