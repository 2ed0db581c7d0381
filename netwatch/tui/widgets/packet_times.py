"""Clock: the time column of the packet table in each of its forms."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from netwatch.tui import format as text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netwatch.dissection import PacketRow
    from netwatch.tui.packet_look import Times

REFERENCE: Final = "*REF*"
"""What stands in place of the time of a packet that is a time reference."""
WIDTHS: Final[Mapping[Times, tuple[int, int]]] = {
    "relative": (9, 11),
    "day": (12, 15),
    "utc": (13, 16),
    "date": (14, 26),
    "delta": (9, 11),
    "reference": (9, 11),
}
"""Cells in narrow and in wide terminals."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Writes times."""

    times: Times = "relative"
    first_ns: int = 0
    """Capture time of the first packet."""
    references: tuple[tuple[int, int], ...] = ()
    """(packet number, its time) of the time references, by number."""
    numbers: tuple[int, ...] = field(init=False)
    """Their numbers."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", tuple(number for number, _ in self.references))

    def text(self, packet: PacketRow, before_ns: int | None, width: int) -> str:
        """Return the time of a packet; `before_ns` is that of the packet in the row before, None without one."""
        if packet.number in self.numbers and self.times in ("relative", "reference"):
            return REFERENCE
        match self.times:
            case "day":
                return text.clock(packet.time_ns)[:width]
            case "utc":
                return text.utc(packet.time_ns, width)
            case "date":
                return text.date(packet.time_ns, width)
            case "delta":
                return text.since(packet.time_ns, packet.time_ns if before_ns is None else before_ns, width)
            case "reference":
                return text.since(packet.time_ns, self._base(packet.number), width)
            case _:
                return text.since(packet.time_ns, self.first_ns, width)

    def _base(self, number: int) -> int:
        """Return the time of the last reference before a packet, else that of the first packet."""
        before = bisect_right(self.numbers, number) - 1
        return self.references[before][1] if before >= 0 else self.first_ns
