"""A wire that is long or bad, between two interfaces: a process that carries frames late, and some not at all.

For kernels without netem. Run inside a namespace that has nothing but the two ends, as root:
`python -m netwatch.lab.long_wire ONE OTHER LOSS DELAY`, in percent and milliseconds.
"""

from __future__ import annotations

import contextlib
import random
import select
import socket
import struct
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_WAITING: Final = 10_000
"""Frames under way in one direction; further ones are lost, as with netem's limit."""
_SOL_PACKET: Final = 263
_PACKET_ADD_MEMBERSHIP, _PACKET_VNET_HDR, _PACKET_IGNORE_OUTGOING = 1, 15, 23
_PACKET_MR_PROMISC: Final = 1
_ETH_P_ALL: Final = 3
# linux/if_packet.h, linux/if_ether.h
_LARGEST: Final = 10 + (1 << 17)
"""Of a frame that the sender's kernel has not cut into segments yet, behind its virtio_net_hdr."""


class Direction:
    """What goes one way: frames in the order in which they came."""

    def __init__(self, loss: float, delay: float, draw: Callable[[], float] = random.random) -> None:
        """Lose `loss` percent and keep the others for `delay` seconds; `draw` gives numbers from 0 to below 1."""
        self._loss = loss / 100
        self._delay = delay
        self._draw = draw
        self._waiting: deque[tuple[float, bytes]] = deque()

    def enter(self, frame: bytes, now: float) -> None:
        """Take a frame, or lose it."""
        if self._draw() >= self._loss and len(self._waiting) < MOST_WAITING:
            self._waiting.append((now + self._delay, frame))

    def due(self) -> float | None:
        """Return when the next frame arrives, None when there is none."""
        return self._waiting[0][0] if self._waiting else None

    def arrived(self, now: float) -> list[bytes]:
        """Return the frames that have arrived, which are under way no longer."""
        found = []
        while self._waiting and self._waiting[0][0] <= now:
            found.append(self._waiting.popleft()[1])
        return found


def open_end(interface: str) -> socket.socket:
    """Return a socket that hears and sends whole frames of an interface, each behind its virtio_net_hdr.

    That header carries which checksum the kernel has yet to fill in, so that no frame arrives with a wrong one.
    """
    end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    end.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
    end.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
    member = struct.pack("@iHH8s", socket.if_nametoindex(interface), _PACKET_MR_PROMISC, 0, b"")
    end.setsockopt(_SOL_PACKET, _PACKET_ADD_MEMBERSHIP, member)
    end.bind((interface, _ETH_P_ALL))
    end.setblocking(False)
    return end


def carry(ends: Sequence[socket.socket], ways: Sequence[Direction]) -> None:
    """Carry frames from each end to the other, for ever; an end that goes away ends it.

    Raises:
        OSError: an interface has gone.
    """
    way_from = dict(zip(ends, ways, strict=True))
    while True:
        times = [time_ for way in ways if (time_ := way.due()) is not None]
        wait = max(min(times) - time.monotonic(), 0.0) if times else None
        for end in select.select(ends, [], [], wait)[0]:
            with contextlib.suppress(BlockingIOError):
                while True:
                    way_from[end].enter(end.recv(_LARGEST), time.monotonic())
        for way, towards in zip(ways, reversed(ends), strict=True):
            for frame in way.arrived(time.monotonic()):
                # a full queue loses it, as a wire does
                with contextlib.suppress(BlockingIOError):
                    towards.send(frame)


def main(words: Sequence[str]) -> None:
    """Open the ends, give up every right, and carry."""
    from netwatch.capture.privileges import drop_privileges

    ends = [open_end(words[0]), open_end(words[1])]
    loss, delay = float(words[2]), float(words[3]) / 1000
    drop_privileges()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with contextlib.suppress(OSError, KeyboardInterrupt):
        carry(ends, [Direction(loss, delay), Direction(loss, delay)])


if __name__ == "__main__":
    main(sys.argv[1:])
