"""Segments that are not new: retransmissions of every kind and segments out of order, as Wireshark tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import TCP_RST
from netwatch.track.flow_order import POSITION_BITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.tcp_opening import Openings
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
    behind = (here.ahead < 0) & (here.space.length > 0)
    late = (tcp.length > 0) & (here.position + tcp.length <= here.acked)
    if not (behind | late).any():
        return None
    judged = ~here.probes & (tcp.flags & TCP_RST == 0)
    spurious: NDArray[np.bool_] = late & judged
    # One byte more than a zero window probe repeats only the probed byte
    resent = np.flatnonzero(behind & judged & ~spurious & ~((here.ahead == -1) & (tcp.length > 1)))
    fast = _is_fast(here, resent, repeats)
    reordered = _is_reordered(here, resent, openings) & ~fast
    retransmitted = spurious.copy()
    retransmitted[resent[~reordered]] = True
    for packets, counters in (
        (np.flatnonzero(spurious), columns.spurious_retransmissions),
        (resent[fast], columns.fast_retransmissions),
        (resent[reordered], columns.out_of_order),
        (np.flatnonzero(retransmitted), columns.retransmissions),
    ):
        np.add.at(counters, tcp.ends[packets], 1)
    return retransmitted


def _is_fast(here: Situation, packets: NDArray[np.intp], repeats: Repeats | None) -> NDArray[np.bool_]:
    """Return which of `packets` send what the peer's repeated acknowledgements ask for."""
    tcp, columns = here.tcp, here.columns
    if not len(packets):
        return np.zeros(0, np.bool_)
    peers = tcp.ends[packets] ^ 1
    asked = tcp.seq[packets]
    fast: NDArray[np.bool_] = here.before_of_peer(packets, tcp.ack, columns.last_ack) == asked
    waited = tcp.time_ns[packets] - here.before_of_peer(packets, tcp.time_ns, columns.seen_ns)
    fast &= (waited >= 0) & (waited < FAST_NS)
    ack, count = columns.repeated_ack[peers], columns.repeats[peers].astype(np.int64)
    if repeats is not None:
        newest = _newest_before(repeats.ends, repeats.packets, peers, packets)
        ack = np.where(newest >= 0, repeats.ack[newest], ack)
        count = np.where(newest >= 0, repeats.count[newest], count)
    fast &= (ack == asked) & (count >= FAST_REPEATS)
    return fast


def _is_reordered(here: Situation, packets: NDArray[np.intp], openings: Openings) -> NDArray[np.bool_]:
    """Return which of `packets` came within one round trip of the newest segment and do not end where it ends."""
    tcp, columns = here.tcp, here.columns
    if not len(packets):
        return np.zeros(0, np.bool_)
    ends = tcp.ends[packets]
    moved = np.flatnonzero(here.moves_on)
    order = np.argsort(tcp.ends[moved] << POSITION_BITS | moved)
    moved = moved[order]
    newest = _newest_before(tcp.ends[moved], moved, ends, packets)
    since = columns.next_ns[ends]
    if len(moved):
        since = np.where(newest >= 0, tcp.time_ns[moved[newest]], since)
    waited = tcp.time_ns[packets] - since
    limit = _round_trip(here, packets, openings)
    reaches = here.position[packets] + here.space.length[packets]
    reordered: NDArray[np.bool_] = (waited >= 0) & (waited < limit) & (reaches != here.next[packets])
    return reordered


def _round_trip(here: Situation, packets: NDArray[np.intp], openings: Openings) -> NDArray[np.int64]:
    """Return the time from the last SYN to the ACK of each packet's handshake, if it was over before the packet."""
    columns, rows = here.columns, here.tcp.rows[packets]
    known = columns.ack_ns[rows] != 0
    if len(openings.completed):
        at = np.minimum(np.searchsorted(openings.completed, rows), len(openings.completed) - 1)
        just_now = openings.completed[at] == rows
        known &= ~just_now | (openings.completed_at[at] < packets)
    trip: NDArray[np.int64] = columns.ack_ns[rows] - columns.newest_syn_ns[rows]
    return np.where(known & (trip > 0), trip, OUT_OF_ORDER_NS)


def _newest_before(
    ends: NDArray[np.intp], packets: NDArray[np.intp], of: NDArray[np.intp], before: NDArray[np.intp]
) -> NDArray[Any]:
    """Return the index of the last of `packets` (sorted by `ends`, then by packet) of the end `of` before `before`."""
    if not len(packets):
        return np.full(len(of), -1)
    newest = np.searchsorted(ends << POSITION_BITS | packets, of << POSITION_BITS | before) - 1
    return np.where((newest >= 0) & (ends[newest] == of), newest, -1)
