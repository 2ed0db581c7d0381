"""Small files of the user's, in which something is remembered; one that cannot be read or written bothers nobody."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from typing import TYPE_CHECKING, Any

from netwatch.capture.atomic import AtomicFile
from netwatch.capture.file_errors import cannot
from netwatch.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, most: int) -> bytes:
    """Return the first `most` bytes of an ordinary file; nobody waits here for what a pipe or a device may send.

    Raises:
        OSError: it cannot be read, or is no ordinary file.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no ordinary file")
        return file.read(most)


def read_lines(path: Path, most: int) -> list[str]:
    """Return the lines of the first `most` bytes of a file, none where it cannot be read."""
    try:
        return read(path, most).decode("utf-8", "replace").split("\n")
    except OSError:
        return []


def read_json(path: Path, most: int) -> Any:
    """Return what a file of at most `most` bytes of JSON holds; None where it cannot be read or makes no sense."""
    try:
        return json.loads(read(path, most))
    except (OSError, ValueError, RecursionError):
        return None


def write(path: Path, data: bytes) -> None:
    """Replace the file, in a folder that is made if need be."""
    with contextlib.suppress(FileError):
        _replace(path, data)


def _replace(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise cannot("make", str(path.parent), error) from error
    with AtomicFile(str(path), overwrite=True) as file:
        file.write(data)
        file.commit()


def write_json(path: Path, value: Any) -> None:
    """Replace the file by `value` as JSON, see `write`."""
    with contextlib.suppress(FileError):
        replace_json(path, value)


def replace_json(path: Path, value: Any) -> None:
    """Replace the file by `value` as JSON.

    Raises:
        FileError: it cannot be written, which the user wants to hear of.
    """
    _replace(path, json.dumps(value, indent=1).encode())
