"""The columns of table panes: what each shows, and which of them fit the width."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len, set_cell_size

from netwatch.tui import format as text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from netwatch.tui.packet_look import Times

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
    times: Times = "relative"
    """Form of times; in a table, whose rows have any order, `delta` is since the first packet too."""
    references: tuple[int, ...] = ()
    """Capture times of the time references, ascending."""
    names: Mapping[str, str] = field(default_factory=dict)
    """By address, what stands in place of it in columns of ends."""

    def named(self, text: str) -> str:
        """Return a cell of a column of ends with names in place of addresses, as far as they are known."""
        return " > ".join(self._named(end) for end in text.split(" > ")) if self.names else text

    def _named(self, end: str) -> str:
        address, port = address_of(end)
        return self.names[address] + port if address in self.names else end


def address_of(end: str) -> tuple[str, str]:
    """Return the address of `10.0.0.1`, `10.0.0.1:53`, `2001:db8::1` or `[2001:db8::1]:53`, and what is behind it."""
    if end.startswith("["):
        address, _, port = end[1:].partition("]")
        return address, port
    if end.count(":") == 1:
        address, _, port = end.partition(":")
        return address, f":{port}"
    return end, ""


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
    ends: bool = False
    """Cells are addresses, which may have a port behind them, or two with ` > ` between."""
    sentence: bool = False
    """Cells are read from the left, and lose their end where there is no room; others are told apart by it."""

    def text(self, table: Any, index: int, look: Look) -> str:
        """Return the cell of a row, with names in place of addresses where they are wanted."""
        written = self.cell(table, index, look)
        return look.named(written) if self.ends else written


def number_column(name: str, title: str, rank: int, least: int = 8) -> TableColumn:
    """Return a column of counts, at least so wide, and wide enough for its title and a blank."""
    width = max(least, len(title) + 1)
    return TableColumn(name, title, width, lambda t, i, _: text.count(int(getattr(t, name)[i])), right=True, rank=rank)


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
        if len(value) > width and self.column.sentence:
            value = value[: width - 1] + "~"
        elif len(value) > width:
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
