"""Events: the packets and ICMP errors that matter to attempts to open a connection, and what they lead to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Step(IntEnum):
    """How far an attempt came; those from COMPLETE on are final, but for UNREACHABLE."""

    NONE = 0
    """The flow did not begin with a SYN, as far as was seen."""
    SYN_SENT = 1
    ANSWERED = 2
    """A SYN-ACK was seen."""
    COMPLETE = 3
    REFUSED = 4
    """The responder answered the SYN with a RST."""
    UNREACHABLE = 5
    """An ICMP error answered the SYN; a SYN that is sent again may still be answered otherwise."""
    ABORTED = 6
    """The initiator sent a RST before it completed the handshake."""
    DROPPED = 7
    """The responder sent a RST after its SYN-ACK."""


@dataclass(frozen=True, slots=True, eq=False)
class Openings:
    """What a block changed."""

    rows: NDArray[np.intp]
    """Rows of the attempts that began or about which something new was seen."""
    confirmed: NDArray[np.intp]
    """Rows of those whose SYN-ACK the initiator acknowledged, in ascending order."""
    confirmed_at: NDArray[np.intp]
    """Positions in the block of the packets that did."""


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Packets that may matter to attempts, sorted by row and position; n events of k attempts."""

    rows: NDArray[np.intp]
    position: NDArray[np.intp]
    """Position in the block."""
    icmp: NDArray[np.intp]
    """Type << 8 | code of an ICMP error, -1 for a TCP packet."""
    forth: NDArray[np.bool_]
    """Sent by the initiator; False for ICMP errors."""
    flags: NDArray[np.uint8]
    seq: NDArray[np.uint32]
    """For ICMP errors the sequence number that they quote."""
    ack: NDArray[np.uint32]
    length: NDArray[np.int64]
    time_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)
