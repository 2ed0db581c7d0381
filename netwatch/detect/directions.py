"""Directions: finds the packets with which each direction of a flow begins, however a capture is cut into batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_batch import FlowBatch

_SMALLEST: Final = 2048


class Directions:
    """Remembers a bit for each direction of each row of the flow table."""

    def __init__(self) -> None:
        self._begun = np.zeros(_SMALLEST, np.bool_)
        """By twice the row of the flow, one more for the initiator's direction: its first packet came."""

    def first(self, flows: FlowBatch) -> NDArray[np.intp]:
        """Return the positions of the packets with which a direction of a flow begins, ascending."""
        keys = 2 * flows.rows + flows.from_initiator
        most = max(int(keys.max(initial=0)), 2 * int(flows.started.max(initial=0)) + 1)
        if most >= len(self._begun):
            more = max(most + 1, 2 * len(self._begun)) - len(self._begun)
            self._begun = np.concatenate((self._begun, np.zeros(more, np.bool_)))
        self._begun[2 * flows.started] = self._begun[2 * flows.started + 1] = False
        new = np.flatnonzero(~self._begun.take(keys))
        if not len(new):
            return new
        _, at = np.unique(keys[new], return_index=True)
        self._begun[keys[new]] = True
        return np.sort(new[at])
