"""Packets chosen by their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch


@dataclass(frozen=True, slots=True, eq=False)
class NumberFilter:
    """Implements PacketFilter: packets by number."""

    label: str
    numbers: NDArray[np.int64]
    """Ascending."""

    def mask(self, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return which packets of a batch are among the numbers."""
        return among(batch.numbered(), self.numbers)


def among(numbers: NDArray[np.int64], chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of `numbers` are in `chosen`, which is ascending."""
    if not len(chosen):
        return np.zeros(len(numbers), np.bool_)
    at = np.minimum(np.searchsorted(chosen, numbers), len(chosen) - 1)
    found: NDArray[np.bool_] = chosen[at] == numbers
    return found
