"""The health of TCP connections: what was sent again, lost, acknowledged twice, in flight and missing, and how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import TCP_RST
from netwatch.track.flow_order import add_up
from netwatch.track.tcp_holes import measure_holes
from netwatch.track.tcp_remarks import Remark
from netwatch.track.tcp_repeats import find_repeats
from netwatch.track.tcp_resend import judge_resent
from netwatch.track.tcp_rtt import measure_round_trips
from netwatch.track.tcp_situation import Situation
from netwatch.track.tcp_window_remarks import remark_windows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.tcp_events import Openings
    from netwatch.track.tcp_packets import TcpPackets
    from netwatch.track.tcp_remarks import SegmentRemarks

LARGEST_WINDOW: Final = 1 << 30
"""A window is never larger (RFC 7323 section 2.2); more in flight means that acknowledgements were missed."""


def measure_health(
    columns: FlowColumns, tcp: TcpPackets, openings: Openings, remarks: SegmentRemarks | None = None
) -> None:
    """Add what the packets of a block tell about their connections; `remarks` are those of each packet of the block."""
    here = Situation(columns, tcp, remarks)
    full = (tcp.window == 0) & (here.marks == 0)
    _count(columns.zero_windows, tcp, full)
    here.remark(full, Remark.ZERO_WINDOW)
    if here.marked:
        _count(columns.resets, tcp, tcp.flags & TCP_RST != 0)
    lost = here.ahead > 0
    if here.marked:
        lost &= tcp.flags & TCP_RST == 0
    _count(columns.lost_segments, tcp, lost)
    here.remark(lost, Remark.LOST_SEGMENT)
    _count(columns.keep_alives, tcp, here.probes)
    here.remark(here.probes, Remark.KEEP_ALIVE)
    repeats = find_repeats(here)
    resent = judge_resent(here, repeats, openings)
    if repeats is not None:
        add_up(columns.duplicate_acks, repeats.ends)
        here.remark(repeats.packets, Remark.DUPLICATE_ACK)
        repeats.store(columns)
    measure_holes(here, lost)
    _measure_flight(here)
    if remarks is not None and remarks.thorough:
        remark_windows(here)
    measure_round_trips(here, resent)
    here.store()


def _count(counters: NDArray[Any], tcp: TcpPackets, mask: NDArray[np.bool_]) -> None:
    if mask.any():
        add_up(counters, tcp.ends[mask])


def _measure_flight(here: Situation) -> None:
    """Keep the most bytes that each end had sent beyond the highest acknowledgement."""
    tcp, columns = here.tcp, here.columns
    flight = here.behind - here.acked
    more = flight > columns.in_flight[tcp.own].take(tcp.segments.number)
    more &= flight < LARGEST_WINDOW
    more &= here.data
    at = more.nonzero()[0]
    if len(at):
        np.maximum.at(columns.in_flight, tcp.ends[at], flight[at])
