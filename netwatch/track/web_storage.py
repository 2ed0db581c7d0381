"""Where web transactions are kept: a ring of the newest, columns for what is sorted and counted, lists for texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.track.web_transaction import UNKNOWN, WebRequest, WebResponse

if TYPE_CHECKING:
    from numpy.typing import NDArray

OVERHEAD: Final = 900
"""Bytes that a transaction takes besides its texts: columns, tuples, and the objects of a dozen strings."""
WAITING: Final = ""
"""The outcome of a transaction that nothing answered yet."""
ANSWERED: Final = "answered"


class WebTransactions:
    """The newest transactions; one of serial s is in row s % capacity. Columns have shape (capacity,)."""

    def __init__(self, capacity: int, size: int) -> None:
        """Hold at most `capacity` transactions and about `size` bytes."""
        self.capacity = capacity
        self.size = size
        self.first = self.next = 1
        """Serials: the oldest that is held, and the one to come."""
        self.bytes = 0
        self.time_ns = np.zeros(capacity, np.int64)
        self.answered_ns = np.zeros(capacity, np.int64)
        """0 for those without a response."""
        self.flow = np.zeros(capacity, np.int64)
        self.kind = np.zeros(capacity, np.uint8)
        self.client_high, self.client_low = np.zeros((2, capacity), np.uint64)
        self.server_high, self.server_low = np.zeros((2, capacity), np.uint64)
        self.client_port, self.server_port = np.zeros((2, capacity), np.uint16)
        self.status = np.zeros(capacity, np.int16)
        self.body = np.zeros(capacity, np.int64)
        """Bytes of a response's body, UNKNOWN where that is not known."""
        self.certificate = np.zeros(capacity, np.int64)
        """Serial of the server's certificate, 0 for none."""
        self.name, self.agent = np.zeros((2, capacity), np.int64)
        """Serials of the groups that the transaction belongs to, 0 for none."""
        self.failed = np.zeros(capacity, np.bool_)
        """Ended with an alert, without an answer, or with a status that says so."""
        # As many rows as were needed until now
        self.outcomes = [WAITING]
        self.requests: list[WebRequest | None] = [None]
        self.responses: list[WebResponse | None] = [None]

    def __len__(self) -> int:
        return self.next - self.first

    @property
    def evicted(self) -> int:
        """Transactions that left."""
        return self.first - 1

    def row(self, serial: int) -> int:
        """Return the row of a transaction, -1 when it left."""
        return serial % self.capacity if self.first <= serial < self.next else -1

    def serials(self) -> NDArray[np.int64]:
        """Return the serials of all that are held."""
        return np.arange(self.first, self.next)

    def rows(self) -> NDArray[np.intp]:
        """Return the rows of all that are held, the oldest first."""
        return self.serials() % self.capacity

    def serials_of(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the serials of transactions by their rows."""
        return self.first + (rows - self.first) % self.capacity

    def request(self, row: int) -> WebRequest:
        """Return what was asked for in a row that is held, LookupError for another."""
        found = self.requests[row]
        if found is None:
            raise LookupError(f"no request in row {row}")
        return found

    def add(self, request: WebRequest, name: int, agent: int) -> int:
        """Add a transaction, evicting the oldest where there is no room; return its serial."""
        serial = self.next
        if serial - self.first >= self.capacity:
            self._evict()
        row = serial % self.capacity
        if row == len(self.requests):
            self.outcomes.append(WAITING)
            self.requests.append(None)
            self.responses.append(None)
        self.next = serial + 1
        self.time_ns[row], self.answered_ns[row], self.flow[row] = request.time_ns, 0, request.flow
        self.kind[row], self.status[row], self.body[row], self.failed[row] = request.kind, 0, UNKNOWN, False
        self.client_high[row], self.client_low[row], self.client_port[row] = request.client
        self.server_high[row], self.server_low[row], self.server_port[row] = request.server
        self.certificate[row], self.name[row], self.agent[row] = 0, name, agent
        self.outcomes[row], self.requests[row], self.responses[row] = WAITING, request, None
        self.bytes += OVERHEAD + _length(request)
        while self.bytes > self.size and self.first < serial:
            self._evict()
        return serial

    def answer(self, row: int, response: WebResponse) -> None:
        """Keep what answered the transaction in `row`."""
        before = self.responses[row]
        self.bytes += _length(response) - (_length(before) if before is not None else 0)
        self.responses[row] = response
        self.outcomes[row] = ANSWERED
        self.answered_ns[row], self.status[row], self.body[row] = response.time_ns, response.status, response.size

    def _evict(self) -> None:
        row = self.first % self.capacity
        response = self.responses[row]
        self.bytes -= OVERHEAD + _length(self.request(row)) + (_length(response) if response is not None else 0)
        self.requests[row] = self.responses[row] = None
        self.outcomes[row] = WAITING
        self.first += 1


def _length(told: WebRequest | WebResponse) -> int:
    """Return the characters of all texts."""
    return sum([len(value) for value in told if isinstance(value, str)])
