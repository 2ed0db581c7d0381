"""NeighbourColumns: what is known of each neighbour, one array a field, and its excerpt for the host tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from netwatch.track.flow_storage import column
from netwatch.track.host_index import KeyedColumns

if TYPE_CHECKING:
    from numpy.typing import NDArray


class NeighbourColumns(KeyedColumns):
    """Row r is one IP address in one VLAN."""

    high: NDArray[np.uint64] = column(np.uint64)
    low: NDArray[np.uint64] = column(np.uint64)
    vlan: NDArray[np.uint64] = column(np.uint64)
    """As in PacketBatch, 0 for untagged packets too."""
    mac: NDArray[np.int64] = column(np.int64, fill=-1)
    """The newest MAC address, -1 before the first."""
    kinds: NDArray[np.uint8] = column(np.uint8)
    """neighbour_claims.Claim."""
    count: NDArray[np.int64] = column(np.int64)
    changes: NDArray[np.int64] = column(np.int64)
    first_ns: NDArray[np.int64] = column(np.int64)
    last_ns: NDArray[np.int64] = column(np.int64)

    def key_columns(self) -> tuple[NDArray[np.uint64], ...]:
        """Return the columns of the key."""
        return self.high, self.low, self.vlan

    def idleness(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the time of the last claim."""
        return self.last_ns[rows]


class KnownNeighbours(NamedTuple):
    """All neighbours; arrays have shape (n,)."""

    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    mac: NDArray[np.uint64]
    router: NDArray[np.bool_]
    """It advertised itself as a router."""
