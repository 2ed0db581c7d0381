"""The health of flows as FlowTable shows it: the columns of TCP connections with the initiator's values first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.tables.flows import CaptureGaps, FlowHealth
from netwatch.track.tcp_holes import missing_bytes
from netwatch.track.tcp_options import Option

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns

USUAL_MSS: Final = 1460
"""Bytes of payload in a full Ethernet frame with IPv4, where an end's own maximum was not seen."""


def flow_health(columns: FlowColumns, rows: NDArray[np.intp]) -> FlowHealth:
    """Return the health of the flows in `rows`."""
    ends = columns.ends(rows)
    options = columns.options[ends]
    return FlowHealth(
        handshake_rtt_ns=handshake_rtt_ns(columns, rows),
        rtt_ns=data_rtt_ns(columns, rows),
        rtt_least_ns=np.where(columns.rtt_samples[ends] > 0, columns.rtt_least[ends], -1),
        retransmissions=columns.retransmissions[ends],
        fast_retransmissions=columns.fast_retransmissions[ends],
        spurious_retransmissions=columns.spurious_retransmissions[ends],
        out_of_order=columns.out_of_order[ends],
        lost_segments=columns.lost_segments[ends],
        duplicate_acks=columns.duplicate_acks[ends],
        keep_alives=columns.keep_alives[ends],
        zero_windows=columns.zero_windows[ends],
        resets=columns.resets[ends],
        in_flight=columns.in_flight[ends],
        missing=missing_bytes(columns, ends),
        mss=columns.mss[ends],
        window_scale=columns.window_scale[ends] - np.int8(1),
        sack=options & Option.SACK != 0,
        timestamps=options & Option.TIMESTAMPS != 0,
        ecn=options & Option.ECN != 0,
        fast_open=options & Option.FAST_OPEN != 0,
        multipath=options & Option.MULTIPATH != 0,
    )


def handshake_rtt_ns(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the round trips between the capture point and each end as FlowHealth has them; shape (len(rows), 2)."""
    answered, acked = columns.syn_ack_ns[rows], columns.ack_ns[rows]
    newest = columns.newest_syn_ns[rows]
    # A SYN that came even after its answer says nothing of the round trip
    asked = np.where(newest <= answered, newest, columns.syn_ns[rows])
    client = np.where((answered > 0) & (acked > 0), acked - answered, -1)
    server = np.where((answered > 0) & (asked > 0), answered - asked, -1)
    # Captured in the wrong order or by two clocks
    times: NDArray[np.int64] = np.maximum(np.stack((client, server), axis=1), -1)
    return times


def data_rtt_ns(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the smoothed round trips of data as FlowHealth has them; shape (len(rows), 2)."""
    ends = columns.ends(rows)
    measured: NDArray[np.bool_] = columns.rtt_samples[ends] > 0
    return np.where(measured, columns.rtt_smoothed[ends], -1).astype(np.int64)


def capture_gaps(columns: FlowColumns, rows: NDArray[np.intp] | None = None) -> CaptureGaps:
    """Return how much is missing of the flows in `rows`, or of all of them."""
    if rows is None:
        ends = (columns.skipped[: 2 * columns.high_water] > 0).nonzero()[0]
    else:
        ends = np.concatenate((rows * 2, rows * 2 + 1))
        ends = ends[columns.skipped[ends] > 0]
    missing = missing_bytes(columns, ends)
    ends, missing = ends[missing > 0], missing[missing > 0]
    mss = columns.mss[ends].astype(np.int64)
    segments = -(-missing // np.where(mss > 0, mss, USUAL_MSS))
    return CaptureGaps(int(missing.sum()), int(segments.sum()), len(np.unique(ends >> 1)))
