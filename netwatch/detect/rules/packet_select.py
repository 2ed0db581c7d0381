"""Selects the packets of a batch that signatures are searched for in: the first bytes of each direction of flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_TCP, PROTOCOL_UDP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch

FIRST_TCP: Final = 4096
FIRST_UDP: Final = 65536
"""Bytes of each direction of a flow that are searched."""
_SMALLEST: Final = 1024


class FirstBytes:
    """Counts payload by flow and direction, however packets are cut into batches."""

    def __init__(self) -> None:
        self._sent = np.zeros((_SMALLEST, 2), np.int64)
        """Bytes by row of the flow table, those of the initiator in column 1."""

    def select(self, batch: PacketBatch, flows: FlowBatch) -> NDArray[np.intp]:
        """Return the packets whose payload begins within the first bytes, and count the payload of all."""
        self._make_room(flows)
        self._sent[flows.started] = 0
        tcp = batch.protocol == PROTOCOL_TCP
        asked = (batch.payload_length > 0) & (tcp | (batch.protocol == PROTOCOL_UDP))
        asked &= batch.fragment & FRAGMENT_OFFSET == 0
        rows = np.flatnonzero(asked)
        limit = np.where(tcp[rows], FIRST_TCP, FIRST_UDP)
        # Long flows leave here, before anything is sorted
        side = flows.from_initiator[rows].astype(np.intp)
        early = self._sent[flows.rows[rows], side] < limit
        rows, side, limit = rows[early], side[early], limit[early]
        if not len(rows):
            return rows
        flow = flows.rows[rows]
        begin = self._sent[flow, side] + _before(flow * 2 + side, batch.payload_length[rows].astype(np.int64))
        np.add.at(self._sent, (flow, side), batch.payload_length[rows])
        return rows[(begin < limit) & (batch.payload_captured[rows] > 0)]

    def both_ways(self, row: int) -> bool:
        """Return whether both ends of a flow have sent payload."""
        return bool(self._sent[row, 0] and self._sent[row, 1])

    def _make_room(self, flows: FlowBatch) -> None:
        most = int(flows.rows.max(initial=0)) + 1
        if most > len(self._sent):
            grown = np.zeros((max(most, 2 * len(self._sent)), 2), np.int64)
            grown[: len(self._sent)] = self._sent
            self._sent = grown


def _before(keys: NDArray[np.intp], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sum of the sizes before each element among those with the same key."""
    order = np.argsort(keys, kind="stable")
    ordered, total = keys[order], np.cumsum(sizes[order]) - sizes[order]
    first = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    base = np.maximum.accumulate(np.where(first, np.arange(len(keys)), 0))
    result = np.empty(len(keys), np.int64)
    result[order] = total - total[base]
    return result
