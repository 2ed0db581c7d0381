"""The monitor's end of the process that looks at hosts for it: started by `--with-lab`, and asked by the alert pane."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import NetwatchError, NotPermittedError, UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from typing import NoReturn

    from netwatch.tables.enrichment import Look

PATIENCE: Final = 60.0
"""Seconds until an answer must be there; a look takes four, and the resolver may take some more."""
MOST_ANSWERED: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found out about a host."""

    found: dict[str, Any]
    """As JSON types."""
    told: tuple[tuple[str, str], ...]
    """(part, result in words)."""


class LabAttendant:
    """A child process that holds the sockets that send, in place of the monitor, which never does."""

    def __init__(self, channel: socket.socket, child: int) -> None:
        self._channel = channel
        self._child = child
        self._lock = threading.Lock()

    @classmethod
    def start(cls, look: Look) -> LabAttendant:
        """Fork it, which must happen before rights are given up and before there is a second thread.

        Raises:
            NotPermittedError: there are no rights that it could take.
            NetwatchError: it failed to start.
        """
        if not hasattr(socket, "SOCK_SEQPACKET") or not hasattr(os, "fork"):
            raise UsageError("--with-lab needs Linux: the lab tools send through packet sockets")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        child = os.fork()
        if child == 0:
            _become_attendant(theirs, look)
        theirs.close()
        ours.settimeout(PATIENCE)
        attendant = cls(ours, child)
        first = attendant._heard()
        if not first.get("ready"):
            attendant.close()
            said, hint = _error_of(first)
            raise NotPermittedError(said, hint)
        return attendant

    def look(self, host: str, interface: str = "") -> Looked:
        """Look at a host, which takes some seconds.

        Raises:
            NetwatchError: it may not be sent to, there were too many looks, one is under way, or the process has ended.
        """
        if not self._lock.acquire(blocking=False):
            raise NetwatchError("another look is under way")
        try:
            self._channel.send(json.dumps({"host": host, "interface": interface}).encode())
            answer = self._heard()
        except OSError as error:
            raise NetwatchError(f"the process of --with-lab does not answer: {error.strerror or error}") from error
        finally:
            self._lock.release()
        found, told = answer.get("found"), answer.get("told")
        if not isinstance(found, dict) or not isinstance(told, list):
            raise NetwatchError(*_error_of(answer))
        return Looked(found, tuple((printable(str(part)), printable(str(said or "-"), 400)) for part, said in told))

    def close(self) -> None:
        """End the process, in the middle of a look too. May be called twice."""
        self._channel.close()
        if self._child:
            with contextlib.suppress(OSError):
                os.kill(self._child, signal.SIGTERM)
            with contextlib.suppress(OSError):
                os.waitpid(self._child, 0)
            self._child = 0

    def _heard(self) -> dict[str, Any]:
        """Return the next answer.

        Raises:
            OSError: there is none in time.
            NetwatchError: the process has ended, or says what makes no sense.
        """
        data = self._channel.recv(MOST_ANSWERED)
        if not data:
            raise NetwatchError("the process of --with-lab has ended")
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise NetwatchError("the process of --with-lab says what makes no sense")
        return answer


def _error_of(answer: dict[str, Any]) -> tuple[str, str]:
    words = (answer.get("error", "no answer"), answer.get("hint", ""))
    return printable(str(words[0]), 400), printable(str(words[1]), 8192)


def _become_attendant(channel: socket.socket, look: Look) -> NoReturn:
    """In the child: leave the terminal and every file, and serve."""
    status = 1
    try:
        os.setsid()  # what is typed at the terminal is the monitor's
        silence = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(silence, descriptor)
        os.closerange(3, channel.fileno())
        os.closerange(channel.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
        os.chdir("/")
        import logging

        # Scapy speaks of routes and interfaces that nobody here asks it for
        logging.getLogger("scapy").setLevel(logging.CRITICAL)
        from netwatch.lab.attendant import attend
        from netwatch.settings import folders

        attend(channel, look, lambda: folders().user_state_path / "lab.log")
        status = 0
    finally:
        os._exit(status)
