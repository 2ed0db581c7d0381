"""A file of events that outlives the session: it is appended to, and split before it becomes too large."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import TYPE_CHECKING, Final

from netwatch.capture.file_errors import cannot
from netwatch.errors import FileError
from netwatch.text import printable

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

LARGEST: Final = 16 << 20
"""Bytes of one file."""
KEPT: Final = 4
"""Files before the one that grows: PATH.1 is the newest of them. All together never hold more than 80 MiB."""
_FLAGS: Final = (
    os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)  # fmt: skip


class EventFile:
    """Implements event_sink.Connection for a file that may exist already."""

    def __init__(self, path: str, *, largest: int = LARGEST, kept: int = KEPT) -> None:
        """Open the file, mode 0600 if it is new.

        Raises:
            FileError: it cannot be written, or is no regular file.
        """
        self._path = path
        self._largest = largest
        self._kept = kept
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def settimeout(self, seconds: float | None) -> None:
        """Do nothing: files are written at once."""

    def sendall(self, data: bytes) -> None:
        """Append lines, or nothing of them.

        Raises:
            OSError: there is no space.
        """
        if self._size and self._size + len(data) > self._largest:
            self._turn()
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)

    def _open(self) -> None:
        try:
            self._descriptor = os.open(self._path, _FLAGS, 0o600)
        except (OSError, ValueError) as error:
            raise cannot("write", self._path, error) from error
        state = os.fstat(self._descriptor)
        if not stat.S_ISREG(state.st_mode):
            os.close(self._descriptor)
            raise FileError(f"cannot write {printable(self._path)}: it is not a regular file")
        self._size = state.st_size

    def _turn(self) -> None:
        """Give the file the name PATH.1, those before it the next ones, and begin a new one."""
        for number in range(self._kept, 0, -1):
            before = f"{self._path}.{number - 1}" if number > 1 else self._path
            with contextlib.suppress(FileNotFoundError):
                os.replace(before, f"{self._path}.{number}")
        os.close(self._descriptor)
        try:
            self._open()
        except FileError as error:
            self._descriptor = os.open(os.devnull, os.O_WRONLY)  # something to close
            raise OSError(str(error)) from error
