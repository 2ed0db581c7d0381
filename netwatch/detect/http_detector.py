"""HttpDetector: the base of detectors that look at HTTP requests and what answers them, by who asks whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from netwatch.detect.config import Config
from netwatch.detect.http_inspect import HttpBudget
from netwatch.detect.keyed import KeyedDetector

if TYPE_CHECKING:
    from netwatch.detect.observation import Observation
    from netwatch.track.http_transaction import HttpRequest, HttpTransaction

C = TypeVar("C", bound=Config)
V = TypeVar("V")


class HttpDetector(KeyedDetector[C, V]):
    """Looks at so many requests of a slice as its budget has room for, and counts the others."""

    def __init__(self, config: C) -> None:
        """Follow nobody yet."""
        super().__init__(config)
        self.budget = HttpBudget()

    @property
    def skipped(self) -> int:
        """Requests that were left out."""
        return self.budget.skipped

    def concerns(self, _event: HttpRequest | HttpTransaction) -> bool:  # most look closer
        """Return whether there may be something to tell of a request, or of what answers one."""
        return True

    def exchanges(self, seen: Observation) -> list[HttpRequest | HttpTransaction]:
        """Return the requests and transactions of a slice that concern it, in the order of their packets."""
        events: list[HttpRequest | HttpTransaction] = [*self.budget.requests(seen), *self.budget.transactions(seen)]
        return sorted(filter(self.concerns, events), key=lambda event: event.moment.number)
