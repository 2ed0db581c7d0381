"""Raw bytes of one input: a file, a file that still grows, a named pipe or standard input."""

from __future__ import annotations

import os
import stat
import sys
import time
from typing import TYPE_CHECKING, Final, Protocol

from netwatch.capture.file_errors import cannot
from netwatch.errors import FileError
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.capture.wakeup import Wakeup

STDIN: Final = "-"
GROWTH_POLL: Final = 0.1
"""Seconds between two looks at a growing file."""
_PIPE_SIZE: Final = 1 << 20
"""What Linux lets every user ask for a pipe (/proc/sys/fs/pipe-max-size); fewer wake-ups than with 64 KiB."""


class Content(Protocol):
    """Something that capture bytes are read from, compressed or not."""

    @property
    def problem(self) -> str:
        """Why the bytes end before they should, or empty."""
        ...

    def read_into(self, view: memoryview) -> int | None:
        """Read up to len(view) bytes; None when there is nothing just now, 0 when there will never be more."""
        ...


class ByteStream:
    """An opened input; not seekable, never mapped (a file truncated under a map kills the process)."""

    problem = ""

    def __init__(self, path: str, *, follow: bool = False) -> None:
        """Open `path`, `-` for standard input.

        With `follow` the end of a regular file is not the end: it is expected to grow.

        Raises:
            FileError: it cannot be opened, is a folder or a terminal.
        """
        self.name = "standard input" if path == STDIN else printable(os.path.basename(path) or path)
        self._path = path
        self._descriptor = _opened(path)
        try:
            status = os.fstat(self._descriptor)
            self._refuse(status.st_mode)
            regular = stat.S_ISREG(status.st_mode) or stat.S_ISBLK(status.st_mode)
            self.waits = not regular and os.name == "posix"
            self.size = status.st_size if stat.S_ISREG(status.st_mode) else None
            self.follow = follow and stat.S_ISREG(status.st_mode)
            self._tune()
        except BaseException:
            os.close(self._descriptor)
            raise
        self.identity = (status.st_dev, status.st_ino)
        """Device and inode."""
        self._ready = not self.waits
        self.position = 0

    def read_into(self, view: memoryview) -> int | None:
        """Read up to len(view) bytes; None when there is nothing just now, 0 when there will never be more.

        Raises:
            FileError: the device failed.
        """
        if self.waits and not self._ready:
            return None
        try:
            count = os.readv(self._descriptor, [view]) if hasattr(os, "readv") else self._read_portably(view)
        except BlockingIOError:
            count = None
        except OSError as error:
            raise cannot("read", self.name, error) from error
        self._ready = not self.waits
        if not count:
            return None if self.follow else count
        self.position += count
        return count

    def wait(self, timeout: float, wakeup: Wakeup) -> bool:
        """Wait until `read_into` may have something; False after `timeout` seconds or when woken.

        Raises:
            FileError: a file that is followed was truncated, replaced or deleted.
        """
        if self.waits:
            rung, self._ready = wakeup.wait(timeout, self._descriptor)
            return self._ready and not rung
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            grown = not self.follow or self._has_grown()
            rung, _ = wakeup.wait(0.0 if grown else min(left, GROWTH_POLL))
            if rung or left <= 0:
                return False
            if grown:
                return True

    def close(self) -> None:
        """Close the file. May be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _has_grown(self) -> bool:
        try:
            size = os.fstat(self._descriptor).st_size
            if size == self.position:
                there = os.stat(self._path) if self._path != STDIN else os.fstat(self._descriptor)
        except FileNotFoundError:
            raise FileError(f"{self.name} was deleted while it was followed") from None
        except OSError as error:
            raise cannot("follow", self.name, error) from error
        if size < self.position:
            raise FileError(f"{self.name} was truncated while it was followed")
        if size > self.position:
            self.size = size
            return True
        if (there.st_dev, there.st_ino) != self.identity:
            raise FileError(f"{self.name} was replaced by another file while it was followed")
        return False

    def _refuse(self, mode: int) -> None:
        if stat.S_ISDIR(mode):
            raise FileError(f"cannot read {self.name}: it is a folder")
        if stat.S_ISCHR(mode) and os.isatty(self._descriptor):
            raise FileError(
                f"cannot read {self.name}: it is a terminal, not a capture", "pipe one in: tcpdump -w - | netwatch -r -"
            )

    def _tune(self) -> None:
        if sys.platform != "linux":
            return
        import fcntl

        try:
            if self.waits:
                fcntl.fcntl(self._descriptor, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
            else:
                os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        except OSError:
            return  # only a hint: a device, or over the user's pipe quota

    def _read_portably(self, view: memoryview) -> int:
        data = os.read(self._descriptor, len(view))
        view[: len(data)] = data
        return len(data)


def _opened(path: str) -> int:
    try:
        if path == STDIN:
            return os.dup(0)
        # a named pipe without a writer would block the opening
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        return os.open(path, flags)
    except (OSError, ValueError) as error:
        raise cannot("read", "standard input" if path == STDIN else path, error) from error
