"""WholeFlows: every packet of the flows of which at least one passes another filter."""

from __future__ import annotations

import secrets
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

import numpy as np

from netwatch.track.flow_fragments import FragmentPorts
from netwatch.track.flow_key import FlowHash, ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.selection import PacketFilter


class WholeFlows:
    """Implements PacketFilter for batches in their order, once: both directions of all that the same ends say.

    Flows are told apart by a keyed hash of their addresses, ports and protocol; later fragments belong to the first.
    """

    def __init__(
        self,
        batches: Iterable[tuple[PacketBatch, int]],
        passing: PacketFilter,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Look which flows have packets that are `passing`; each batch comes with the position where it begins.

        Raises:
            CancelledError: `cancelled`, which is asked before each batch, said so.
        """
        self.label = f"the whole flows of {passing.label}"
        self._hash = FlowHash(secrets.randbits(63))
        self._ports = FragmentPorts(secrets.randbits(63))
        found = [np.zeros(0, np.uint64)]
        for batch, start in batches:
            if cancelled():
                raise CancelledError
            mask = passing.mask(batch)
            mask[:start] = False
            found.append(np.unique(self._keys(batch)[mask]))
        self._wanted = np.unique(np.concatenate(found))
        self._ports = FragmentPorts(secrets.randbits(63))

    def mask(self, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return which packets of the next batch are of these flows, shape (len(batch),)."""
        passing: NDArray[np.bool_] = np.isin(self._keys(batch), self._wanted)
        return passing

    def _keys(self, batch: PacketBatch) -> NDArray[np.uint64]:
        return self._hash.keys(batch, *self._ports.complete(batch, *ports(batch))).hash
