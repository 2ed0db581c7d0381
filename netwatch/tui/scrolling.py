"""Rows that moved up or down as a whole, so that the terminal can move them itself instead of being sent them again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Sequence[tuple[str, str] | None]

LEAST_ROWS: Final = 4
"""Rows that have to have moved together: fewer are as well sent again."""
EDGE: Final = 3
"""Columns at both edges that do not count: the mark of the cursor, the scrollbar."""


class Shift(NamedTuple):
    """Lines of the screen that move together."""

    top: int
    bottom: int
    """First and last line of what is moved, counted from 1."""
    lines: int
    """How far up they go; down when negative."""

    @property
    def orders(self) -> str:
        """What makes a terminal do it: margins (DECSTBM), DL or IL (ECMA-48 8.3.32, 8.3.67), and no margins again."""
        moved = f"{self.lines}M" if self.lines > 0 else f"{-self.lines}L"
        return f"\x1b[0m\x1b[{self.top};{self.bottom}r\x1b[{self.top};1H\x1b[{moved}\x1b[r"


def shift_of(before: Mapping[int, Row], after: Mapping[int, Row], width: int) -> Shift | None:
    """Return how most rows of `after`, by line, moved since `before`; None when they did not.

    Rows begin with a place that is none, so that columns count from 1. Everything in lines that are moved has to be
    drawn again over the whole `width`: what is not would be moved too.
    """
    old = {text: line for line, row in before.items() if (text := _text(row, width))}
    lines = {line: old.get(text) for line, row in after.items() if (text := _text(row, width))}
    moved = Counter(was - line for line, was in lines.items() if was is not None)
    stayed = moved.pop(0, 0)
    if not moved:
        return None
    (far, rows), *_ = moved.most_common(1)
    if rows < LEAST_ROWS or rows <= stayed:
        return None
    at = [line for line, was in lines.items() if was is not None and was - line == far]
    shift = Shift(min(at) + min(far, 0), max(at) + max(far, 0), far)
    whole = all(_is_whole(after.get(line, ()), width) for line in range(shift.top, shift.bottom + 1))
    return shift if whole else None


def _is_whole(row: Row, width: int) -> bool:
    return len(row) > width and None not in row[1 : width + 1]


def _text(row: Row, width: int) -> str:
    """Return what a row reads between its edges, empty where that is blank or not known."""
    if not _is_whole(row, width):
        return ""
    return "".join(cell[0] for cell in row[1 + EDGE : width + 1 - EDGE] if cell is not None).strip()
