"""What the packets of one direction of a flow have in common, as text that is made once and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.flow_columns import FlowColumns

REMEMBERED: Final = 50_000
"""Directions of flows whose text is kept."""


class DirectionTexts:
    """Texts by row and direction of a flow; one that belongs to an older flow of the row is made anew."""

    def __init__(self, columns: FlowColumns, describe: Callable[[PacketBatch, NDArray[np.intp]], list[str]]) -> None:
        """Tell flows apart as `columns` has them; `describe` makes the text of each of some packets of a batch."""
        self._columns = columns
        self._describe = describe
        self._texts = np.full(columns.capacity * 2, "", object)
        self._known = np.zeros(columns.capacity * 2, np.int64)
        """For what each text was made, 0 for nothing."""
        self._held = 0

    def of(self, batch: PacketBatch, flows: FlowBatch) -> list[str]:
        """Return the text of each packet of `batch`."""
        slots = flows.rows * 2 + flows.from_initiator
        # packets of one flow may come from several interfaces, and messages of ICMP differ
        wanted = self._columns.serial[flows.rows] << 32 | batch.frames.interface.astype(np.int64) << 16
        icmp = (batch.protocol == PROTOCOL_ICMP) | (batch.protocol == PROTOCOL_ICMPV6)
        if icmp.any():
            wanted |= np.where(icmp, batch.sport.astype(np.int64) << 8 & 0xFF00 | batch.dport & 0xFF, 0)
        texts = self._texts[slots]
        new = np.flatnonzero(self._known[slots] != wanted)
        if len(new):
            texts[new] = self._made(batch, slots, wanted, new)
        found: list[str] = texts.tolist()
        return found

    def _made(
        self, batch: PacketBatch, slots: NDArray[np.intp], wanted: NDArray[np.int64], new: NDArray[np.intp]
    ) -> NDArray[np.object_]:
        """Return the texts of the packets at `new`, and keep them."""
        # a flow has one row, so what is wanted and the direction tell the slot too
        _, first, place = np.unique(wanted[new] << 1 | slots[new] & 1, return_index=True, return_inverse=True)
        at = new[first]
        made = np.array(self._describe(batch, at), object)
        if self._held + len(at) > REMEMBERED:
            self._texts[:] = ""
            self._known[:] = 0
            self._held = 0
        self._held += len(at)
        self._texts[slots[at]] = made
        self._known[slots[at]] = wanted[at]
        texts: NDArray[np.object_] = made[place]
        return texts
