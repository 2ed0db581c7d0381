"""The packet table: columns whose widths depend on the terminal only, colours by protocol, the tail followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.binding import Binding, BindingType

from netwatch.tui import format as text
from netwatch.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from textual.strip import Strip

    from netwatch.engine import Engine
    from netwatch.snapshot import PacketRow, Snapshot

WIDE: Final = 100
"""Terminal columns from which ports stand beside their addresses; below, the info column has them."""
VERY_WIDE: Final = 140
"""Terminal columns from which TTL and VLAN are shown unasked."""
INFO_STEP: Final = 16
PROBLEM: Final = {"reset": "!", "malformed": "!"}
"""Marks for rows whose colour means something is wrong, for eyes and terminals without colours."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of fixed width."""

    title: str
    width: int
    right: bool = False


class PacketTable(LineList):
    """The packets that the engine's buffer holds, by packet number."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h,left", "scroll_info(-1)", show=False),
        Binding("l,right", "scroll_info(1)", show=False),
    ]
    header_height = 1

    def __init__(self, engine: Engine) -> None:
        super().__init__(widget_id="packets")
        self._engine = engine
        self._rows: dict[int, PacketRow] = {}
        self._changes: dict[int, str] = {}
        self._first_time_ns = 0
        self._info_from = 0
        self._all_columns: bool | None = None
        self._time_of_day = False
        self._empty = ""
        self.following = True

    def show(self, snapshot: Snapshot) -> None:
        """Take over what the buffer holds now."""
        self._first_time_ns = snapshot.first_time_ns
        self._changes = dict(snapshot.history.filter_changes)
        self._empty = _empty_text(snapshot)
        self.set_range(snapshot.history.first, snapshot.history.last)

    def begin(self, *, live: bool) -> None:
        """Begin anew with another capture; a file is read from its beginning."""
        self._rows.clear()
        self._info_from = 0
        self.following = live
        self.cursor = self.top = 0

    def toggle_columns(self) -> None:
        """Show the columns that are left out by default, or hide them."""
        self._all_columns = not self._shows_all(self.size.width)
        self.refresh()

    def toggle_time(self) -> None:
        """Go from time since the first packet to time of day and back."""
        self._time_of_day = not self._time_of_day
        self.refresh()

    def action_scroll_info(self, direction: int) -> None:
        """Move the info column sideways."""
        self._info_from = max(self._info_from + direction * INFO_STEP, 0)
        self.refresh()

    def action_last(self) -> None:
        """Go to the newest packet and follow."""
        self.following = True
        self.set_range(self.first, self.last)
        self.post_message(self.Moved(self, self.cursor))

    def prepare(self, top: int, count: int) -> None:
        """Fetch the rows that will be drawn and are not known from the last time."""
        known = {number: row for number, row in self._rows.items() if top <= number < top + count}
        missing = [number for number in range(top, top + count) if number not in known]
        if missing:
            for row in self._engine.rows(missing[0], missing[-1] - missing[0] + 1):
                known[row.number] = row
        self._rows = known

    def empty_text(self) -> str:
        """Say why there is nothing, and what to do."""
        return self._empty

    def header_strip(self, width: int) -> Strip:
        """Draw the column titles."""
        cells = [f"{c.title:>{c.width}}" if c.right else f"{c.title:<{c.width}}" for c in self._columns(width)]
        style = self.styles_now.header
        arrow = "<" if self._info_from else " "
        return self.fill([Segment("  " + " ".join(cells) + f" {arrow}Info", style)], width, style)

    def row_strip(self, row: int, width: int, *, selected: bool) -> Strip:
        """Draw one packet."""
        packet = self._rows.get(row)
        styles = self.styles_now
        if packet is None:
            return self.fill([Segment(f"  {row:>8}  left the buffer", styles.dim)], width, styles.dim)
        style = styles.kinds.get(packet.kind, styles.normal)
        rest = styles.normal
        if selected:
            style = rest = styles.cursor
        mark = "=" if row in self._changes else PROBLEM.get(packet.kind, " ")
        columns = self._columns(width + 1)
        cells = [_cell(value, column) for value, column in zip(self._values(packet, width + 1), columns, strict=True)]
        protocol = next(index for index, column in enumerate(columns) if column.title == "Proto")
        info = packet.info[self._info_from :]
        return self.fill(
            [
                Segment(">" if selected else " ", rest),
                Segment(mark, rest if selected else styles.error if mark == "!" else styles.accent),
                Segment(" ".join(cells[:protocol]) + " ", rest),
                Segment(cells[protocol] + " ", style),
                Segment(" ".join(cells[protocol + 1 :]) + "  ", rest),
                Segment(info, style),
            ],
            width,
            rest,
        )

    def _shows_all(self, width: int) -> bool:
        return width >= VERY_WIDE if self._all_columns is None else self._all_columns

    def _columns(self, width: int) -> tuple[Column, ...]:
        address = 15 if width < WIDE else 21 if width < VERY_WIDE else 27
        time = Column("Time", 15 if self._time_of_day else 11, right=True)
        columns = [Column("No", 8 if width >= WIDE else 7, right=True), time]
        columns += [Column("Source", address), Column("Destination", address), Column("Proto", 7)]
        columns.append(Column("Len", 5, right=True))
        if self._shows_all(width):
            columns += [Column("TTL", 3, right=True), Column("VLAN", 4), Column("Dir", 3)]
            columns.append(Column("If", 8))
        return tuple(columns)

    def _values(self, packet: PacketRow, width: int) -> list[str]:
        ports = width >= WIDE
        when = text.clock(packet.time_ns) if self._time_of_day else text.since(packet.time_ns, self._first_time_ns)
        values = [
            str(packet.number),
            when,
            endpoint(packet.source, packet.source_port if ports else -1),
            endpoint(packet.destination, packet.destination_port if ports else -1),
            packet.protocol,
            str(packet.length),
        ]
        if self._shows_all(width):
            values += [str(packet.ttl) if packet.ttl >= 0 else "", packet.vlan, packet.direction, packet.interface]
        return values


def endpoint(address: str, port: int) -> str:
    """Return an address with its port as people write it: `10.0.0.1:53`, `[2001:db8::1]:53`."""
    if port < 0:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _cell(value: str, column: Column) -> str:
    if len(value) > column.width:
        # The end of an address tells hosts apart, and the port stands there too
        value = value[: column.width // 2 - 1] + "~" + value[-(column.width - column.width // 2) :]
    return f"{value:>{column.width}}" if column.right else f"{value:<{column.width}}"


def _empty_text(snapshot: Snapshot) -> str:
    if not snapshot.source:
        return "nothing is being captured: press i to choose an interface"
    if snapshot.message:
        return snapshot.message
    if not snapshot.live:
        return f"{snapshot.source} holds no packets"
    if snapshot.capture_filter:
        return f"no packets yet on {snapshot.source} that match the filter: f changes it"
    return f"no packets yet on {snapshot.source}: i chooses another interface"
