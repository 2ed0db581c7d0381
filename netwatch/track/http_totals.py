"""HttpTotals: how many requests each host got, which agents sent them, and how they were answered."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeVar

from netwatch.tables.http import HttpSummary

if TYPE_CHECKING:
    from netwatch.track.http_transaction import HttpRequest, HttpTransaction

MOST: Final = 10_000
"""Different hosts, and different agents, that are counted."""
MOST_METHODS: Final = 256

T = TypeVar("T")


class HttpTotals:
    """Counts; what comes when a list is full is counted in all only."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._requests = self._responses = self._uncounted = 0
        self._hosts: Counter[str] = Counter()
        self._agents: Counter[str] = Counter()
        self._methods: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()

    def add_request(self, request: HttpRequest) -> None:
        """Count a request."""
        self._requests += 1
        self._add(self._hosts, request.host, self._most)
        self._add(self._agents, request.user_agent, self._most)
        self._add(self._methods, request.method, MOST_METHODS)

    def add_response(self, transaction: HttpTransaction) -> None:
        """Count a response, if there is one."""
        if transaction.status:
            self._responses += 1
            self._statuses[transaction.status] += 1

    def summary(self, count: int) -> HttpSummary:
        """Return the totals with the `count` most frequent of each kind."""
        return HttpSummary(
            requests=self._requests,
            responses=self._responses,
            hosts=_most_frequent(self._hosts, count),
            user_agents=_most_frequent(self._agents, count),
            methods=_most_frequent(self._methods, count),
            statuses=_most_frequent(self._statuses, count),
            uncounted=self._uncounted,
        )

    def _add(self, counter: Counter[str], value: str, most: int) -> None:
        if not value:
            return
        if value in counter or len(counter) < most:
            counter[value] += 1
        else:
            self._uncounted += 1


def _most_frequent(counter: Counter[T], count: int) -> tuple[tuple[T, int], ...]:
    return tuple(counter.most_common(count))
