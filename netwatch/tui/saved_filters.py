"""Display filters with names, kept in a small file of the user's; `@name` in a filter stands for one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from netwatch.capture import small_file
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LARGEST_FILE: Final = 1 << 18
MOST: Final = 500
DEEPEST: Final = 8
"""Saved filters inside saved filters."""
LONGEST: Final = 8192
"""Characters of a filter, as netwatch.filter has it: what is longer already is refused, so it is not made longer."""
NAME: Final = re.compile(r"@([A-Za-z0-9_.-]{1,40})")


class SavedFilters:
    """Expressions by name; without a file they live as long as the program."""

    def __init__(self, path: Path | None, hides: Callable[[], bool] = lambda: False) -> None:
        """Keep them at `path`; while it `hides()`, only what is saved then is known, and goes to no file."""
        self._path = path
        self._hides = hides
        self._hidden: dict[str, str] = {}
        self._by_name: dict[str, str] = _read(path) if path is not None else {}

    @property
    def by_name(self) -> dict[str, str]:
        """The expressions that may be seen now."""
        return self._hidden if self._hides() else self._by_name

    def save(self, name: str, expression: str) -> bool:
        """Remember `expression` as `name`; False when it is no name."""
        if not NAME.fullmatch(f"@{name}"):
            return False
        self._keep(dict(list({**self.by_name, name: expression}.items())[-MOST:]))
        return True

    def forget(self, name: str) -> bool:
        """Forget `name`; False when nobody saved it."""
        if name not in self.by_name:
            return False
        self._keep({each: text for each, text in self.by_name.items() if each != name})
        return True

    def _keep(self, by_name: dict[str, str]) -> None:
        if self._hides():
            self._hidden = by_name
            return
        self._by_name = by_name
        if self._path is not None:
            small_file.write_json(self._path, by_name)

    def expanded(self, text: str) -> str:
        """Return `text` with every `@name` replaced; names that nobody saved stay and are refused later."""
        for _ in range(DEEPEST):
            before, text = text, NAME.sub(self._meaning, text)
            if text == before or len(text) > LONGEST:
                break
        return text

    def _meaning(self, found: re.Match[str]) -> str:
        expression = self.by_name.get(found.group(1))
        return found.group() if expression is None else f"({expression})"


def _read(path: Path) -> dict[str, str]:
    found = small_file.read_json(path, LARGEST_FILE)
    if not isinstance(found, dict):
        return {}
    pairs = [(name, text) for name, text in found.items() if isinstance(text, str) and NAME.fullmatch(f"@{name}")]
    return {name: printable(text, 4096) for name, text in pairs[:MOST]}
