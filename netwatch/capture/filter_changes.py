"""FilterChanges: from which packet on another capture filter held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class FilterChanges:
    """Finds the first packet of each filter by time: what waits in the ring has passed the one before."""

    def __init__(self) -> None:
        """Know of no change."""
        self.placed: list[tuple[int, str]] = []
        """Number of the first packet that passed another filter, and that filter."""
        self._pending: tuple[int, str] | None = None

    def note(self, time_ns: int, text: str) -> None:
        """Remember that packets passed the filter `text` from a moment on."""
        self._pending = (time_ns, text)

    def place(self, time_ns: NDArray[np.int64], first: int) -> None:
        """Look for that moment in packets with these times, the first of which has the number `first`."""
        if self._pending is None:
            return
        changed_at, text = self._pending
        later = np.flatnonzero(time_ns >= changed_at)
        if len(later):
            self.placed.append((first + int(later[0]), text))
            self._pending = None
