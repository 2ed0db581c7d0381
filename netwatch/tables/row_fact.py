"""RowFact: what else is told of a packet in the packet table: cells of chosen fields, and a colour rule."""

from __future__ import annotations

from typing import Final, NamedTuple

PLAIN: Final = -1
"""No colour rule."""


class RowFact(NamedTuple):
    """Of one packet; strings are printable."""

    cells: tuple[str, ...] = ()
    """A text for each field that was asked for, empty where the packet does not have it."""
    rule: int = PLAIN
    """Index of the first colour rule that the packet passes, PLAIN for none."""
    names: tuple[str, str] = ("", "")
    """Of source and destination, empty for unknown ones."""
