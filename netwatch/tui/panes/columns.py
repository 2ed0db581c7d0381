"""The columns of table panes: what each shows, and which of them fit the width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

MARGIN: Final = 2
"""Cells on the left of every row, for the cursor and a mark."""


@dataclass(frozen=True, slots=True)
class Look:
    """How values are shown."""

    glyphs: str = "braille"
    first_ns: int = 0
    """Capture time of the first packet."""
    now_ns: int = 0
    """Capture time of the last packet."""
    time_of_day: bool = False


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column; `cell(table, index, look)` gives the printable text of a row."""

    id: str
    """As TableQuery.sort knows it."""
    title: str
    width: int
    """Cells it needs."""
    cell: Callable[[Any, int, Look], str]
    right: bool = False
    rank: int = 1
    """The higher, the sooner it is left out where there is no room; 9 is shown only when chosen."""
    most: int = 0
    """Cells it may grow to, 0 for no growth."""
    sorts: bool = True
    """Rows can be sorted by it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column where it is drawn."""

    column: TableColumn
    start: int
    width: int

    def text(self, value: str) -> str:
        """Return `value` cut or filled to the width."""
        width = self.width
        if not value.isascii():
            value = set_cell_size(value, min(cell_len(value), width))
            room = " " * (width - cell_len(value))
            return room + value if self.column.right else value + room
        if len(value) > width:
            value = value[: width // 2 - 1] + "~" + value[-(width - width // 2) :] if width > 3 else value[:width]
        return f"{value:>{width}}" if self.column.right else f"{value:<{width}}"


USUAL_RANK: Final = 8
"""Columns of a higher rank wait until they are chosen."""


def place(columns: Sequence[TableColumn], width: int, chosen: Collection[str] | None) -> tuple[Placed, ...]:
    """Return the columns that are shown in `width` cells, from left to right.

    `chosen` are the identifiers that the user wants, None for the usual ones. What does not fit is left out, the
    highest rank first and among equals the rightmost; the first column always stays.
    """
    wanted = [column for column in columns if (column.rank <= USUAL_RANK if chosen is None else column.id in chosen)]
    wanted = wanted or list(columns[:1])
    room = width - MARGIN
    while len(wanted) > 1 and sum(column.width + 1 for column in wanted) - 1 > room:
        worst = max(range(len(wanted)), key=lambda index: (wanted[index].rank, index))
        del wanted[worst]
    spare = max(room - sum(column.width + 1 for column in wanted) + 1, 0)
    widths = [column.width for column in wanted]
    growing = [index for index, column in enumerate(wanted) if column.most > column.width]
    while spare and growing:
        for index in list(growing):
            if not spare:
                break
            widths[index] += 1
            spare -= 1
            if widths[index] >= wanted[index].most:
                growing.remove(index)
    placed, start = [], MARGIN
    for column, size in zip(wanted, widths, strict=True):
        placed.append(Placed(column, start, size))
        start += size + 1
    return tuple(placed)
