"""HandshakeTable, ServiceTable, HandshakeCounts: attempts to open TCP connections, each, by service and in all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class HandshakeTable:
    """Attempts in the order that was asked for, n of them, and connections that were met in the middle.

    Columns have shape (n,). Times are nanoseconds since the epoch, 0 for steps that were not seen; durations are
    nanoseconds, -1 where not known. Strings are printable.
    """

    serial: NDArray[np.int64]
    """As FlowTable.serial: each attempt is a flow."""
    row: NDArray[np.intp]
    source: tuple[str, ...]
    """Address of the initiator."""
    destination: tuple[str, ...]
    sport: NDArray[np.uint16]
    dport: NDArray[np.uint16]
    application: tuple[str, ...]
    vlan: tuple[str, ...]
    interface: NDArray[np.uint16]
    outcome: tuple[str, ...]
    """The class: complete, incomplete, refused, half_open or mid_stream."""
    state: tuple[str, ...]
    """In words: SYN sent, retrying 3 times, SYN-ACK seen, half-open, complete, refused by RST, refused by ICMP,
    aborted, mid-stream."""
    overdue: NDArray[np.bool_]
    """Still open 10 s of packet time after its first SYN."""
    syn_ns: NDArray[np.int64]
    """First SYN; the first packet of connections met in the middle."""
    syn_ack_ns: NDArray[np.int64]
    ack_ns: NDArray[np.int64]
    ended_ns: NDArray[np.int64]
    """When the attempt was completed, refused or aborted."""
    server_rtt_ns: NDArray[np.int64]
    """From the newest SYN to its SYN-ACK: between the capture point and the server."""
    client_rtt_ns: NDArray[np.int64]
    """From SYN-ACK to ACK: between the capture point and the client."""
    rtt_ns: NDArray[np.int64]
    """Both together."""
    retries: NDArray[np.int64]
    """SYNs after the first."""
    syn_acks: NDArray[np.int64]
    mismatch: tuple[str, ...]
    """Options that the initiator offered and the responder did not take; empty for none."""
    diagnosis: tuple[str, ...]
    """One sentence: what happened and the likely reason."""

    def __len__(self) -> int:
        return len(self.serial)


@dataclass(frozen=True, slots=True, eq=False)
class ServiceTable:
    """Attempts by the server's address and port, in the order that was asked for; columns have shape (n,)."""

    serial: NDArray[np.int64]
    """Tells services apart, the same for one service all the time."""
    server: tuple[str, ...]
    port: NDArray[np.uint16]
    protocol: tuple[str, ...]
    application: tuple[str, ...]
    attempts: NDArray[np.int64]
    """The sum of the following four."""
    complete: NDArray[np.int64]
    incomplete: NDArray[np.int64]
    refused: NDArray[np.int64]
    half_open: NDArray[np.int64]
    success: NDArray[np.float64]
    """Share of attempts that were completed, 0 to 1."""
    rtt_p50_ns: NDArray[np.float64]
    rtt_p95_ns: NDArray[np.float64]
    rtt_max_ns: NDArray[np.float64]
    """Percentiles of HandshakeTable.rtt_ns of those that were completed, NaN for none."""
    first_ns: NDArray[np.int64]
    last_ns: NDArray[np.int64]
    """First SYN of the earliest and of the latest attempt."""

    def __len__(self) -> int:
        return len(self.serial)


RTT_EDGES_MS = (1, 3, 10, 30, 100, 300)
"""Where the bins of round trips end, milliseconds."""


@dataclass(frozen=True, slots=True)
class HandshakeCounts:
    """How attempts ended since the start, those of evicted flows included. Every attempt is in exactly one class."""

    complete: int = 0
    incomplete: int = 0
    """No answer, so far."""
    refused: int = 0
    """A RST or an ICMP error answered the SYN."""
    half_open: int = 0
    """A SYN-ACK was seen, but no ACK, or one of the ends took it back."""
    mid_stream: int = 0
    """Connections whose SYN was not seen; no attempts."""
    overdue: int = 0
    """Incomplete or half open for 10 s of packet time; flows in the table only."""
    rtt_p50_ns: float = -1.0
    rtt_p95_ns: float = -1.0
    """Percentiles of HandshakeTable.rtt_ns of all that were completed, -1 for none."""
    rtt_bins: tuple[int, ...] = ()
    """How many of the round trips of whole handshakes were below each of RTT_EDGES_MS and not below the one before,
    and at the end those that took longer; () where nothing was counted."""

    @property
    def attempts(self) -> int:
        """All attempts."""
        return self.complete + self.incomplete + self.refused + self.half_open

    @property
    def success(self) -> float:
        """Share of attempts that were completed, 0 to 1; 0 without attempts."""
        return self.complete / self.attempts if self.attempts else 0.0
