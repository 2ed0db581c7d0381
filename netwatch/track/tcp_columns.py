"""The columns of FlowColumns that only TCP connections use: how they opened, sequence space, health."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.track.flow_storage import Storage, column

if TYPE_CHECKING:
    from numpy.typing import NDArray


MANY: Final = 65535
"""What 16 bit counters stop at."""


class OpeningColumns(Storage):
    """How each connection opened. Columns with two values a row hold one for each end, in the order of the key."""

    step: NDArray[np.uint8] = column(np.uint8)
    """tcp_events.Step."""
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
    initial_rtt_ns: NDArray[np.int64] = column(np.int64)
    """From the newest SYN before it to that packet."""
    ended_ns: NDArray[np.int64] = column(np.int64)
    """Time at which the attempt was completed, refused or aborted; 0 while it is open."""
    icmp: NDArray[np.uint16] = column(np.uint16)
    """Type << 8 | code of the ICMP error that refused the attempt."""
    mss: NDArray[np.uint16] = column(np.uint16, 2)
    """Maximum segment size in the SYN or SYN-ACK of each end, 0 for none."""
    window_scale: NDArray[np.int8] = column(np.int8, 2)
    """Window scale in the same plus 1, 0 for none."""
    options: NDArray[np.uint8] = column(np.uint8, 2)
    """tcp_options.Option, or-ed."""


class HealthColumns(Storage):
    """What is measured of each end of a connection; all have two values a row, in the order of the key.

    Positions are sequence numbers counted on across their wraps (tcp_positions.py): those of what an end sends and of
    what its peer acknowledges are on one scale, the end's own.
    """

    seq_known: NDArray[np.bool_] = column(np.bool_, 2)
    """The end sent a sequence number."""
    ack_known: NDArray[np.bool_] = column(np.bool_, 2)
    """The end acknowledged something."""
    seq_number: NDArray[np.uint32] = column(np.uint32, 2)
    seq_position: NDArray[np.int64] = column(np.int64, 2)
    """The newest sequence number that the end sent, and its position."""
    ack_number: NDArray[np.uint32] = column(np.uint32, 2)
    ack_position: NDArray[np.int64] = column(np.int64, 2)
    """The newest number that the end acknowledged, and its position on the peer's scale."""
    next: NDArray[np.int64] = column(np.int64, 2)
    """The position behind everything that the end sent."""
    next_ns: NDArray[np.int64] = column(np.int64, 2)
    """When `next` last moved on."""
    reached: NDArray[np.int64] = column(np.int64, 2)
    """The highest position on the peer's scale that the end acknowledged."""

    seen_ns: NDArray[np.int64] = column(np.int64, 2)
    """Time of the newest segment of the end."""
    last_window: NDArray[np.uint16] = column(np.uint16, 2)
    """Window in it."""
    last_probe: NDArray[np.bool_] = column(np.bool_, 2)
    """It was a keep-alive."""
    last_window_probe: NDArray[np.bool_] = column(np.bool_, 2)
    """It probed a window of zero; noted only where remarks on windows are wanted."""
    repeated_ack: NDArray[np.uint32] = column(np.uint32, 2)
    repeats: NDArray[np.uint16] = column(np.uint16, 2)
    """How often the end repeated the acknowledgement `repeated_ack`, at most MANY."""

    sample: NDArray[np.int64] = column(np.int64, 2)
    """The position behind the segment of the end whose acknowledgement is waited for."""
    sample_ns: NDArray[np.int64] = column(np.int64, 2)
    """When it was sent."""
    sample_open: NDArray[np.bool_] = column(np.bool_, 2)
    """It is still waited for."""
    sample_spoilt: NDArray[np.bool_] = column(np.bool_, 2)
    """Something was sent again since, so the round trip says nothing (Karn's algorithm, RFC 6298 section 3)."""
    rtt_samples: NDArray[np.uint32] = column(np.uint32, 2)
    rtt_smoothed: NDArray[np.float64] = column(np.float64, 2)
    rtt_least: NDArray[np.int64] = column(np.int64, 2)
    """Round trips from data of the end to their acknowledgement as seen at the capture point, nanoseconds."""

    hole_start: NDArray[np.int64] = column(np.int64, 2)
    hole_end: NDArray[np.int64] = column(np.int64, 2)
    """The newest stretch of the end's positions that was skipped; empty when there was none."""
    skipped: NDArray[np.int64] = column(np.int64, 2)
    """Bytes of the end that were skipped, by it or by an acknowledgement."""
    filled: NDArray[np.int64] = column(np.int64, 2)
    """Bytes among them that came later."""
    in_flight: NDArray[np.int64] = column(np.int64, 2)
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
