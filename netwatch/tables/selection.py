"""What tells the packets of one row of a table (a flow, a host) from all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PacketFilter(Protocol):
    """Frozen, so that any thread may use it."""

    @property
    def label(self) -> str:
        """A few printable words that say what passes."""

    def mask(self, batch: Any) -> NDArray[np.bool_]:  # a PacketBatch; tables know nothing of decoding
        """Return which packets of a batch pass, shape (len(batch),)."""


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The packets that pass a filter, as far as they were looked at."""

    filter: PacketFilter
    numbers: NDArray[np.int64]
    """Numbers of those that pass, ascending."""
    last: int
    """Number of the last packet that was looked at."""
