"""TableList: the rows of a tracker's table in an order that stays still while the cursor is among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy as np
from rich.segment import Segment
from textual.message import Message

from netwatch.tables.query import TableQuery
from netwatch.tui.commands import bindings
from netwatch.tui.panes.columns import MARGIN, Look, place
from netwatch.tui.widgets.line_list import LineList, fill

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from textual import events
    from textual.binding import BindingType

    from netwatch.tables.query import Page
    from netwatch.tui.memory import Kept
    from netwatch.tui.panes.columns import Placed, TableColumn
    from netwatch.tui.panes.table_view import TableView

PAGES_FETCHED: Final = 3
"""Screens of rows in one answer: the one that is seen and one on either side."""


class TableList(LineList):
    """Rows 0 to n-1 of a sorted table, of which a page at a time is known.

    While the cursor is on the first row the order is live; once it has moved the order is held, and only the values
    change, until it goes back to the first row or another order is chosen.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("table")
    header_height = 1

    class Wanted(Message):
        """A page is needed: rows in sight are not known, or another order was chosen."""

    def __init__(
        self,
        columns: tuple[TableColumn, ...],
        *,
        sort: str,
        kind: Callable[[Any, int], str],
        empty: str,
        of_packets: bool = True,
        descending: bool = True,
        chosen: frozenset[str] | None = None,
    ) -> None:
        """Draw `columns`, rows in the colour class `kind(table, index)`; `empty` stands there without rows.

        With `of_packets`, why no packets come or match stands there instead, as far as `tell` was told.
        """
        super().__init__()
        self.columns = columns
        self.sort = sort
        self.descending = descending
        self.chosen = chosen
        """Identifiers of the columns the user chose, None for the usual ones."""
        self.text = ""
        """Quick filter."""
        self.look = Look()
        self._kind = kind
        self._empty = empty
        self._of_packets = of_packets
        self._hint = ""
        self._page: Page[Any] | None = None
        self.awaited = "rows"
        self._places: tuple[tuple[int, frozenset[str] | None], tuple[Placed, ...]] | None = None
        """Where the columns are, for the width and the choice that were drawn last: the same in every row."""
        self._known: dict[int, int] = {}
        """Index in the page of each row that is known."""
        self._order: NDArray[np.int64] | None = None
        self._holding = False
        self._anchor: int | None = None
        """Serial of the row that the cursor is on while the order to hold is on its way."""

    @classmethod
    def of(cls, view: TableView, kept: Kept) -> Self:
        """Return the list of a view, with the columns and the order that were kept of earlier runs."""
        known = {column.id for column in view.columns}
        return cls(
            view.columns,
            sort=kept.sort if kept.sort in known else view.sort,
            kind=view.kind,
            empty=view.empty,
            of_packets=view.of_packets,
            descending=kept.descending,
            chosen=kept.columns,
        )

    @property
    def held(self) -> bool:
        """True while the order is held."""
        return self._holding

    @property
    def total(self) -> int:
        """Rows that match."""
        return self.last + 1

    @property
    def page(self) -> Page[Any] | None:
        """The newest page, None before the first."""
        return self._page

    def query_now(self) -> TableQuery:
        """Return what is needed to draw now."""
        rows = self.page_rows
        return TableQuery(
            self.sort,
            descending=self.descending,
            text=self.text,
            first=max(self.top - rows, 0),
            count=rows * PAGES_FETCHED,
            held=self._order if self._holding else None,
            whole_order=self._holding and self._order is None,
        )

    def take(self, page: Page[Any], look: Look) -> None:
        """Show a page that answers `query_now`."""
        self._page, self.look = page, look
        if page.order is not None:
            self._order = page.order
            self._follow_anchor(page.order)
        if self._holding and self._order is not None:
            found = {serial: index for index, serial in enumerate(page.table.serial.tolist())}
            wanted = self._order[page.first : page.first + self.page_rows * PAGES_FETCHED].tolist()
            self._known = {page.first + place: found[serial] for place, serial in enumerate(wanted) if serial in found}
        else:
            self._known = {page.first + index: index for index in range(len(page.table))}
        self.set_range(0, page.total - 1)
        if self.awaited == "rows":
            self.fill_in()

    def forget(self) -> None:
        """Begin anew: another capture or another order."""
        self._page, self._known, self._order, self._holding = None, {}, None, False
        self.cursor = self.top = 0
        self.awaited = "rows"
        self.set_range(0, -1)

    def selected(self) -> tuple[Any, int] | None:
        """Return the table and the index of the row under the cursor, None while it is not known."""
        index = self._known.get(self.cursor)
        return None if index is None or self._page is None else (self._page.table, index)

    def cells(self) -> list[tuple[str, str]]:
        """Return (title, text) of each shown column of the row under the cursor."""
        chosen = self.selected()
        if chosen is None:
            return []
        return [(at.column.title, at.column.text(*chosen, self.look)) for at in self._placed(self._width)]

    def shown(self) -> frozenset[str]:
        """Return the identifiers of the columns that are seen."""
        return frozenset(at.column.id for at in self._placed(self._width))

    def go(self, row: int) -> None:
        """Move the cursor; away from the first row the order is held, back on it the order is live again."""
        super().go(row)
        holding = self.cursor > 0 or self.top > 0
        if holding != self._holding:
            self._holding = holding
            self._order = None
            self.post_message(self.Wanted())
        if self._order is None:  # it is on its way: the row that the cursor is on by then is the one to keep
            chosen = self.selected()
            self._anchor = int(chosen[0].serial[chosen[1]]) if holding and chosen is not None else None

    def action_sort(self, step: int) -> None:
        """Sort by the column next to the one that is sorted by."""
        ids = [at.column.id for at in self._placed(self._width) if at.column.sorts]
        position = ids.index(self.sort) if self.sort in ids else -1 if step > 0 else 0
        self.sort_by(ids[(position + step) % len(ids)])

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.sort_by(self.sort)

    def sort_by(self, column: str) -> None:
        """Sort by `column`, falling; the other way round when it is sorted by already."""
        self.descending = not self.descending if column == self.sort else True
        self.sort = column
        self._restart()

    def narrow(self, text: str) -> None:
        """Show only what matches a quick filter."""
        if text != self.text:
            self.text = text
            self._restart()

    def _follow_anchor(self, order: NDArray[np.int64]) -> None:
        """Keep the cursor on its row, which may have moved between the last page and the order that is held."""
        places = np.flatnonzero(order == self._anchor).tolist() if self._anchor is not None else []
        if places:
            moved = places[0] - self.cursor
            self.cursor += moved
            self.top += moved
        self._anchor = None

    def _restart(self) -> None:
        self._order, self._holding = None, False
        self.cursor = self.top = 0
        self.post_message(self.Moved(self, 0))
        self.post_message(self.Wanted())
        self.refresh()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Sort by the column whose title was clicked."""
        if event.y == 0:
            event.stop()
            for at in self._placed(self._width):
                if at.start <= event.x < at.start + at.width and at.column.sorts:
                    self.sort_by(at.column.id)

    def prepare(self, top: int, count: int) -> None:
        """Ask for rows in sight that are not known."""
        if any(row not in self._known for row in (top, top + count - 1)):
            self.post_message(self.Wanted())

    def empty_text(self) -> str:
        """Say why there is nothing."""
        if self.text:
            return f"nothing matches {self.text}: Esc clears the quick filter"
        return self._hint or self._empty

    def tell(self, hint: str) -> None:
        """Say while there are no rows what can be done, empty for nothing."""
        if self._of_packets and hint != self._hint:
            self._hint = hint
            self.refresh()

    def header_segments(self, width: int) -> list[Segment]:
        """Draw the titles; an arrow marks the column that is sorted by."""
        styles = self.styles_now
        segments = [Segment(" " * MARGIN, styles.header)]
        for at in self._placed(width):
            sorted_by = at.column.id == self.sort
            title, arrow = at.column.title, self._arrow if sorted_by else ""
            fits = len(title + arrow) <= at.width
            text = at.text(title + arrow) + " " if fits else at.text(title) + (arrow or " ")
            segments.append(Segment(text, styles.accent if sorted_by else styles.header))
        return fill(segments, width, styles.header)

    def row_segments(self, row: int, width: int, *, selected: bool) -> list[Segment]:
        """Draw one row."""
        styles = self.styles_now
        index = self._known.get(row)
        if index is None or self._page is None:
            gone = self._order is not None and self._holding
            return fill([Segment("  left the table" if gone else "", styles.dim)], width, styles.normal)
        table = self._page.table
        style = styles.cursor if selected else styles.kinds.get(self._kind(table, index), styles.normal)
        cells = (at.text(at.column.text(table, index, self.look)) for at in self._placed(width + 1))
        return fill([Segment((">" if selected else " ") + " " + " ".join(cells), style)], width, style)

    @property
    def _arrow(self) -> str:
        """What marks the column that is sorted by; both glyphs are one cell wide everywhere (UAX 11: neutral)."""
        falling, rising = ("v", "^") if self.look.glyphs == "ascii" else ("\u25be", "\u25b4")
        return falling if self.descending else rising

    @property
    def _width(self) -> int:
        """The width now, or what it will be when the list was not laid out yet."""
        return self.size.width or self.app.size.width

    def _placed(self, width: int) -> tuple[Placed, ...]:
        wanted = (width, self.chosen)
        if self._places is None or self._places[0] != wanted:
            self._places = (wanted, place(self.columns, width - 1, self.chosen))
        return self._places[1]
