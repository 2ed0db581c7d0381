"""Bytes that nobody saw: holes left by jumps ahead and by acknowledgements, and what fills them later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.track.flow_order import POSITION_BITS
from netwatch.track.tcp_situation import NOTHING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.tcp_situation import Situation


LARGEST_HOLE: Final = 16 << 20
"""Bytes: what usual windows allow to be in flight (RFC 7323 with a scale of 8). More is no loss but numbers that make
no sense, as scanners and broken stacks send, and one of them would drown every real loss."""


class _Holes(NamedTuple):
    """Stretches of positions that were skipped, by the end whose scale it is and then by arrival; shape (h,)."""

    ends: NDArray[np.intp]
    keys: NDArray[np.intp]
    """As TcpPackets.keys, of the packet that skipped it and the end whose scale it is."""
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def measure_holes(here: Situation, lost: NDArray[np.bool_]) -> None:
    """Count bytes that were skipped although they were sent or acknowledged, and those of them that came later.

    Both the sender's jump ahead (the packets `lost`) and an acknowledgement beyond what was seen leave a hole. What is
    sent again fills as much of the newest hole as it covers.
    """
    columns = here.columns
    holes = _holes(here, lost)
    late = here.ahead < 0
    late &= here.data
    if late.any():
        _fill(here, np.flatnonzero(late), holes)
    if len(holes.ends):
        np.add.at(columns.skipped, holes.ends, holes.end - holes.start)
        # Of several holes of one end the last stays
        columns.hole_start[holes.ends] = holes.start
        columns.hole_end[holes.ends] = holes.end


def missing_bytes(columns: FlowColumns, ends: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return for `ends` how many of their bytes were acknowledged but never seen, an estimate.

    The newest hole does not count before the peer acknowledged it: what it misses may still be lost on the way.
    """
    start, end = columns.hole_start[ends], columns.hole_end[ends]
    peers = ends ^ 1
    acked = np.where(columns.ack_known[peers], columns.reached[peers], NOTHING)
    pending = np.where(acked < end, end - start, 0)
    missing: NDArray[np.int64] = np.maximum(columns.skipped[ends] - columns.filled[ends] - pending, 0)
    return missing


def _holes(here: Situation, lost: NDArray[np.bool_]) -> _Holes:
    tcp = here.tcp
    jumps = (lost & (here.position > here.acked)).nonzero()[0]
    beyond = here.ack > here.reached_before
    beyond &= here.ack > here.peer_next
    beyond &= here.peer_next != NOTHING
    acks = beyond.nonzero()[0]
    ends = np.concatenate((tcp.ends[jumps], tcp.ends[acks] ^ 1))
    keys = ends << POSITION_BITS | tcp.positions[np.concatenate((jumps, acks))]
    start = np.concatenate(
        (
            np.maximum(here.next[jumps], here.acked[jumps]),
            np.maximum(here.peer_next[acks], here.reached_before[acks]),
        )
    )
    end = np.concatenate((here.position[jumps], here.ack[acks]))
    if len(acks):
        order = np.argsort(keys)
        ends, keys, start, end = ends[order], keys[order], start[order], end[order]
    holes = _Holes(ends, keys, start, end)
    credible = end - start <= LARGEST_HOLE
    return holes if credible.all() else _Holes(*(column[credible] for column in holes))


def _fill(here: Situation, late: NDArray[np.intp], holes: _Holes) -> None:
    """Count what the packets `late` fill of the newest hole before them."""
    tcp, columns = here.tcp, here.columns
    ends = tcp.ends[late]
    start, end = columns.hole_start[ends], columns.hole_end[ends]
    if len(holes.ends):
        newest = np.maximum(np.searchsorted(holes.keys, tcp.keys[late]) - 1, 0)
        of_block = (holes.keys[newest] < tcp.keys[late]) & (holes.ends[newest] == ends)
        start = np.where(of_block, holes.start[newest], start)
        end = np.where(of_block, holes.end[newest], end)
    position = here.position[late]
    filled = np.minimum(position + tcp.length[late], end) - np.maximum(position, start)
    np.add.at(columns.filled, ends, np.maximum(filled, 0))
