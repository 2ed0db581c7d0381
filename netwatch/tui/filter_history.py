"""The capture filters that were applied before, newest last, kept in a small file of the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.capture import small_file
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST: Final = 100
"""Filters remembered."""
LARGEST_FILE: Final = 1 << 20


class FilterHistory:
    """A bounded list of filters without repetitions; without a file it lives as long as the program."""

    def __init__(self, path: Path | None, hides: Callable[[], bool] = lambda: False) -> None:
        """Keep them at `path`; while it `hides()`, only what is added then is known, and goes to no file."""
        self._path = path
        self._hides = hides
        self._hidden: list[str] = []
        self._entries = _read(path) if path is not None else []

    @property
    def entries(self) -> list[str]:
        """The filters of before that may be seen now."""
        return self._hidden if self._hides() else self._entries

    def add(self, text: str) -> None:
        """Remember `text` as the newest."""
        if not text or "\n" in text:
            return
        entries = [*[entry for entry in self.entries if entry != text][-MOST + 1 :], text]
        if self._hides():
            self._hidden = entries
            return
        self._entries = entries
        if self._path is not None:
            small_file.write(self._path, "".join(f"{entry}\n" for entry in entries).encode("utf-8", "replace"))


def _read(path: Path) -> list[str]:
    return [printable(line) for line in small_file.read_lines(path, LARGEST_FILE) if line.strip()][-MOST:]
