"""A bell that one thread rings so that another one stops waiting for a file descriptor."""

from __future__ import annotations

import contextlib
import selectors
import socket
from typing import Final

# poll() takes every kind of descriptor, of any number; epoll refuses devices, select() numbers above 1023
_Selector: Final = getattr(selectors, "PollSelector", selectors.SelectSelector)


class Wakeup:
    """Made by the thread that waits; `ring` may be called by any thread and stays rung until `wait` has seen it."""

    def __init__(self) -> None:
        self._ear, self._bell = socket.socketpair()
        self._ear.setblocking(False)
        self._bell.setblocking(False)

    def ring(self) -> None:
        """Make the running or the next `wait` return."""
        with contextlib.suppress(OSError):  # full: it rings already; closed: nobody waits any more
            self._bell.send(b"\0")

    def wait(self, timeout: float, descriptor: int | None = None) -> tuple[bool, bool]:
        """Wait for the bell, for `descriptor` to become readable (or to end), or for `timeout` seconds.

        Returns whether the bell rang and whether the descriptor is readable. A ring is consumed.
        """
        with _Selector() as selector:
            selector.register(self._ear, selectors.EVENT_READ)
            if descriptor is not None:
                selector.register(descriptor, selectors.EVENT_READ)
            ready = {key.fd for key, _ in selector.select(max(timeout, 0.0))}
        rung = self._ear.fileno() in ready
        if rung:
            with contextlib.suppress(BlockingIOError):
                while self._ear.recv(64):
                    pass
        return rung, descriptor in ready

    def close(self) -> None:
        """Give back the sockets. May be called twice."""
        self._ear.close()
        self._bell.close()
