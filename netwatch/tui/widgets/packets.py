"""The packet table: columns whose widths depend on the terminal only, colours by protocol, the tail followed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment

from netwatch.tui.commands import bindings
from netwatch.tui.packet_look import INFO, PacketLook
from netwatch.tui.widgets.chosen_rows import leaving
from netwatch.tui.widgets.empty_text import empty_text
from netwatch.tui.widgets.line_list import LineList, fill
from netwatch.tui.widgets.packet_columns import endpoint, layout, own_layout, sets, usual_set
from netwatch.tui.widgets.packet_facts import PacketFacts
from netwatch.tui.widgets.packet_times import Clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from textual.binding import BindingType

    from netwatch.dissection import PacketRow
    from netwatch.engine import Engine
    from netwatch.snapshot import History, Snapshot
    from netwatch.tui.widgets.packet_columns import Layout

INFO_STEP: Final = 16
PROBLEM: Final = {"reset": "!", "malformed": "!"}
"""Marks for rows whose colour means something is wrong, for eyes and terminals without colours."""


class PacketTable(LineList):
    """The packets that the engine's buffer holds, by packet number."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("packets")
    header_height = 1

    def __init__(self, engine: Engine, look: PacketLook | None = None, colors: Mapping[str, str] | None = None) -> None:
        """Show packets as `look` has it, rows in the colours of `colors`, which are by display filter."""
        super().__init__(widget_id="packets")
        self._engine = engine
        self.look = look or PacketLook()
        self._colors = colors or {}
        self._facts = PacketFacts(self, engine)
        self._clock = Clock(self.look.times)
        self._before: dict[int, int] = {}
        """Time of the packet in the row before, by number."""
        self._rows: dict[int, PacketRow] = {}
        self._changes: dict[int, str] = {}
        self._marks: frozenset[int] = frozenset()
        self._comments: dict[int, str] = {}
        self._first_time_ns = 0
        self._info_from = 0
        self._chosen_columns: int | None = None
        self._empty = self._none = ""
        self._hint = ""
        """What to do when no packets come; empty while nobody knows better."""
        self._chosen: NDArray[np.int64] | None = None
        """Numbers of the packets in the rows, when only some are shown."""
        self._bounds = (0, -1)
        """First and last packet of the buffer, or of the file."""
        self._left = 0
        """Rows that there were before the first of `_chosen`: their packets left the buffer."""
        self.following = True
        self._early = False
        """The end was asked for before there was a packet."""

    def on_mount(self) -> None:
        """Look up what the columns and colours want; that needs the screen."""
        self.take_look(self.look)

    def take_look(self, look: PacketLook) -> None:
        """Show times, names and columns otherwise."""
        self.look = look
        self._chosen_columns = None
        self._facts = PacketFacts(self, self._engine, look.fields, self._colors)
        self._facts.names = look.names
        self.refresh()

    @property
    def number(self) -> int:
        """Number of the packet under the cursor; 0 when there is none."""
        return self._number(self.cursor) if self.last >= self.first else 0

    def show(self, snapshot: Snapshot) -> None:
        """Take over what the buffer holds now."""
        self._first_time_ns = snapshot.first_time_ns
        self._changes = dict(snapshot.history.filter_changes)
        self._empty = self._none if self._chosen is not None else self._hint or empty_text(snapshot)
        self._bounds = (snapshot.history.readable, snapshot.history.last)
        if self._chosen is None:
            self.set_range(*self._bounds)
        else:
            self._leave(self._chosen, snapshot.history)

    def tell(self, hint: str) -> None:
        """Say while there are no packets what can be done, empty for nothing."""
        if hint == self._hint:
            return
        self._hint = hint
        if hint and self._chosen is None:
            self._empty = hint
        self.refresh()

    def freeze(self, first: int, last: int) -> None:
        """Show only packets up to number `last`, and none from before `first` that are not shown now."""
        self._bounds = (max(first, self._bounds[0]), last)
        if self._chosen is None:
            self.set_range(max(first, self.first), last)

    def narrow(self, empty: str, *, following: bool = False) -> None:
        """Show none but those that `extend` will add; `empty` says what that means."""
        import numpy as np  # here and below: the first screen need not wait for numpy

        self._chosen, self._left = np.zeros(0, np.int64), 0
        self._empty = self._none = empty
        self.top = self.cursor = 0
        self.following = following
        self.set_range(0, -1)

    def extend(self, numbers: NDArray[np.int64]) -> None:
        """Add packets at the end of those that are shown."""
        import numpy as np

        if self._chosen is not None:
            self._set_chosen(np.concatenate((self._chosen, numbers)))

    def go_to_number(self, number: int) -> None:
        """Put the cursor on packet `number`, or on the next that is shown, unless the tail is followed."""
        if self.following:
            return
        import numpy as np

        row = number if self._chosen is None else self._left + int(np.searchsorted(self._chosen, number))
        self.go(min(max(row, self.first), self.last))

    def widen(self, number: int, *, following: bool = False) -> None:
        """Show all packets again, with the cursor on packet `number`."""
        self._chosen, self._left = None, 0
        self.following = following
        self.set_range(*self._bounds)
        self.go(number)

    def own_cells(self) -> list[tuple[str, str]]:
        """Return (field of the display filter, its cell) of the packet under the cursor, as far as it has them."""
        fact = self._facts.get(self.number)
        cells = fact.cells if fact is not None else ()
        return [(field, text) for field, text in zip(self.look.fields, cells, strict=False) if text]

    def shown_numbers(self) -> Sequence[int]:
        """Return the numbers of all packets in the rows, ascending."""
        return range(self.first, self.last + 1) if self._chosen is None else self._chosen.tolist()

    @property
    def packet(self) -> PacketRow | None:
        """The packet under the cursor, looked up where it was not drawn yet; None when it is gone."""
        drawn = self._rows.get(self.number)
        return drawn if drawn is not None else next(iter(self._engine.rows_of([self.number])), None)

    def row_text(self) -> str:
        """Return the packet under the cursor as one line of text."""
        packet = self.packet
        if packet is None:
            return ""
        source = endpoint(packet.source, packet.source_port)
        destination = endpoint(packet.destination, packet.destination_port)
        return f"{packet.number}  {source} > {destination}  {packet.protocol}  {packet.length}  {packet.info}"

    def begin(self, *, live: bool) -> None:
        """Begin anew with another capture; a file is read from its beginning."""
        self._rows.clear()
        self._facts.forget()
        self._chosen, self._left = None, 0
        self._info_from = 0
        self.following, self._early = live or self._early, False
        self.cursor = self.top = 0

    def toggle_columns(self) -> None:
        """Show more of the columns that are left out by default, after the last set the user's own or the first."""
        width = self.size.width
        if self.look.columns and self._chosen_columns is None:
            self._chosen_columns = 0
        else:
            chosen = self._set(width) + 1
            over = None if self.look.columns else 0
            self._chosen_columns = chosen if chosen < sets(width) else over
        self.refresh()

    @property
    def usual_columns(self) -> list[str]:
        """The columns that are seen where the user chose none of his own."""
        return [column.field for column in layout(self.size.width, self._set(self.size.width), 1).columns] + [INFO]

    def action_scroll_info(self, direction: int) -> None:
        """Move the info column sideways, not further than the longest info in sight."""
        longest = max((len(row.info) for row in self._rows.values()), default=0)
        self._info_from = max(min(self._info_from + direction * INFO_STEP, longest - INFO_STEP), 0)
        self.refresh()

    def action_last(self) -> None:
        """Go to the newest packet and follow."""
        self.following = True
        self._early = self.last < self.first
        self.set_range(self.first, self.last)
        self.post_message(self.Moved(self, self.cursor))

    def renew(self) -> None:
        """Fetch the rows again: they read otherwise now."""
        self._rows.clear()
        self._facts.forget()
        self.refresh()

    def prepare(self, top: int, count: int) -> None:
        """Fetch the rows that will be drawn and are not known from the last time."""
        before = 1 if self.look.times == "delta" and top > self.first else 0
        wanted = [self._number(row) for row in range(top - before, top + count)]
        known = {number: self._rows[number] for number in wanted if number in self._rows}
        missing = [number for number in wanted if number not in known]
        annotations = self._engine.annotations()
        self._marks, self._comments = annotations.marks, annotations.comments
        self._clock = Clock(self.look.times, self._first_time_ns, annotations.references)
        if missing:
            known.update((packet.number, packet) for packet in self._engine.rows_of(missing))
        self._rows = known
        rows = [known[number] for number in wanted if number in known]
        self._before = {row.number: last.time_ns for last, row in pairwise(rows)}
        self._facts.prepare(wanted)

    def empty_text(self) -> str:
        """Say why there is nothing, and what to do."""
        return self._empty

    def header_segments(self, width: int) -> list[Segment]:
        """Draw the column titles."""
        style = self.styles_now.header
        arrow = "<" if self._info_from else " "
        columns = self._layout(width)
        info = f"{arrow}Info" if columns.with_info else ""
        return fill([Segment(f"  {columns.title()}{info}", style)], width, style)

    def row_segments(self, row: int, width: int, *, selected: bool) -> list[Segment]:
        """Draw one packet."""
        number = self._number(row)
        packet = self._rows.get(number)
        styles = self.styles_now
        if packet is None:
            return fill([Segment(f"  {number:>8}  left the buffer", styles.dim)], width, styles.dim)
        color = self._facts.color(number)
        style = styles.kinds.get(color or packet.kind, styles.normal)
        rest = style if color else styles.normal
        if selected:
            style = rest = styles.cursor
        mark = "=" if number in self._changes else PROBLEM.get(packet.kind, " ")
        mark = "*" if number in self._marks else '"' if number in self._comments else mark
        columns = self._layout(width + 1)
        cells = columns.cells(packet, self._clock, self._facts.get(number), self._before.get(number))
        return fill(
            [
                Segment(">" if selected else " ", rest),
                Segment(mark, rest if selected else styles.error if mark == "!" else styles.accent),
                *(Segment(cell + " ", style if at == columns.protocol else rest) for at, cell in enumerate(cells)),
                Segment(columns.info(packet)[self._info_from :], style),
            ],
            width,
            rest,
        )

    def _number(self, row: int) -> int:
        """Return the number of the packet in a row: they are the same unless only some packets are shown."""
        return row if self._chosen is None else int(self._chosen[row - self._left])

    def _leave(self, numbers: NDArray[np.int64], history: History) -> None:
        import numpy as np

        gone = leaving(numbers, history)
        # Rows between which others leave move up to what is behind them; cursor and top go with their packets
        at, top = self.cursor - self._left, self.top - self._left
        self.cursor += int(np.count_nonzero(gone > at))
        self.top += int(np.count_nonzero(gone > top))
        self._left += len(gone)
        self._set_chosen(np.delete(numbers, gone))

    def _set_chosen(self, numbers: NDArray[np.int64]) -> None:
        self._chosen = numbers
        self.set_range(self._left, self._left + len(self._chosen) - 1)

    def _set(self, width: int) -> int:
        chosen = usual_set(width) if self._chosen_columns is None else self._chosen_columns
        return min(chosen, sets(width) - 1)

    def _layout(self, width: int) -> Layout:
        highest = self._number(self.last) if self.last >= self.first else 0
        digits = len(str(highest))
        if self.look.columns and self._chosen_columns is None:
            return own_layout(width, self.look.columns, digits, self.look.times)
        return layout(width, self._set(width), digits, self.look.times)
