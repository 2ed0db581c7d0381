"""DnsServers: what servers of port 53 are asked and how they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SERVER_PORT: Final = 53
NOT_HELD: Final = 0
"""The row of servers for which there is no room, and of what has no server."""
RCODES: Final = 16
"""Response codes of the header."""


class DnsServers:
    """Servers by address; none leaves. Columns have shape (capacity,), row 0 is NOT_HELD."""

    def __init__(self, capacity: int) -> None:
        """Hold at most `capacity` servers."""
        self.high, self.low = np.zeros((2, capacity), np.uint64)
        self.queries, self.retries, self.answered = np.zeros((3, capacity), np.int64)
        self.first_ns = np.full(capacity, np.iinfo(np.int64).max)
        self.last_ns = np.full(capacity, np.iinfo(np.int64).min)
        self.rcodes = np.zeros((capacity, RCODES), np.int64)
        self._rows: dict[bytes, int] = {}
        self._capacity = capacity
        self.not_held = 0
        """Transactions with servers for which there was no room."""

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self) -> NDArray[np.intp]:
        """Return the rows of all servers."""
        return np.arange(1, len(self._rows) + 1)

    def rows_of(self, addresses: Sequence[bytes]) -> list[int]:
        """Return the rows of servers; see `row`."""
        known = list(map(self._rows.get, addresses))
        found = [row for row in known if row is not None]
        return found if len(found) == len(known) else list(map(self.row, addresses))

    def row(self, address: bytes) -> int:
        """Return the row of a server by its address in the 16 bytes of a KEY, added when it is not there."""
        row = self._rows.get(address)
        if row is None:
            if len(self._rows) + 1 >= self._capacity:
                self.not_held += 1
                return NOT_HELD
            row = self._rows[address] = len(self._rows) + 1
            self.high[row], self.low[row] = np.frombuffer(address, np.uint64)
        return row
