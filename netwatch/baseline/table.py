"""Differences as pages of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from netwatch.baseline.compare import CHANGES
from netwatch.baseline.sample import KINDS
from netwatch.tables.baseline import BaselineTable
from netwatch.tables.query import Page
from netwatch.track.paging import page_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.baseline.compare import Change
    from netwatch.tables.query import TableQuery


class Differences:
    """The newest comparison; the same thing keeps its serial from one to the next."""

    def __init__(self, said: str) -> None:
        """Begin without differences; `said` tells why."""
        self._changes: list[Change] = []
        self._against = said
        self._serials: dict[tuple[str, str], int] = {}

    def take(self, changes: list[Change], against: str) -> None:
        """Replace what is shown."""
        there = {(one.kind, one.key) for one in changes}
        following = max(self._serials.values(), default=0)
        self._serials = {key: serial for key, serial in self._serials.items() if key in there}
        for one in changes:
            if (one.kind, one.key) not in self._serials:
                following += 1
                self._serials[one.kind, one.key] = following
        self._changes, self._against = changes, against

    def page(self, query: TableQuery) -> Page[BaselineTable]:
        """Return rows; KeyError for an unknown column."""
        words = query.text.lower().split()
        rows = [
            at
            for at, one in enumerate(self._changes)
            if all(word in f"{one.change} {one.kind} {one.key}".lower() for word in words)
        ]
        places = {key: place for place, key in enumerate(sorted({one.key for one in self._changes}))}
        keys = np.array([_key(one, query.sort, places) for one in self._changes], np.float64)
        serials = np.array([self._serials[one.kind, one.key] for one in self._changes], np.int64)
        matching = np.array(rows, np.intp)
        by_serial = matching[np.argsort(serials[matching])]
        found = page_rows(by_serial, serials[by_serial], lambda wanted: keys[wanted], query)
        return Page(self._table(found.rows, serials), found.first, found.total, found.order)

    def _table(self, rows: NDArray[np.intp], serials: NDArray[np.int64]) -> BaselineTable:
        chosen = [self._changes[at] for at in rows.tolist()]
        return BaselineTable(
            serials[rows],
            tuple(one.change for one in chosen),
            tuple(one.kind for one in chosen),
            tuple(one.key for one in chosen),
            np.array([one.value for one in chosen], np.int64),
            np.array([one.usual for one in chosen], np.float64),
            np.array([one.score for one in chosen], np.float64),
            self._against,
        )


def _key(one: Change, sort: str, places: dict[str, int]) -> float:
    """Return what a row is sorted by; falling, the most urgent come first."""
    order: dict[str, Any] = {
        "change": -CHANGES.index(one.change),
        "kind": -KINDS.index(one.kind),
        "key": -places[one.key],
        "value": one.value,
        "usual": one.usual,
        "score": abs(one.score),
    }
    return float(order[sort])
