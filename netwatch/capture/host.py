"""The thread that captures: Scapy's AsyncSniffer, whose session hands over whole batches instead of packets."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING, Any

from netwatch.capture.scapy_makers import put_makers_off
from netwatch.errors import CaptureError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

START_TIMEOUT = 10.0
"""Seconds that Scapy may take from start() to its loop; importing it from a cold disk is the slow part."""


class SnifferThread:
    """Runs `step` over and over inside an AsyncSniffer until it returns False or `stop` is called.

    `step` blocks for a short time at most, does one batch of work and never raises.
    """

    def __init__(self, step: Callable[[], bool]) -> None:
        self._step = step
        self._sniffer: Any = None

    def start(self) -> None:
        """Start the thread and return when its loop runs.

        Raises:
            CaptureError: Scapy did not start, or cannot even be loaded.
        """
        running = threading.Event()
        try:
            self._sniffer = _sniffer(self._step, running.set)
        except (ImportError, OSError) as error:
            raise CaptureError(f"Scapy could not be loaded: {printable(str(error), 200)}") from error
        self._sniffer.start()
        # A stop before the loop runs would be lost: AsyncSniffer sets its stop callback and flag only there
        if not running.wait(START_TIMEOUT):
            raise CaptureError(f"the capture thread did not start: {self._sniffer.exception or 'no answer'}")

    def stop(self, timeout: float) -> None:
        """End the loop after the running step and wait for the thread at most `timeout` seconds."""
        if self._sniffer is None:
            return
        if self.is_alive():
            from scapy.error import Scapy_Exception

            with contextlib.suppress(Scapy_Exception):  # it may end by itself between the look and the call
                self._sniffer.stop(join=False)
        if self._sniffer.thread is not threading.current_thread():
            self._sniffer.join(timeout)

    def is_alive(self) -> bool:
        """Return True while the thread runs; AsyncSniffer's own `running` stays True after a failure."""
        thread = self._sniffer and self._sniffer.thread
        return thread is not None and thread.is_alive()


def quiet_scapy() -> None:
    """Keep Scapy's messages from the terminal, which a full-screen program owns."""
    for name in ("scapy", "scapy.runtime", "scapy.loading", "scapy.interactive"):
        logger = logging.getLogger(name)
        logger.handlers = [logging.NullHandler()]
        logger.propagate = False


def _sniffer(step: Callable[[], bool], started: Callable[[], None]) -> Any:
    quiet_scapy()
    from scapy.config import conf

    conf.route_autoload = False  # netwatch asks Scapy for no route, and reading them costs 20 ms
    conf.route6_autoload = False
    from scapy.sendrecv import AsyncSniffer
    from scapy.sessions import DefaultSession
    from scapy.supersocket import SuperSocket

    put_makers_off()
    quiet_scapy()

    class BatchSocket(SuperSocket):  # type: ignore[misc]  # Scapy ships no types
        """A socket that is always ready; waiting happens in `step`, which knows what to wait for."""

        nonblocking_socket = True
        closed = False

        def __init__(self) -> None:
            """Hold nothing: the source belongs to the engine."""

        @staticmethod
        def select(sockets: list[Any], _remain: float | None = None) -> list[Any]:
            return sockets

        def close(self) -> None:
            self.closed = True

    class BatchSession(DefaultSession):  # type: ignore[misc]  # Scapy ships no types
        """Does a step and reports no packet: the batch went to the trackers as a whole."""

        def recv(self, _socket: Any) -> tuple[()]:
            if not step():
                raise EOFError
            return ()

    return AsyncSniffer(opened_socket=BatchSocket(), session=BatchSession(), store=False, started_callback=started)
