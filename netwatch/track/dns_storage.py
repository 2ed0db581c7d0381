"""Where DNS transactions are kept: a ring of the newest, columns for what is sorted and counted, lists for bytes."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

OVERHEAD: Final = 600
"""Bytes that a transaction takes besides its message, measured and rounded up."""
ROWS: Final = 4096
"""Rows that lists get at once."""
LONGEST_CHAIN: Final = 8
"""Questions with one identifier between the same ends that are told apart."""
NOBODY: Final = -1
_CHAIN: Final = range(LONGEST_CHAIN)


class DnsMark(IntFlag):
    """What is noted of a transaction."""

    UNSOLICITED = 1
    NEW_NAME = 2
    """The first query for its name."""
    FELL_BACK = 4
    """Asked over TCP after a truncated response, or the one that was truncated."""


class DnsTransactions:
    """The newest transactions; one of serial s is in row s % capacity. Columns have shape (capacity,).

    Columns are filled by DnsWriter at the end of a part of a batch, lists while it is read; these have as many rows as
    were needed until now.
    """

    def __init__(self, capacity: int, size: int) -> None:
        """Hold at most `capacity` transactions and about `size` bytes."""
        self.capacity = capacity
        self.size = size
        self.first = self.next = 0
        """Serials: the oldest that is held, and the one to come."""
        self.bytes = 0
        self.time_ns = np.zeros(capacity, np.int64)
        self.answered_ns = np.zeros(capacity, np.int64)
        """0 for those without a response."""
        self.client_high, self.client_low = np.zeros((2, capacity), np.uint64)
        self.server_high, self.server_low = np.zeros((2, capacity), np.uint64)
        self.client_port, self.server_port, self.identifier = np.zeros((3, capacity), np.uint16)
        self.kind = np.zeros(capacity, np.uint8)
        self.tcp = np.zeros(capacity, np.bool_)
        self.type = np.zeros(capacity, np.uint16)
        self.query_flags, self.response_flags = np.zeros((2, capacity), np.uint16)
        self.answer_count = np.zeros(capacity, np.uint16)
        self.retries, self.responses = np.zeros((2, capacity), np.uint32)
        self.marks = np.zeros(capacity, np.uint8)
        self.name = np.zeros(capacity, np.int64)
        """Serial of the name."""
        self.server = np.zeros(capacity, np.intp)
        """Row of the server."""
        self.keys: list[bytes] = []
        self.questions: list[bytes] = []
        self.names: list[str] = []
        self.messages: list[bytes] = []
        """The first bytes of the response, or else of the query."""
        self.pending: list[int] = []
        """Queries that had no response."""
        self.answered: list[bool] = []
        self.asked_ns: list[int] = []
        """The newest query."""
        self.latest: dict[bytes, int] = {}
        """Serial of the newest transaction of each key."""
        self._older: dict[int, int] = {}
        """The transaction before with the same key, by the serial of the newer one; hardly any has one."""

    def __len__(self) -> int:
        return self.next - self.first

    @property
    def evicted(self) -> int:
        """Transactions that left."""
        return self.first

    def rows(self) -> NDArray[np.intp]:
        """Return the rows of all that are held, the oldest first."""
        return self.serials() % self.capacity

    def serials(self) -> NDArray[np.int64]:
        """Return the serials of all that are held."""
        return np.arange(self.first, self.next)

    def find(self, key: bytes, question: bytes) -> int:
        """Return the newest transaction with this key and question, NOBODY for none."""
        serial = self.latest.get(key, NOBODY)
        for _ in _CHAIN:
            if serial < self.first:
                break
            if self.questions[serial % self.capacity] == question:
                return serial
            serial = self._older.get(serial, NOBODY)
        return NOBODY

    def find_waiting(self, key: bytes) -> int:
        """Return the newest transaction with this key that has no response, whatever its question; else NOBODY."""
        serial = self.latest.get(key, NOBODY)
        for _ in _CHAIN:
            if serial < self.first:
                break
            if self.pending[serial % self.capacity]:
                return serial
            serial = self._older.get(serial, NOBODY)
        return NOBODY

    def add(self, key: bytes, question: bytes, name: str, message: bytes, pending: int, time_ns: int) -> int:
        """Add a transaction with `pending` queries, evicting the oldest where there is no room; return its serial."""
        serial = self.next
        row = serial % self.capacity
        if serial - self.first >= self.capacity:
            self._leave(row)  # the oldest is in this row, and what belongs to it is replaced below
        elif row >= len(self.keys):
            self._add_rows()
        self.next = serial + 1
        latest = self.latest
        if key in latest:
            self._older[serial] = latest[key]
        latest[key] = serial
        self.keys[row], self.questions[row], self.names[row], self.messages[row] = key, question, name, message
        self.pending[row], self.answered[row], self.asked_ns[row] = pending, False, time_ns
        self.bytes += len(message) + OVERHEAD
        while self.bytes > self.size and self.first < serial:
            self._evict()
        return serial

    def answer_only(self, key: bytes, question: bytes, message: bytes) -> int:
        """Answer the newest transaction of this key if it has this question, one query and no response.

        Return its serial; NOBODY where it is not as usual, and nothing was done.
        """
        serial = self.latest.get(key, NOBODY)
        row = serial % self.capacity
        if serial < 0 or self.pending[row] != 1 or self.answered[row] or self.questions[row] != question:
            return NOBODY
        self.pending[row], self.answered[row] = 0, True
        self.bytes += len(message) - len(self.messages[row])
        self.messages[row] = message
        return serial

    def answer(self, serial: int, message: bytes) -> None:
        """Keep the response in place of the query."""
        row = serial % self.capacity
        self.answered[row] = True
        self.bytes += len(message) - len(self.messages[row])
        self.messages[row] = message

    def _add_rows(self) -> None:
        more = min(ROWS, self.capacity - len(self.keys))
        self.keys += [b""] * more
        self.questions += [b""] * more
        self.names += [""] * more
        self.messages += [b""] * more
        self.pending += [0] * more
        self.answered += [False] * more
        self.asked_ns += [0] * more

    def _evict(self) -> None:
        row = self.first % self.capacity
        self._leave(row)
        self.keys[row] = self.questions[row] = self.messages[row] = b""
        self.names[row] = ""

    def _leave(self, row: int) -> None:
        """Forget the oldest transaction, which is in `row`, but for what is there."""
        serial, key = self.first, self.keys[row]
        newest = self.latest.pop(key)
        if newest != serial:
            self.latest[key] = newest
        if self._older:
            self._older.pop(serial, None)
        self.bytes -= len(self.messages[row]) + OVERHEAD
        self.first = serial + 1
