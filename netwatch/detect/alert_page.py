"""A page of alerts: which of them a query wants, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.tables.alerts import AlertTable
from netwatch.tables.query import Page
from netwatch.track.paging import page_rows
from netwatch.track.vendors import alphabetical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from netwatch.tables.alerts import Alert
    from netwatch.tables.query import TableQuery


def page_of(
    every: Iterable[Alert], query: TableQuery, chosen: Callable[[list[Alert]], NDArray[np.bool_]] | None = None
) -> Page[AlertTable]:
    """Return the alerts that `query` wants, of those that are `chosen`; it sorts by one of SORT_KEYS.

    A word of its quick filter is a part of the rule, severity, state, an end or the summary; `muted`, `inhibited`
    and `done` show alerts that are otherwise left out.

    Raises:
        KeyError: there is no such column.
    """
    key = SORT_KEYS[query.sort]
    words = query.text.lower().split()
    alerts = [alert for alert in every if _wanted(alert, words)]
    if chosen is not None:
        alerts = [alerts[row] for row in np.flatnonzero(chosen(alerts)).tolist()]
    serials = np.array([alert.serial for alert in alerts], np.int64)
    page = page_rows(np.arange(len(alerts)), serials, lambda rows: _keys(key, alerts)[rows], query)
    table = AlertTable(serials[page.rows], tuple(alerts[row] for row in page.rows.tolist()))
    return Page(table, page.first, page.total, page.order)


def _keys(key: Callable[[Alert], float | str], alerts: list[Alert]) -> NDArray[Any]:
    values = [key(alert) for alert in alerts]
    texts = [value for value in values if isinstance(value, str)]
    return alphabetical(texts) if texts else np.array(values, np.float64)


def _wanted(alert: Alert, words: list[str]) -> bool:
    for left_out, word in (
        (alert.muted, "muted"),
        (alert.inhibited_by > 0, "inhibited"),
        (alert.done, "done"),
    ):
        if left_out and word not in words:
            return False
    text = " ".join(
        (alert.rule, alert.title, alert.word, alert.state, alert.source, alert.destination, alert.actor, alert.summary,
         "muted" * alert.muted, "inhibited" * bool(alert.inhibited_by), "done" * alert.done)
    ).lower()  # fmt: skip
    return all(word in text for word in words)


SORT_KEYS: Final[dict[str, Callable[[Alert], float | str]]] = {
    "serial": lambda alert: alert.serial,
    "severity": lambda alert: (alert.severity << 56) + (alert.last_ns >> 8),
    "time": lambda alert: alert.opened_ns,
    "last": lambda alert: alert.last_ns,
    "rule": lambda alert: alert.rule,
    "source": lambda alert: alert.source,
    "destination": lambda alert: alert.destination,
    "port": lambda alert: alert.port,
    "value": lambda alert: alert.value,
    "confidence": lambda alert: alert.confidence,
    "episodes": lambda alert: alert.episodes,
}
"""Columns that alerts can be sorted by; by severity the newest come first among equals."""
