"""FlowTable: some flows as a pane, a report or an exporter sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class FlowTable:
    """Flows in the order that was asked for, n of them; strings are printable.

    Columns have shape (n,); those of shape (n, 2) hold what the initiator of the flow sent or measured in column 0 and
    what the responder did in column 1.
    """

    serial: NDArray[np.int64]
    """Number of the flow in this capture, from 1; never used twice."""
    row: NDArray[np.intp]
    """Where the tracker holds it, as FlowBatch.rows has it."""
    source: tuple[str, ...]
    """Address of the initiator."""
    destination: tuple[str, ...]
    sport: NDArray[np.uint16]
    """Port of the initiator; ICMP: its type; 0 where the protocol has none."""
    dport: NDArray[np.uint16]
    """Port of the responder; ICMP: the type that answers, or the code."""
    protocol: tuple[str, ...]
    """Name of the IP protocol, or of the EtherType where the flow is not of IP."""
    number: NDArray[np.uint8]
    """IP protocol number, 255 where the flow is not of IP."""
    application: tuple[str, ...]
    """Name of the application protocol, empty when not known."""
    vlan: tuple[str, ...]
    """As PacketRow.vlan."""
    interface: NDArray[np.uint16]
    """Index into the interfaces of the source, of the first packet."""
    first_ns: NDArray[np.int64]
    last_ns: NDArray[np.int64]
    """Earliest and latest capture time, nanoseconds since the epoch."""
    packets: NDArray[np.int64]
    """Shape (n, 2)."""
    bytes: NDArray[np.int64]
    """Bytes on the wire, shape (n, 2)."""
    payload: NDArray[np.int64]
    """Bytes behind the transport header, shape (n, 2)."""
    flags: NDArray[np.uint8]
    """TCP flags seen, or-ed, shape (n, 2)."""
    ttl: NDArray[np.uint8]
    """Of the newest packet, shape (n, 2)."""
    rate: NDArray[np.float64]
    """Bytes per second now: over the last second of packet time, smoothed as Rates.bits_per_second is."""
    peak: NDArray[np.int64]
    """Most bytes in one second."""
    history_rates: NDArray[np.int64]
    """Bytes in each of the last seconds, oldest first, the running one last; shape (n, RATE_SECONDS)."""
    state: tuple[str, ...]
    """State of a TCP connection such as ESTABLISHED; empty for other protocols."""
    conn_state: tuple[str, ...]
    """Zeek's conn_state; empty where the flow is not of IP."""
    history: tuple[str, ...]
    """Zeek's history, at most 24 letters."""
    community_id: tuple[str, ...]
    """Community ID version 1 with seed 0; empty where the flow is not of IP."""
    resumed: NDArray[np.bool_]
    """The conversation was known, but idle for longer than its timeout."""
    health: FlowHealth
    """Of the same flows; all zero or unknown where the protocol is not TCP."""
    source_name: tuple[str, ...] = ()
    """Name of the initiator as learned from the packets, empty when not known; () where nobody looked."""
    destination_name: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    """One line of what the ends said: versions, names, users; empty where nothing is known, () where nobody looked."""
    process: tuple[str, ...] = ()
    """Who owns the socket, where it is this machine's, as ProcessOwner.label; () where nobody looked."""

    def __len__(self) -> int:
        return len(self.serial)

    @property
    def duration_ns(self) -> NDArray[np.int64]:
        """Time from the earliest to the latest packet."""
        return self.last_ns - self.first_ns


@dataclass(frozen=True, slots=True, eq=False)
class FlowHealth:
    """How the TCP connections of a FlowTable fare; columns have shape (n, 2) as there unless stated."""

    handshake_rtt_ns: NDArray[np.int64]
    """Between the capture point and each end: from SYN-ACK to ACK for the initiator, from SYN to SYN-ACK for the
    responder; -1 where not seen. A SYN that was sent again counts from its newest copy."""
    rtt_ns: NDArray[np.int64]
    """Smoothed time (RFC 6298) from data that an end sent to its acknowledgement, so between the capture point and
    the other end; -1 where not measured."""
    rtt_least_ns: NDArray[np.int64]
    """Shortest such time."""
    retransmissions: NDArray[np.uint32]
    """Segments sent again, fast and spurious ones included, as Wireshark's tcp.analysis.retransmission."""
    fast_retransmissions: NDArray[np.uint32]
    spurious_retransmissions: NDArray[np.uint32]
    """Everything in them had been acknowledged."""
    out_of_order: NDArray[np.uint32]
    lost_segments: NDArray[np.uint32]
    """Segments before which something was skipped."""
    duplicate_acks: NDArray[np.uint32]
    keep_alives: NDArray[np.uint32]
    zero_windows: NDArray[np.uint32]
    """Segments in which an end said that it takes no more data."""
    resets: NDArray[np.uint32]
    """RSTs that an end sent."""
    in_flight: NDArray[np.int64]
    """Most bytes that an end had sent beyond what was acknowledged."""
    missing: NDArray[np.int64]
    """Bytes of an end that its peer acknowledged although the capture does not have them."""
    mss: NDArray[np.uint16]
    """Maximum segment size in the SYN or SYN-ACK, 0 for none."""
    window_scale: NDArray[np.int8]
    """-1 for none."""
    sack: NDArray[np.bool_]
    """Offered by the initiator, accepted by the responder; likewise the following."""
    timestamps: NDArray[np.bool_]
    ecn: NDArray[np.bool_]
    fast_open: NDArray[np.bool_]
    """The responder's: it gave a cookie or took the data of the SYN (RFC 7413)."""
    multipath: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CaptureGaps:
    """What ends acknowledged although the capture does not have it: an estimate of what the capture itself lost."""

    bytes: int = 0
    segments: int = 0
    """Bytes divided by the maximum segment size of each end, rounded up."""
    flows: int = 0
    """Flows in which anything is missing."""

    def __add__(self, other: CaptureGaps) -> CaptureGaps:
        return CaptureGaps(self.bytes + other.bytes, self.segments + other.segments, self.flows + other.flows)


@dataclass(frozen=True, slots=True)
class FlowCounts:
    """How many flows there were since the start, evicted ones included."""

    tcp: int = 0
    """Conversations: one that goes on after a pause counts once, a new connection on the same ports counts again."""
    udp: int = 0
    other: int = 0
    """Of other protocols, and those of UDP of which only fragments without ports were captured."""
    resumed: int = 0
    """Flows that began because a conversation went on after its timeout; not in the three above."""
    evicted: int = 0
    """Flows that left because the table was full."""
    held: int = 0
    """Flows in the table now."""
    gaps: CaptureGaps = CaptureGaps()
