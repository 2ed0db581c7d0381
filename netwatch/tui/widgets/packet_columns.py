"""The columns of the packet table: which there are and how wide, by the width of the terminal or as the user wants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size

from netwatch.tables.row_fact import RowFact
from netwatch.tui.packet_look import INFO
from netwatch.tui.widgets.packet_times import WIDTHS, Clock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netwatch.dissection import PacketRow
    from netwatch.tui.packet_look import OwnColumn, Times

WIDE: Final = 100
"""Terminal columns from which ports stand beside their addresses; below, the info column has them."""
VERY_WIDE: Final = 140
"""Terminal columns from which every column is shown unasked."""
BUILT_IN: Final[Mapping[str, str]] = {
    "number": "No", "time": "Time", "source": "Source", "destination": "Destination", "protocol": "Proto",
    "length": "Len", "ttl": "TTL", "vlan": "VLAN", "direction": "Dir", "interface": "If", INFO: "Info",
}  # fmt: skip
"""Columns that need no field, with their titles."""
LEAST_INFO: Final = 16
"""Cells of the info column; own columns that would take them are left out."""
ENDS: Final = ("source", "destination")
LEAST_END: Final = 9
"""Cells in which an address can still be told from others."""
FIELD_WIDTHS: Final = (8, 14)
"""Cells of a field of the display filter unless the user wants others, in narrow and in wide terminals."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of fixed width."""

    field: str
    """One of BUILT_IN, or a field of the display filter."""
    title: str
    width: int
    right: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything left of the info column."""

    columns: tuple[Column, ...]
    ports: bool
    """Whether addresses have their ports; then the info column leaves them out."""
    protocol: int
    """Position of the protocol among the columns, -1 where it is not shown."""
    fields: tuple[str, ...] = ()
    """Fields of the display filter, in the order of RowFact.cells."""
    with_info: bool = True

    def title(self) -> str:
        """Return the line above the rows."""
        titles = (column.title[: column.width] for column in self.columns)
        return " ".join(
            f"{title:>{column.width}}" if column.right else f"{title:<{column.width}}"
            for title, column in zip(titles, self.columns, strict=True)
        )

    def cells(
        self, packet: PacketRow, clock: Clock, fact: RowFact | None = None, before_ns: int | None = None
    ) -> list[str]:
        """Return the packet's cells, each as wide as its column; `before_ns` is as Clock.text wants it."""
        told = fact if fact is not None else RowFact()
        return [
            _cell(
                clock.text(packet, before_ns, column.width)
                if column.field == "time"
                else self._value(packet, column.field, told),
                column,
            )
            for column in self.columns
        ]

    def info(self, packet: PacketRow) -> str:
        """Return the info line without ports that stand beside the addresses already."""
        if not self.with_info:
            return ""
        if self.ports and packet.source_port >= 0:
            return packet.info.removeprefix(f"{packet.source_port} > {packet.destination_port} ")
        return packet.info

    def _value(self, packet: PacketRow, field: str, told: RowFact) -> str:
        match field:
            case "source":
                return endpoint(told.names[0] or packet.source, packet.source_port if self.ports else -1)
            case "destination":
                return endpoint(told.names[1] or packet.destination, packet.destination_port if self.ports else -1)
            case "ttl":
                return str(packet.ttl) if packet.ttl >= 0 else ""
            case _ if field in BUILT_IN:
                return str(getattr(packet, field))
            case _:
                place = self.fields.index(field)
                return told.cells[place] if place < len(told.cells) else ""


def sets(width: int) -> int:
    """Return how many sets of columns can be chosen from in a terminal of this width."""
    return 3 if width < WIDE else 2


def usual_set(width: int) -> int:
    """Return the set that a terminal of this width begins with."""
    return sets(width) - 1 if width >= VERY_WIDE else 0


@lru_cache(maxsize=16)
def layout(width: int, chosen: int, digits: int, times: Times = "relative") -> Layout:
    """Return the columns of set `chosen`, 0 with the fewest, for numbers of so many digits.

    Where all do not fit beside a readable info column, the sets between let the TTL take the place of the length,
    and the last one has no room for time and length.
    """
    wide = width >= WIDE
    everything = chosen == sets(width) - 1
    usual = _usual(width, digits, times)
    number, time, protocol, length, ttl = (usual[name] for name in ("number", "time", "protocol", "length", "ttl"))
    ends = [usual["source"], usual["destination"]]
    rest = [usual["vlan"], usual["direction"], usual["interface"]]
    if wide:
        columns = [number, time, *ends, protocol, length, *([ttl, *rest] if everything else [])]
    elif everything:
        columns = [number, *ends, protocol, ttl, *rest]
    else:
        columns = [number, time, *ends, protocol, ttl if chosen else length]
    return Layout(tuple(columns), wide, columns.index(protocol))


@lru_cache(maxsize=16)
def own_layout(width: int, wanted: tuple[OwnColumn, ...], digits: int, times: Times = "relative") -> Layout:
    """Return the columns that the user wants, as far as they fit beside a readable info column.

    What does not fit beside those left of it is left out, the first always stays; of an address a part stays. The info
    column stands last, wherever it is among those that are wanted.
    """
    usual = _usual(width, digits, times)
    columns: list[Column] = []
    with_info = any(column.field == INFO and column.shown for column in wanted)
    wide = width >= WIDE
    room = width - 4 - (LEAST_INFO if with_info else 0)
    for column in wanted:
        if not column.shown or column.field == INFO:
            continue
        known = usual.get(column.field) or Column(column.field, column.field.rpartition(".")[2], FIELD_WIDTHS[wide])
        least = digits if column.field == "number" else 0
        size = max(column.width or known.width, least)
        if column.field in ENDS and LEAST_END <= room < size:
            size = room
        if columns and size > room:
            continue
        columns.append(Column(known.field, known.title, size, known.right))
        room -= size + 1
    protocol = next((at for at, column in enumerate(columns) if column.field == "protocol"), -1)
    fields = tuple(column.field for column in wanted if column.shown and column.field not in BUILT_IN)
    return Layout(tuple(columns), wide, protocol, fields, with_info)


def _usual(width: int, digits: int, times: Times) -> dict[str, Column]:
    """Return every column that needs no field, as wide as a terminal of this width has it."""
    wide = width >= WIDE
    address = 15 if not wide else 21 if width < VERY_WIDE else 27
    sizes = {
        "number": max(8 if wide else 6, digits),
        "time": WIDTHS[times][wide],
        "source": address,
        "destination": address,
        "protocol": 7 if wide else 6,
        "length": 6 if wide else 5,
        "ttl": 3,
        "vlan": 4,
        "direction": 3,
        "interface": 8 if wide else 5,
    }
    right = ("number", "time", "length", "ttl")
    return {name: Column(name, BUILT_IN[name], size, name in right) for name, size in sizes.items()}


def endpoint(address: str, port: int) -> str:
    """Return an address with its port as people write it: `10.0.0.1:53`, `[2001:db8::1]:53`."""
    if port < 0:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _cell(value: str, column: Column) -> str:
    width = column.width
    if not value.isascii():
        value = set_cell_size(value, min(cell_len(value), width))
        return value + " " * (width - cell_len(value))
    if len(value) > width:
        # The end of an address tells hosts apart, and the port stands there too
        value = value[: width // 2 - 1] + "~" + value[-(width - width // 2) :]
    return f"{value:>{width}}" if column.right else f"{value:<{width}}"
