"""Bytes that nobody saw: holes left by jumps ahead and by acknowledgements, and what fills them later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import TCP_RST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.tcp_situation import Situation


def measure_holes(here: Situation) -> None:
    """Count bytes that were skipped although they were sent or acknowledged, and those of them that came later.

    Both the sender's jump ahead and an acknowledgement beyond what was seen leave a hole. What is sent again fills
    as much of the newest hole as it covers.
    """
    tcp, space, columns = here.tcp, here.space, here.columns
    edge = np.maximum(space.next, space.acked)
    skipped = (space.position - edge) * space.is_known(space.next)
    if space.valid is not None:
        skipped *= space.valid
    holes = np.flatnonzero(skipped > 0)
    late = np.flatnonzero((here.ahead < 0) & (tcp.length > 0) & (tcp.flags & TCP_RST == 0))
    if len(late):
        _fill(here, late, holes, edge)
    if len(holes):
        scale = space.scales[space.segments.number[holes]]
        np.add.at(columns.skipped, scale, skipped[holes])
        columns.hole_start[scale] = edge[holes]
        columns.hole_end[scale] = space.position[holes]


def missing_bytes(columns: FlowColumns, ends: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return for `ends` how many of their bytes were acknowledged but never seen, an estimate.

    The newest hole does not count before the peer acknowledged it: what it misses may still be lost on the way.
    """
    start, end = columns.hole_start[ends], columns.hole_end[ends]
    pending = np.where(columns.acked[ends] < end, end - start, 0)
    missing: NDArray[np.int64] = np.maximum(columns.skipped[ends] - columns.filled[ends] - pending, 0)
    return missing


def _fill(here: Situation, late: NDArray[np.intp], holes: NDArray[np.intp], edge: NDArray[np.int64]) -> None:
    """Count what the packets `late` fill of the newest of `holes` before them; these begin at `edge`."""
    tcp, space, columns = here.tcp, here.space, here.columns
    element = space.own[late]
    ends = tcp.ends[late]
    start, end = columns.hole_start[ends], columns.hole_end[ends]
    if len(holes):
        newest = np.searchsorted(holes, element) - 1
        hole = holes[np.maximum(newest, 0)]
        of_batch = (newest >= 0) & (space.segments.number[hole] == space.segments.number[element])
        start = np.where(of_batch, edge[hole], start)
        end = np.where(of_batch, space.position[hole], end)
    position = here.position[late]
    filled = np.minimum(position + tcp.length[late], end) - np.maximum(position, start)
    np.add.at(columns.filled, ends, np.maximum(filled, 0))
