"""FlowSerials: finds the row of a flow by its serial in one step, for readers that know only the serial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns

GONE: Final = -1
REMEMBERED: Final = 4
"""The newest flows that can be found, as a multiple of those that the table holds, rounded up to a power of two."""


class FlowSerials:
    """Serials by their last bits; a flow is forgotten here when that many others have begun since, held or not."""

    def __init__(self, columns: FlowColumns) -> None:
        size = 1 << (columns.capacity * REMEMBERED - 1).bit_length()
        self._columns = columns
        self._mask = size - 1
        self._rows = np.zeros(size, np.int32)

    def note(self, serials: NDArray[np.int64], rows: NDArray[np.intp]) -> None:
        """Remember where flows are that begin."""
        self._rows[serials & self._mask] = rows

    def row(self, serial: int) -> int:
        """Return the row of a flow, GONE when it was evicted, forgotten or never was."""
        row = int(self._rows[serial & self._mask])
        return row if serial and self._columns.serial[row] == serial else GONE
