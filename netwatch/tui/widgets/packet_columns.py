"""The columns of the packet table: which there are and how wide, decided by the width of the terminal alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from rich.cells import cell_len, set_cell_size

from netwatch.tui import format as text

if TYPE_CHECKING:
    from netwatch.snapshot import PacketRow

WIDE: Final = 100
"""Terminal columns from which ports stand beside their addresses; below, the info column has them."""
VERY_WIDE: Final = 140
"""Terminal columns from which every column is shown unasked."""

Field = Literal[
    "number", "time", "source", "destination", "protocol", "length", "ttl", "vlan", "direction", "interface"
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of fixed width."""

    field: Field
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
    """Position of the protocol among the columns."""

    def title(self) -> str:
        """Return the line above the rows."""
        return " ".join(f"{c.title:>{c.width}}" if c.right else f"{c.title:<{c.width}}" for c in self.columns)

    def cells(self, packet: PacketRow, first_time_ns: int, *, time_of_day: bool) -> list[str]:
        """Return the packet's cells, each as wide as its column."""
        return [_cell(self._value(packet, column, first_time_ns, time_of_day), column) for column in self.columns]

    def info(self, packet: PacketRow) -> str:
        """Return the info line without ports that stand beside the addresses already."""
        if self.ports and packet.source_port >= 0:
            return packet.info.removeprefix(f"{packet.source_port} > {packet.destination_port} ")
        return packet.info

    def _value(self, packet: PacketRow, column: Column, first_time_ns: int, time_of_day: bool) -> str:
        match column.field:
            case "number":
                return str(packet.number)
            case "time" if time_of_day:
                return text.clock(packet.time_ns)[: column.width]
            case "time":
                return text.since(packet.time_ns, first_time_ns, column.width)
            case "source":
                return endpoint(packet.source, packet.source_port if self.ports else -1)
            case "destination":
                return endpoint(packet.destination, packet.destination_port if self.ports else -1)
            case "length":
                return str(packet.length)
            case "ttl":
                return str(packet.ttl) if packet.ttl >= 0 else ""
            case field:
                return str(getattr(packet, field))


def sets(width: int) -> int:
    """Return how many sets of columns can be chosen from in a terminal of this width."""
    return 3 if width < WIDE else 2


def usual_set(width: int) -> int:
    """Return the set that a terminal of this width begins with."""
    return sets(width) - 1 if width >= VERY_WIDE else 0


@lru_cache(maxsize=16)
def layout(width: int, chosen: int, digits: int, *, time_of_day: bool) -> Layout:
    """Return the columns of set `chosen`, 0 with the fewest, for numbers of so many digits.

    Where all do not fit beside a readable info column, the sets between let the TTL take the place of the length,
    and the last one has no room for time and length.
    """
    wide = width >= WIDE
    everything = chosen == sets(width) - 1
    number = Column("number", "No", max(8 if wide else 6, digits), right=True)
    time = Column("time", "Time", (15 if wide else 12) if time_of_day else (11 if wide else 9), right=True)
    address = 15 if not wide else 21 if width < VERY_WIDE else 27
    ends = [Column("source", "Source", address), Column("destination", "Destination", address)]
    protocol = Column("protocol", "Proto", 7 if wide else 6)
    length = Column("length", "Len", 6 if wide else 5, right=True)
    ttl = Column("ttl", "TTL", 3, right=True)
    rest = [Column("vlan", "VLAN", 4), Column("direction", "Dir", 3), Column("interface", "If", 8 if wide else 5)]
    if wide:
        columns = [number, time, *ends, protocol, length, *([ttl, *rest] if everything else [])]
    elif everything:
        columns = [number, *ends, protocol, ttl, *rest]
    else:
        columns = [number, time, *ends, protocol, ttl if chosen else length]
    return Layout(tuple(columns), wide, columns.index(protocol))


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
