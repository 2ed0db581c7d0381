"""The capture filters that were applied before, newest last, kept in a small file of the user's."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from netwatch.capture.atomic import AtomicFile
from netwatch.errors import FileError
from netwatch.text import printable

if TYPE_CHECKING:
    from pathlib import Path

MOST: Final = 100
"""Filters remembered."""
LARGEST_FILE: Final = 1 << 20


class FilterHistory:
    """A bounded list of filters without repetitions; without a file it lives as long as the program."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.entries = _read(path) if path is not None else []

    def add(self, text: str) -> None:
        """Remember `text` as the newest; that the file cannot be written is no reason to bother anybody."""
        if not text or "\n" in text:
            return
        others = [entry for entry in self.entries if entry != text]
        self.entries = [*others[-MOST + 1 :], text]
        if self._path is None:
            return
        with contextlib.suppress(OSError, FileError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with AtomicFile(str(self._path), overwrite=True) as file:
                file.write("".join(f"{entry}\n" for entry in self.entries).encode())
                file.commit()


def _read(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE).decode("utf-8", "replace")
    except OSError:
        return []
    return [printable(line) for line in text.splitlines() if line.strip()][-MOST:]
