"""WebGroups: how often each server name or agent comes; those not seen for longest leave when the table is full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.track.web_transaction import WebKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.web_transaction import WebRequest

NOBODY: Final = 0
"""The serial that stands for no group."""
MOST_CLIENTS: Final = 256
"""Clients of one group that are told apart."""
CLIENTS: Final = 100_000
"""The same of all groups."""
LEAVE: Final = 4
"""When it is full, one group in so many leaves at once."""


class WebGroups:
    """Groups of transactions by a text. Columns have shape (capacity,); serial 0 marks a row that is not in use."""

    def __init__(self, capacity: int, clients: int = CLIENTS) -> None:
        """Hold at most `capacity` groups and `clients` pairs of group and client."""
        self.capacity = capacity
        self.evicted = 0
        self.serial = np.zeros(capacity, np.int64)
        self.counts = np.zeros((capacity, len(WebKind)), np.int64)
        """Transactions of each kind."""
        self.failed = np.zeros(capacity, np.int64)
        self.first_ns, self.last_ns = np.zeros((2, capacity), np.int64)
        self.texts: list[str] = []
        self._clients: list[set[int]] = []
        self._rows: dict[str, int] = {}
        self._by_serial: dict[int, int] = {}
        self._free: list[int] = []
        """Rows that were used before."""
        self._next = 1
        self._pairs, self._most_pairs = 0, clients

    def __len__(self) -> int:
        return len(self._rows)

    def note(self, text: str, request: WebRequest) -> int:
        """Count a transaction in the group `text` and return the serial of that; NOBODY for an empty text."""
        if not text:
            return NOBODY
        row = self._rows.get(text)
        if row is None:
            row = self._add(text, request.time_ns)
        self.counts[row, request.kind] += 1
        self.first_ns[row] = min(self.first_ns[row], request.time_ns)
        self.last_ns[row] = max(self.last_ns[row], request.time_ns)
        clients, client = self._clients[row], request.client[0] << 64 | request.client[1]
        if client not in clients and len(clients) < MOST_CLIENTS and self._pairs < self._most_pairs:
            clients.add(client)
            self._pairs += 1
        return int(self.serial[row])

    def fail(self, serial: int) -> None:
        """Count a transaction of a group that failed."""
        row = self._by_serial.get(serial)
        if row is not None:
            self.failed[row] += 1

    def rows(self) -> NDArray[np.intp]:
        """Return the rows of all groups."""
        return np.flatnonzero(self.serial)

    def clients(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return how many clients were told apart of the groups in `rows`."""
        return np.array([len(self._clients[row]) for row in rows.tolist()], np.int64)

    def totals(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the transactions of the groups in `rows`, of all kinds."""
        totals: NDArray[np.int64] = self.counts[rows].sum(axis=1)
        return totals

    def _add(self, text: str, time_ns: int) -> int:
        row = self._new_row()
        self._rows[text] = self._by_serial[self._next] = row
        self.texts[row] = text
        self.serial[row] = self._next
        self._next += 1
        self.counts[row], self.failed[row] = 0, 0
        self.first_ns[row] = self.last_ns[row] = time_ns
        return row

    def _new_row(self) -> int:
        if not self._free and len(self._clients) < self.capacity:
            self._clients.append(set())
            self.texts.append("")
            return len(self._clients) - 1
        if not self._free:
            self._make_room()
        return self._free.pop()

    def _make_room(self) -> None:
        rows = self.rows()
        # Serials break ties, so that it does not matter in which row a group is
        order = np.lexsort((self.serial[rows], self.last_ns[rows]))
        for row in rows[order[: max(len(rows) // LEAVE, 1)]].tolist():
            self._pairs -= len(self._clients[row])
            self._clients[row].clear()
            del self._rows[self.texts[row]], self._by_serial[int(self.serial[row])]
            self.texts[row] = ""
            self.serial[row] = NOBODY
            self._free.append(row)
            self.evicted += 1
