"""The health of TCP connections: what was sent again, lost, acknowledged twice, in flight and missing, and how fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import TCP_RST
from netwatch.track.tcp_holes import measure_holes
from netwatch.track.tcp_packets import MARKS
from netwatch.track.tcp_repeats import find_repeats
from netwatch.track.tcp_resend import judge_resent
from netwatch.track.tcp_rtt import measure_round_trips
from netwatch.track.tcp_situation import Situation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.tcp_opening import Openings
    from netwatch.track.tcp_packets import TcpPackets

LARGEST_WINDOW: Final = 1 << 30
"""A window is never larger (RFC 7323 section 2.2); more in flight means that acknowledgements were missed."""


def measure_health(columns: FlowColumns, tcp: TcpPackets, openings: Openings) -> None:
    """Add what the packets of a batch tell about their connections."""
    here = Situation(columns, tcp)
    reset = tcp.flags & TCP_RST != 0
    _count(columns.keep_alives, tcp.ends, here.probes)
    _count(columns.lost_segments, tcp.ends, (here.ahead > 0) & ~reset)
    _count(columns.zero_windows, tcp.ends, (tcp.window == 0) & (tcp.flags & MARKS == 0))
    _count(columns.resets, tcp.ends, reset)
    repeats = find_repeats(here)
    resent = judge_resent(here, repeats, openings)
    if repeats is not None:
        np.add.at(columns.duplicate_acks, repeats.ends, 1)
        repeats.store(columns)
    measure_holes(here)
    _measure_flight(here)
    measure_round_trips(here, resent)
    _remember(here)


def _count(counters: NDArray[Any], ends: NDArray[np.intp], mask: NDArray[np.bool_]) -> None:
    if mask.any():
        np.add.at(counters, ends[mask], 1)


def _measure_flight(here: Situation) -> None:
    """Keep the most bytes that each end had sent beyond the highest acknowledgement."""
    tcp = here.tcp
    flight = here.position + tcp.length - here.acked
    sent = np.flatnonzero((tcp.length > 0) & (flight < LARGEST_WINDOW) & (tcp.flags & TCP_RST == 0))
    np.maximum.at(here.columns.in_flight, tcp.ends[sent], flight[sent])


def _remember(here: Situation) -> None:
    """Keep what later batches must know of the newest packets; of several with one end the last is kept."""
    tcp, columns = here.tcp, here.columns
    columns.seen_ns[tcp.ends] = tcp.time_ns
    columns.last_ack[tcp.ends] = tcp.ack
    columns.last_window[tcp.ends] = tcp.window
    columns.last_probe[tcp.ends] = here.probes
    moved = np.flatnonzero(here.moves_on)
    columns.next_ns[tcp.ends[moved]] = tcp.time_ns[moved]
