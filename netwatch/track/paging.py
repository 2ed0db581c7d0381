"""Picks the rows of a page out of all rows of a tracker: by a sort key, or in an order that is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.tables.query import TableQuery


class PageRows(NamedTuple):
    """What a Page is made of."""

    rows: NDArray[np.intp]
    first: int
    total: int
    order: NDArray[np.int64] | None


def page_rows(
    rows: NDArray[np.intp],
    serials: NDArray[np.int64],
    keys: Callable[[NDArray[np.intp]], NDArray[Any]],
    query: TableQuery,
    ages: NDArray[np.int64] | None = None,
) -> PageRows:
    """Return the rows that `query` wants among `rows`, all of which match.

    `serials` are those of `rows`, shape (n,), never used twice; `keys(rows)` gives the numbers to sort by. The older
    row comes first among equals: that of the lower of `ages`, or of the serials where these ascend with age. A page
    costs a partition, not a sort, unless the whole order is asked for.
    """
    if query.held is not None:
        return _held_rows(rows, serials, query.held, query)
    total = len(rows)
    first = min(max(query.first, 0), max(total - 1, 0))
    key = keys(rows).astype(np.float64)
    if query.descending:
        key = -key
    key = np.where(np.isnan(key), np.inf, key)
    last = first + query.count
    chosen = np.arange(total)
    if not query.whole_order and 0 < last < total:
        chosen = np.flatnonzero(key <= np.partition(key, last - 1)[last - 1])
    older = serials if ages is None else ages
    order = chosen[np.lexsort((serials[chosen], older[chosen], key[chosen]))]
    whole = serials[order] if query.whole_order else None
    return PageRows(rows[order[first:last]], first, total, whole)


def _held_rows(
    rows: NDArray[np.intp], serials: NDArray[np.int64], held: NDArray[np.int64], query: TableQuery
) -> PageRows:
    """Rows that left the table meanwhile are left out of the page."""
    first = min(max(query.first, 0), max(len(held) - 1, 0))
    wanted = held[first : first + query.count]
    found = np.flatnonzero(np.isin(serials, wanted))
    found = found[np.argsort(serials[found])]
    at = np.searchsorted(serials[found], wanted)
    at = np.minimum(at, max(len(found) - 1, 0))
    there = serials[found][at] == wanted if len(found) else np.zeros(len(wanted), np.bool_)
    return PageRows(rows[found[at[there]]], first, len(held), held if query.whole_order else None)
