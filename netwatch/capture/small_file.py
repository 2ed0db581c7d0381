"""Small files of the user's, in which something is remembered; one that cannot be read or written bothers nobody."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from netwatch.capture.atomic import AtomicFile
from netwatch.errors import FileError

if TYPE_CHECKING:
    from pathlib import Path


def read_lines(path: Path, most: int) -> list[str]:
    """Return the lines of the first `most` bytes of a file, none where it cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read(most).decode("utf-8", "replace")
    except OSError:
        return []
    return text.split("\n")


def read_json(path: Path, most: int) -> Any:
    """Return what a file of at most `most` bytes of JSON holds; None where it cannot be read or makes no sense."""
    try:
        with path.open("rb") as file:
            return json.loads(file.read(most))
    except (OSError, ValueError, RecursionError):
        return None


def write(path: Path, data: bytes) -> None:
    """Replace the file, in a folder that is made if need be."""
    with contextlib.suppress(OSError, FileError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with AtomicFile(str(path), overwrite=True) as file:
            file.write(data)
            file.commit()


def write_json(path: Path, value: Any) -> None:
    """Replace the file by `value` as JSON, see `write`."""
    write(path, json.dumps(value, indent=1).encode())
