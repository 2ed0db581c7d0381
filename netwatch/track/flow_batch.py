"""FlowBatch: a PacketBatch whose packets are told apart by flow, for the trackers that build on flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class FlowBatch:
    """What the flow tracker found out about the packets of one batch."""

    rows: NDArray[np.intp]
    """The row of each packet's flow, shape (n,). Rows are used again after their flow was evicted, serials never."""
    from_initiator: NDArray[np.bool_]
    """Whether the end that began the flow sent the packet, shape (n,)."""
    started: NDArray[np.intp]
    """Rows of the flows that began in this batch, in the order of their first packets."""
    opened: NDArray[np.intp]
    """Rows of the TCP flows whose handshake was found to have begun, gone on or ended since the batch before. Packets
    are measured some batches later than they are fed (FlowTracker.measure), so this is not about this batch."""
    evicted: NDArray[np.int64]
    """Serials of flows that were evicted to make room, just before."""
