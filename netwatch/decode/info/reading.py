"""The form of a reader: a pure function from the bytes of one protocol to its name and one line of text."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class Context(NamedTuple):
    """What is known of the packet around the bytes that a reader is given."""

    length: int = 0
    """Bytes of the payload as the header in front of it counts them, captured or not."""
    source_port: int = 0
    destination_port: int = 0

    def uses(self, port: int) -> bool:
        """Return True when either end uses `port`."""
        return port in (self.source_port, self.destination_port)


class Reading(NamedTuple):
    """What a reader made of a packet."""

    protocol: str
    """The short name, as PacketRow has it."""
    text: str
    """One line; empty when the name says all."""
    kind: str = ""
    """Colour class as PacketRow lists them; empty for that of the protocol underneath."""


Reader: TypeAlias = Callable[[bytes, Context], Reading | None]
"""Given at least one byte. None says that the bytes are not of this protocol. Never raises and its work is bounded,
whatever the bytes are: they come from strangers."""
