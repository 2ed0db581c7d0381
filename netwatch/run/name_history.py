"""NameHistory: the names that were looked up in earlier runs, in a file of the user's, if the user wants that kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.capture import small_file
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_NAMES: Final = 100_000
"""Twice as many as a run holds, so that one with nothing but random names leaves half of those before."""
LARGEST_FILE: Final = 16 << 20
LONGEST_NAME: Final = 1024


class NameHistory:
    """One name a line, those that were seen last at the end; when there are too many the others leave."""

    def __init__(self, path: Path) -> None:
        """Read `path`; a file that cannot be read or makes no sense is as good as none."""
        self._path = path
        self.known = frozenset(_read(path))
        """The names of earlier runs."""

    def remember(self, names: Iterable[str]) -> None:
        """Add the names of this run, those seen last at the end."""
        kept = dict.fromkeys(_read(self._path))  # again: another netwatch may have added some
        for name in names:
            kept.pop(name, None)
            kept[name] = None
        lines = [f"{name}\n".encode() for name in list(kept)[-MOST_NAMES:] if _is_line(name)]
        small_file.write(self._path, b"".join(_newest(lines)))


def _read(path: Path) -> list[str]:
    lines = small_file.read_lines(path, LARGEST_FILE)
    return [printable(line, LONGEST_NAME) for line in lines if _is_line(line)][-MOST_NAMES:]


def _is_line(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and "\n" not in name


def _newest(lines: list[bytes]) -> list[bytes]:
    """Return as many of the last lines as the file may hold."""
    left = LARGEST_FILE
    for at in range(len(lines) - 1, -1, -1):
        left -= len(lines[at])
        if left < 0:
            return lines[at + 1 :]
    return lines
