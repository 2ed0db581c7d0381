"""What detectors learn of TCP connections: attempts, handshakes that were completed, and how attempts ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from netwatch.detect.columns import Directed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Ending(IntEnum):
    """How an attempt ended. All but OK and HALF_OPEN are failures; retries are the same attempt."""

    OK = 0
    """Both ends sent data, or the initiator did and both closed."""
    SILENT = 1
    """No answer within ATTEMPT_DELAY_NS (Zeek's tcp_attempt_delay)."""
    REFUSED = 2
    """The responder answered the SYN with a RST."""
    PROBED = 3
    """The initiator took it back before it had sent data: what nmap -sS and -sT do with open ports."""
    HALF_OPEN = 5
    """The responder answered, and the initiator's ACK did not come within HALF_OPEN_NS: neither failed nor fine."""


@dataclass(slots=True, eq=False)
class Syns(Directed):
    """Every SYN without ACK, retries and those with made-up numbers included."""

    dport: NDArray[np.uint16]
    vlan: NDArray[np.int32]
    mac: NDArray[np.uint64]


@dataclass(slots=True, eq=False)
class Connections(Directed):
    """Events of connections. `src` is the initiator, `dst` the responder."""

    sport: NDArray[np.uint16]
    dport: NDArray[np.uint16]
    vlan: NDArray[np.int32]
    mac: NDArray[np.uint64]
    """The MAC address that the SYN came from, 0 where the link has none."""
    window: NDArray[np.uint16]
    """Of the SYN."""
    bare: NDArray[np.bool_]
    """The SYN had no options, which no usual system leaves out."""
    syn_number: NDArray[np.int64]
    syn_ns: NDArray[np.int64]
    """The first SYN."""


@dataclass(slots=True, eq=False)
class Endings(Connections):
    """Attempts that ended."""

    ending: NDArray[np.uint8]
    """Ending."""
    answered: NDArray[np.bool_]
    """A SYN-ACK was seen: the port is open."""
    one_sided: NDArray[np.bool_]
    """The initiator went on as if it had an answer, but the capture has none: it sees one direction only."""
    request_bytes: NDArray[np.int32]
    """Payload of the initiator's first segment with data, 0 where it sent none."""
