"""PacketLook: how the user wants the packet table: form of times, names, columns; kept as plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Times = Literal["relative", "day", "utc", "date", "delta", "reference"]
TIMES: Final[tuple[Times, ...]] = get_args(Times)
"""In the order in which one goes through them."""
TIMES_SAID: Final[Mapping[Times, str]] = {
    "relative": "since the first packet",
    "day": "time of day",
    "utc": "time of day in UTC",
    "date": "date and time",
    "delta": "since the packet shown before",
    "reference": "since the time reference before, Ctrl+T sets one",
}
INFO: Final = "info"
"""The column that takes the rest of the line."""
MOST_COLUMNS: Final = 24
LONGEST_NAME: Final = 100
WIDTHS: Final = range(3, 81)


@dataclass(frozen=True, slots=True)
class OwnColumn:
    """One column of the user's."""

    field: str
    """One of packet_columns.BUILT_IN, or a field of the display filter."""
    width: int = 0
    """Cells, 0 for the usual."""
    shown: bool = True


@dataclass(frozen=True, slots=True)
class PacketLook:
    """What was chosen."""

    times: Times = "relative"
    names: bool = False
    """Names of hosts in place of addresses, where they are known."""
    columns: tuple[OwnColumn, ...] = ()
    """Empty for those that fit the terminal."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of the display filter that are shown."""
        from netwatch.tui.widgets.packet_columns import BUILT_IN

        return tuple(column.field for column in self.columns if column.shown and column.field not in BUILT_IN)

    def with_next_times(self) -> PacketLook:
        """Return the look with times in the next form."""
        return replace(self, times=TIMES[(TIMES.index(self.times) + 1) % len(TIMES)])

    def as_values(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        columns = [[column.field, column.width, column.shown] for column in self.columns]
        return {"times": self.times, "names": self.names, "columns": columns}


def look_of(values: Any) -> PacketLook:
    """Return what `as_values` gave; what makes no sense is left out."""
    if not isinstance(values, dict):
        return PacketLook()
    times: Any = values.get("times")
    columns = values.get("columns")
    found = [_column(each) for each in columns[:MOST_COLUMNS]] if isinstance(columns, list) else []
    return PacketLook(
        times if times in TIMES else "relative",
        values.get("names") is True,
        tuple(column for column in found if column is not None),
    )


def _column(values: Any) -> OwnColumn | None:
    if not (isinstance(values, list) and len(values) == 3):
        return None
    name, width, shown = values
    if not isinstance(name, str) or not name or len(name) > LONGEST_NAME:
        return None
    return OwnColumn(name, width if type(width) is int and width in WIDTHS else 0, shown is not False)
