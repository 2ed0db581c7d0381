"""The log of what was sent: JSON lines, one a packet, appended to a file before the packet leaves."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import time
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import FileError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Self

MOST_LINES: Final = 100_000
"""Packets of one run that get a line of their own; the rest is in the run's last line."""


class SentLog:
    """Appends to one file; opening it is the condition for sending at all."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """Open the file, mode 0600, and its folder.

        Raises:
            FileError: it is no regular file or cannot be written.
        """
        self.path = path
        self.packets = 0
        self.bytes = 0
        self._clock = clock
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            self._descriptor = os.open(path, flags, 0o600)
        except OSError as error:
            raise self._failed(error) from error
        if not stat.S_ISREG(os.fstat(self._descriptor).st_mode):
            os.close(self._descriptor)
            raise FileError(f"cannot log to {printable(str(path))}: it is not a regular file", "choose one with --log")

    def begin(self, arguments: Sequence[str], **facts: Any) -> None:
        """Write who started what.

        Raises:
            FileError: no space; nothing may be sent then.
        """
        user = os.environ.get("SUDO_USER") or os.environ.get("USER") or str(os.getuid())
        self._write({"event": "start", "pid": os.getpid(), "user": user, "arguments": list(arguments), **facts})

    def sent(self, summary: str, length: int) -> None:
        """Write that a packet goes out now.

        Raises:
            FileError: no space; the packet must not be sent then.
        """
        if self.packets < MOST_LINES:
            self._write({"event": "sent", "packet": summary, "bytes": length})
        self.packets += 1
        self.bytes += length

    def end(self, outcome: str) -> None:
        """Write what was sent in all."""
        self._write({"event": "end", "outcome": outcome, "packets": self.packets, "bytes": self.bytes})

    def close(self) -> None:
        """Close the file. May be called twice."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, event: dict[str, Any]) -> None:
        line = json.dumps({"time": round(self._clock(), 6), **event}) + "\n"
        try:
            os.write(self._descriptor, line.encode())
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> FileError:
        return FileError(
            f"cannot log what is sent to {printable(str(self.path))}: {error.strerror}",
            "Nothing is sent without a log; choose another file with --log",
        )
