"""Stream: what two ends said to each other, in the order in which it was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Side = Literal[0, 1]
"""0 for whoever began, 1 for the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Bytes that one side sent without the other speaking between, or bytes that are missing."""

    side: Side
    data: bytes
    packet: int
    """Number of the packet that it begins with."""
    missing: int = 0
    """Bytes that were sent and not captured; `data` is empty then."""
    note: str = ""
    """Printable words on it, such as how it was decoded."""


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """A conversation as it was followed."""

    label: str
    """Its ends and protocol, printable."""
    ends: tuple[str, str]
    """Who began, and the other."""
    chunks: tuple[Chunk, ...]
    packets: int
    """Packets of it that were looked at."""
    http: tuple[Chunk, ...] = ()
    """The same as HTTP messages with their bodies decoded; empty where it is not HTTP."""
    note: str = ""
    """What was left out, and why."""

    def side(self, side: Side) -> bytes:
        """Return everything that one side sent, without what is missing."""
        return b"".join(chunk.data for chunk in self.chunks if chunk.side == side)
