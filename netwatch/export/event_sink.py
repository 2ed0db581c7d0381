"""Where lines of events go: standard output, a file that grows, or a collector on this machine."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections import deque
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Protocol

from netwatch.capture.atomic import AtomicFile
from netwatch.errors import FileError, UsageError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

MOST_WAITING: Final = 16 << 20
"""Bytes that wait for a collector; what comes later is dropped and counted."""
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
"""Seconds before a collector that is gone is tried again, doubled each time."""
CONNECT_TIMEOUT: Final = 2.0
SEND_TIMEOUT: Final = 5.0
FAREWELL: Final = 2.0
"""Seconds that a collector gets at the end to take what waits."""
PIPE_SIZE: Final = 1 << 20
"""Bytes that a pipe takes before its reader comes, as many as Linux lets every user ask for: fewer waits for it."""
LARGEST_DATAGRAM: Final = 65_507
"""Bytes of UDP over IPv4."""


class Connection(Protocol):
    """What lines are sent through: a socket, or a file that behaves like one."""

    def __enter__(self) -> Self:
        """Return it."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close it."""
        ...

    def settimeout(self, seconds: float, /) -> None:
        """Wait no longer than this."""
        ...

    def sendall(self, data: bytes, /) -> None:
        """Send all of it, or raise OSError."""
        ...


class OutputSink:
    """Implements LineSink for standard output; a reader that has gone raises BrokenPipeError."""

    dropped = 0

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        if sys.platform == "linux":
            import fcntl

            with contextlib.suppress(OSError):  # no pipe, or over the user's quota
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_SIZE)

    def write(self, lines: Sequence[str]) -> None:
        """Write lines at once, without a buffer in between."""
        view = memoryview(_ended(lines))
        while view:
            view = view[os.write(self._descriptor, view) :]

    def close(self) -> None:
        """Do nothing: it is not ours."""


class FileSink:
    """Implements LineSink for a new file, which can be read while it grows."""

    dropped = 0

    def __init__(self, path: str) -> None:
        """Create the file.

        Raises:
            FileError: it exists, or cannot be created.
        """
        self._file = AtomicFile(path)
        try:
            self._file.publish()
        except BaseException:
            self._file.abort()
            raise

    def write(self, lines: Sequence[str]) -> None:
        """Append lines; FileError when there is no space, with as many whole lines in the file as fitted."""
        before, data = self._file.size, _ended(lines)
        try:
            self._file.write(data)
        except FileError:
            whole = data.rfind(b"\n", 0, self._file.size - before) + 1
            with contextlib.suppress(FileError):  # the first error is the one to tell
                self._file.truncate(before + whole)
            raise

    def close(self) -> None:
        """Bring the file to the disk."""
        self._file.commit()


class CollectorSink:
    """Implements LineSink for a socket or a slow file, fed by a thread of its own, so that it holds nobody up."""

    def __init__(self, connect: Callable[[], Connection], *, datagrams: bool = False) -> None:
        """Send to what `connect` opens, over and over when it closes; `datagrams` carry a line each."""
        self.dropped = 0
        self._connect = connect
        self._datagrams = datagrams
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="collector", daemon=True)
        self._thread.start()

    def write(self, lines: Sequence[str]) -> None:
        """Let lines be sent; those for which there is no room are counted in `dropped`."""
        with self._changed:
            for line in "\n".join(lines).split("\n"):
                data = f"{line}\n".encode()
                if self._bytes + len(data) > MOST_WAITING:
                    self.dropped += 1
                else:
                    self._waiting.append(data)
                    self._bytes += len(data)
            self._changed.notify()

    def close(self) -> None:
        """Send what waits, for FAREWELL seconds at most; count the rest as dropped."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(FAREWELL)
        with self._changed:
            self.dropped += len(self._waiting)
            self._waiting.clear()

    def _work(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                with self._connect() as connection:
                    pause = FIRST_PAUSE
                    connection.settimeout(SEND_TIMEOUT)
                    if self._send_all(connection):
                        return
            except (OSError, FileError):
                pass
            with self._changed:
                if self._closing and not self._waiting:
                    return
                self._changed.wait_for(lambda: self._closing, pause)
                if self._closing:
                    time.sleep(min(pause, FIRST_PAUSE))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _send_all(self, connection: Connection) -> bool:
        """Send lines until the end is wanted and nothing waits; return True then. OSError when the other end goes."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return True
                data = self._waiting[0]
            if len(data) > LARGEST_DATAGRAM and self._datagrams:
                self.dropped += 1
            else:
                connection.sendall(data)
            with self._changed:
                if self._waiting:
                    self._waiting.popleft()
                    self._bytes -= len(data)


def open_sink(target: str) -> OutputSink | FileSink | CollectorSink:
    """Return where `--to` points: `-`, a file, `unix:PATH`, `tcp:ADDRESS:PORT` or `udp:ADDRESS:PORT`.

    Raises:
        UsageError: it is none of these, or a collector on another machine.
        FileError: the file exists, or cannot be created.
    """
    kind, _, rest = target.partition(":")
    if target == "-":
        return OutputSink()
    if kind == "unix" and rest:
        return CollectorSink(lambda: _connected(socket.AF_UNIX, socket.SOCK_STREAM, rest))
    if kind in ("tcp", "udp") and rest:
        host, port = _local(target, rest)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        style = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
        return CollectorSink(lambda: _connected(family, style, (host, port)), datagrams=kind == "udp")
    return FileSink(target)


def _ended(lines: Sequence[str]) -> bytes:
    return "\n".join([*lines, ""]).encode()


def _local(target: str, rest: str) -> tuple[str, int]:
    host, _, port = rest.rpartition(":")
    host = host.strip("[]")
    try:
        address = ip_address(host)
        number = int(port)
    except ValueError:
        raise UsageError(f"--to {printable(target)} is no address and port", "as in tcp:127.0.0.1:5170") from None
    if not address.is_loopback:
        raise UsageError(
            f"--to {printable(target)} is another machine, and netwatch sends nothing away", "use a local forwarder"
        )
    if not 0 < number < 1 << 16:
        raise UsageError(f"--to {printable(target)} has no port from 1 to 65535")
    return host, number


def _connected(family: int, style: int, address: tuple[str, int] | str) -> socket.socket:
    connection = socket.socket(family, style)
    try:
        connection.settimeout(CONNECT_TIMEOUT)
        connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection
