"""The columns of FlowColumns that only TCP connections use: how they opened, sequence space, health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.track.flow_storage import Storage, column

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN: Final = -(1 << 44)
"""A position in sequence space that nothing was seen of; below all others."""
KNOWN: Final = UNKNOWN // 2
"""All known positions are above this."""
NO_TIME: Final = (1 << 63) - 1
"""A time that was not measured; above all others."""


class OpeningColumns(Storage):
    """How each connection opened. Columns with two values a row hold one for each end, in the order of the key."""

    step: NDArray[np.uint8] = column(np.uint8, hot=True)
    """tcp_opening.Step."""
    simultaneous: NDArray[np.bool_] = column(np.bool_)
    """The responder sent a SYN without ACK too."""
    syns: NDArray[np.uint16] = column(np.uint16)
    """SYNs of the initiator until the attempt was over, at most MANY."""
    syn_acks: NDArray[np.uint16] = column(np.uint16)
    """SYN-ACKs of the responder that acknowledge the SYN, at most MANY."""
    wrong_acks: NDArray[np.uint16] = column(np.uint16)
    """SYN-ACKs of the responder that acknowledge something else, at most MANY."""
    isn: NDArray[np.uint32] = column(np.uint32)
    """Initial sequence number of the initiator."""
    peer_isn: NDArray[np.uint32] = column(np.uint32)
    """That of the responder, once `peer_known`."""
    peer_known: NDArray[np.bool_] = column(np.bool_)
    syn_payload: NDArray[np.uint16] = column(np.uint16)
    """Bytes of payload of the first SYN (TCP Fast Open)."""
    syn_ns: NDArray[np.int64] = column(np.int64)
    """Time of the first SYN."""
    newest_syn_ns: NDArray[np.int64] = column(np.int64)
    """Time of the last SYN before the attempt was over."""
    syn_ack_ns: NDArray[np.int64] = column(np.int64)
    """Time of the first SYN-ACK that acknowledges the SYN; 0 for none."""
    ack_ns: NDArray[np.int64] = column(np.int64)
    """Time of the first packet in which the initiator acknowledges the SYN-ACK; 0 for none."""
    ended_ns: NDArray[np.int64] = column(np.int64)
    """Time at which the attempt was completed, refused or aborted; 0 while it is open."""
    icmp: NDArray[np.uint16] = column(np.uint16)
    """Type << 8 | code of the ICMP error that refused the attempt."""
    mss: NDArray[np.uint16] = column(np.uint16, 2)
    """Maximum segment size in the SYN or SYN-ACK of each end, 0 for none."""
    window_scale: NDArray[np.int8] = column(np.int8, 2, fill=-1)
    """Window scale in the same, -1 for none."""
    options: NDArray[np.uint8] = column(np.uint8, 2)
    """tcp_options.Option, or-ed."""


class HealthColumns(Storage):
    """What is measured of each end of a connection; all have two values a row, in the order of the key.

    Positions are sequence numbers counted on across their wraps, those of an end and those that its peer acknowledges
    on one scale that begins with 0 at the first number seen.
    """

    number: NDArray[np.uint32] = column(np.uint32, 2, hot=True)
    """The newest number on this end's scale, sent by it or acknowledged by its peer."""
    position: NDArray[np.int64] = column(np.int64, 2, hot=True)
    """The position of `number`."""
    next: NDArray[np.int64] = column(np.int64, 2, fill=UNKNOWN, hot=True)
    """The position behind everything that this end sent."""
    next_ns: NDArray[np.int64] = column(np.int64, 2, hot=True)
    """When `next` last moved on."""
    acked: NDArray[np.int64] = column(np.int64, 2, fill=UNKNOWN, hot=True)
    """The highest position that the peer acknowledged."""

    seen_ns: NDArray[np.int64] = column(np.int64, 2, hot=True)
    """Time of the newest packet of this end."""
    last_ack: NDArray[np.uint32] = column(np.uint32, 2, hot=True)
    last_window: NDArray[np.uint16] = column(np.uint16, 2, hot=True)
    """Acknowledgement number and window of that packet."""
    last_probe: NDArray[np.bool_] = column(np.bool_, 2, hot=True)
    """That packet was a keep-alive."""
    repeated_ack: NDArray[np.uint32] = column(np.uint32, 2)
    repeats: NDArray[np.uint16] = column(np.uint16, 2)
    """How often this end repeated the acknowledgement `repeated_ack`, at most MANY."""

    sample: NDArray[np.int64] = column(np.int64, 2, hot=True)
    """The position behind the segment whose acknowledgement is waited for."""
    sample_ns: NDArray[np.int64] = column(np.int64, 2)
    """When it was sent."""
    sample_open: NDArray[np.bool_] = column(np.bool_, 2, hot=True)
    """It is still waited for."""
    sample_spoilt: NDArray[np.bool_] = column(np.bool_, 2)
    """Something was sent again since, so the round trip says nothing (Karn's algorithm, RFC 6298 section 3)."""
    rtt_samples: NDArray[np.uint32] = column(np.uint32, 2)
    rtt_smoothed: NDArray[np.float64] = column(np.float64, 2)
    rtt_least: NDArray[np.int64] = column(np.int64, 2, fill=NO_TIME)
    """Round trips from this end's data to their acknowledgement as seen at the capture point, nanoseconds; NO_TIME
    while there is none."""

    hole_start: NDArray[np.int64] = column(np.int64, 2)
    hole_end: NDArray[np.int64] = column(np.int64, 2)
    """The newest stretch of this end's positions that was skipped; empty when there was none."""
    skipped: NDArray[np.int64] = column(np.int64, 2)
    """Bytes of this end that were skipped, by it or by an acknowledgement."""
    filled: NDArray[np.int64] = column(np.int64, 2)
    """Bytes among them that came later."""
    in_flight: NDArray[np.int64] = column(np.int64, 2, hot=True)
    """Most bytes sent and not yet acknowledged."""

    retransmissions: NDArray[np.uint32] = column(np.uint32, 2)
    """Segments sent again, fast and spurious ones included, as tshark's tcp.analysis.retransmission."""
    fast_retransmissions: NDArray[np.uint32] = column(np.uint32, 2)
    spurious_retransmissions: NDArray[np.uint32] = column(np.uint32, 2)
    out_of_order: NDArray[np.uint32] = column(np.uint32, 2)
    lost_segments: NDArray[np.uint32] = column(np.uint32, 2)
    """Segments before which something was skipped, as tshark's tcp.analysis.lost_segment."""
    duplicate_acks: NDArray[np.uint32] = column(np.uint32, 2)
    keep_alives: NDArray[np.uint32] = column(np.uint32, 2)
    zero_windows: NDArray[np.uint32] = column(np.uint32, 2)
    resets: NDArray[np.uint32] = column(np.uint32, 2)


MANY: Final = 65535
"""What 16 bit counters stop at."""
