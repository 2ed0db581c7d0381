"""Segments that are not new: retransmissions of every kind and segments out of order, as Wireshark tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.track.flow_order import add_up
from netwatch.track.tcp_remarks import Remark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.tcp_events import Openings
    from netwatch.track.tcp_repeats import Repeats
    from netwatch.track.tcp_situation import Situation

FAST_NS: Final = 20_000_000
"""A fast retransmission follows the duplicate acknowledgements within this time (Wireshark's packet-tcp.c)."""
OUT_OF_ORDER_NS: Final = 3_000_000
"""A segment this close behind the newest one was reordered rather than sent again, where no round trip is known."""
FAST_REPEATS: Final = 2
"""Duplicate acknowledgements that announce a fast retransmission; one of the three may be missing from the capture."""


def judge_resent(here: Situation, repeats: Repeats | None, openings: Openings) -> NDArray[np.bool_] | None:
    """Count segments that are not new; return which are retransmissions, None when none is.

    The rules and their order are those of tcp_analyze_sequence_number in Wireshark's packet-tcp.c.
    """
    tcp, columns = here.tcp, here.columns
    behind = here.ahead < 0
    behind &= here.length > 0
    late = here.behind <= here.acked
    late &= here.data
    if not (behind.any() or late.any()):
        return None
    spurious: NDArray[np.bool_] = late & ~here.probes
    # One byte more than a zero window probe repeats only the probed byte
    resent = behind & ~here.probes & ~spurious & ~((here.ahead == -1) & (tcp.length > 1))
    packets = np.flatnonzero(resent)
    fast = _is_fast(here, packets, repeats)
    reordered = _is_reordered(here, packets, openings) & ~fast
    retransmitted = spurious.copy()
    retransmitted[packets[~reordered]] = True
    for which, counters, remark in (
        (np.flatnonzero(spurious), columns.spurious_retransmissions, Remark.SPURIOUS_RETRANSMISSION),
        (packets[fast], columns.fast_retransmissions, Remark.FAST_RETRANSMISSION),
        (packets[reordered], columns.out_of_order, Remark.OUT_OF_ORDER),
        (np.flatnonzero(retransmitted), columns.retransmissions, Remark.RETRANSMISSION),
    ):
        add_up(counters, tcp.ends[which])
        here.remark(which, remark)
    return retransmitted


def _is_fast(here: Situation, packets: NDArray[np.intp], repeats: Repeats | None) -> NDArray[np.bool_]:
    """Return which of `packets` send what the peer's repeated acknowledgements ask for."""
    tcp, columns = here.tcp, here.columns
    peers, before = tcp.ends[packets] ^ 1, tcp.peer[packets]
    asked = tcp.seq[packets]
    fast: NDArray[np.bool_] = np.where(before >= 0, tcp.ack[before], columns.ack_number[peers]) == asked
    waited = tcp.time_ns[packets] - np.where(before >= 0, tcp.time_ns[before], columns.seen_ns[peers])
    fast &= (waited >= 0) & (waited < FAST_NS)
    ack, count = columns.repeated_ack[peers], columns.repeats[peers].astype(np.int64)
    if repeats is not None:
        newest = _newest(repeats.packets, repeats.ends, before, peers)
        ack = np.where(newest >= 0, repeats.ack[newest], ack)
        count = np.where(newest >= 0, repeats.count[newest], count)
    fast &= (ack == asked) & (count >= FAST_REPEATS)
    return fast


def _is_reordered(here: Situation, packets: NDArray[np.intp], openings: Openings) -> NDArray[np.bool_]:
    """Return which of `packets` came within one round trip of the newest segment and do not end where it ends."""
    tcp, columns = here.tcp, here.columns
    ends = tcp.ends[packets]
    moved = np.flatnonzero(here.moves_on)
    newest = _newest(moved, tcp.ends[moved], packets - 1, ends)
    since = columns.next_ns[ends]
    if len(moved):
        since = np.where(newest >= 0, tcp.time_ns[moved[newest]], since)
    waited = tcp.time_ns[packets] - since
    limit = _round_trip(here, packets, openings)
    reaches = here.behind[packets]
    reordered: NDArray[np.bool_] = (waited >= 0) & (waited < limit) & (reaches != here.next[packets])
    return reordered


def _round_trip(here: Situation, packets: NDArray[np.intp], openings: Openings) -> NDArray[np.int64]:
    """Return the round trip of each packet's handshake, if that was over before the packet."""
    rows = here.tcp.ends[packets] >> 1
    trip = here.columns.initial_rtt_ns[rows]
    known = trip > 0
    if len(openings.confirmed):
        at = np.minimum(np.searchsorted(openings.confirmed, rows), len(openings.confirmed) - 1)
        just_now = openings.confirmed[at] == rows
        known &= ~just_now | (openings.confirmed_at[at] < here.tcp.positions[packets])
    return np.where(known, trip, OUT_OF_ORDER_NS)


def _newest(
    events: NDArray[np.intp], ends: NDArray[np.intp], until: NDArray[np.intp], of: NDArray[np.intp]
) -> NDArray[np.intp]:
    """Return the last of `events` up to and with each index `until` that is of the end `of`, -1 for none.

    `events` are ascending indices in TcpPackets, whose ends are `ends`.
    """
    if not len(events):
        return np.full(len(until), -1)
    newest = np.searchsorted(events, until, side="right") - 1
    return np.where((newest >= 0) & (ends[newest] == of), newest, -1)
