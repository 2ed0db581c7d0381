"""The contract between the reassembly of TCP streams and what reads the protocols inside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

NO_MORE: Final = -1
"""The answer of StreamReader.unwanted when nothing more of a direction has to be looked at."""


class Moment(NamedTuple):
    """The packet that made bytes readable."""

    time_ns: int
    """Its capture time, nanoseconds since the epoch."""
    number: int
    """Its packet number."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Whose bytes a reader gets; addresses are in host order as in PacketBatch (high and low 64 bits)."""

    serial: int
    """The serial of the flow in the flow table."""
    vlan: int
    initiator_high: int
    initiator_low: int
    initiator_port: int
    responder_high: int
    responder_low: int
    responder_port: int
    start: Moment
    """The first packet of the flow that was seen with payload."""


class StreamReader(Protocol):
    """Reads both directions of one stream. Never raises, whatever the bytes; bounds what it keeps.

    The reader keeps the incomplete message at the end of what it was given, if it needs it.
    """

    def read(self, from_initiator: bool, data: bytes, moment: Moment, /) -> None:
        """Take the next bytes of a direction: each byte once, in order."""
        ...

    def lost(self, from_initiator: bool, length: int, moment: Moment, /) -> None:
        """Take note that the next `length` bytes were not captured, or were not kept, and will not come."""
        ...

    def closed(self, from_initiator: bool, moment: Moment, /) -> None:
        """Take note that a direction ended by FIN or RST, or that the flow is forgotten."""
        ...

    def unwanted(self, from_initiator: bool, /) -> int:
        """Return how many of the next bytes need not be handed on (a body), 0 for none, NO_MORE for the whole rest.

        Bytes that were skipped are not given to `read` nor reported to `lost`.
        """
        ...
