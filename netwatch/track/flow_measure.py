"""Measures a block of packets: counts, rates, histories, handshakes and the health of TCP connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.track.flow_count import count_packets
from netwatch.track.flow_history import note_history
from netwatch.track.flow_order import flow_order
from netwatch.track.flow_rate import count_rate
from netwatch.track.tcp_health import measure_health
from netwatch.track.tcp_opening import follow_openings
from netwatch.track.tcp_packets import tcp_packets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_packets import FlowPackets
    from netwatch.track.tcp_remarks import SegmentRemarks


def measure(
    columns: FlowColumns, packets: FlowPackets, before_ns: int, remarks: SegmentRemarks | None = None
) -> tuple[NDArray[np.intp], int]:
    """Add `packets`, one or more, to `columns`; none that was measured before is newer than `before_ns`.

    Where `remarks` are given they get the bits of Remark.
    Returns the rows of TCP flows whose handshake began, went on or ended, and the new `before_ns`.
    """
    time_ns = packets.time_ns
    in_time = int(time_ns[0]) >= before_ns and bool((time_ns[1:] >= time_ns[:-1]).all())
    order = flow_order(packets.rows, packets.sender)
    count_packets(columns, order, packets, in_time=in_time)
    count_rate(columns, order, packets, in_time=in_time)
    note_history(columns, order, packets)
    openings = follow_openings(columns, order, packets)
    tcp = tcp_packets(order, packets)
    if len(tcp):
        measure_health(columns, tcp, openings, remarks)
    return openings.rows, max(before_ns, int(time_ns.max()))
