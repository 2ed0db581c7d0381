"""In which line of a TOML file each key stands, so that a mistake can be found; the file need not be right."""

from __future__ import annotations

import re
from typing import Final

_KEY: Final = r"""(?:[\w-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_PATH: Final = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_TABLE: Final = re.compile(rf"\s*\[\[?\s*(?P<path>{_PATH})\s*\]")
_ENTRY: Final = re.compile(rf"\s*(?P<path>{_PATH})\s*=")


def lines_of(text: str) -> dict[tuple[str, ...], int]:
    """Return in which line each key or table stands first, by its names from the outermost on, counted from 1."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if found := _TABLE.match(line):
            table = names = _names(found["path"])
        elif found := _ENTRY.match(line):
            names = table + _names(found["path"])
        else:
            continue
        for length in range(1, len(names) + 1):
            lines.setdefault(names[:length], number)
    return lines


def _names(path: str) -> tuple[str, ...]:
    """Return the keys of a dotted path without their quotes."""
    return tuple(re.sub(r'\\(["\\])', r"\1", key[1:-1]) if key[0] in "\"'" else key for key in re.findall(_KEY, path))
