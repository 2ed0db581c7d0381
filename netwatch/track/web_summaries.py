"""Pages of server names and of agents out of what the web tracker holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.tables.query import Page
from netwatch.tables.web import WebAgentTable, WebNameTable
from netwatch.track.dns_latency import percentiles
from netwatch.track.flow_find import MOST_WORDS
from netwatch.track.paging import page_rows
from netwatch.track.web_table import latencies
from netwatch.track.web_transaction import WebKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.tables.query import TableQuery
    from netwatch.track.web_groups import WebGroups
    from netwatch.track.web_storage import WebTransactions

_LATEST: Final = np.iinfo(np.int64).max


def names_page(groups: WebGroups, held: WebTransactions, query: TableQuery) -> Page[WebNameTable]:
    """Return the names that `query` wants; words are parts of a name, a kind or `failed`.

    Raises:
        KeyError: there is no such column.
    """
    keys = _keys(groups)
    keys |= {
        "latency_p50": lambda rows: _percentiles(groups, held, rows)[0],
        "latency_p95": lambda rows: _percentiles(groups, held, rows)[1],
    }
    rows = find_groups(groups, query.text)
    page = page_rows(rows, groups.serial[rows], keys[query.sort], query)
    return Page(name_table(groups, held, page.rows), page.first, page.total, page.order)


def agents_page(groups: WebGroups, query: TableQuery) -> Page[WebAgentTable]:
    """Return the agents that `query` wants; words are parts of an agent, a kind or `failed`.

    Raises:
        KeyError: there is no such column.
    """
    rows = find_groups(groups, query.text)
    page = page_rows(rows, groups.serial[rows], _keys(groups)[query.sort], query)
    return Page(agent_table(groups, page.rows), page.first, page.total, page.order)


def name_table(groups: WebGroups, held: WebTransactions, rows: NDArray[np.intp]) -> WebNameTable:
    """Return the names in `rows`."""
    times = _percentiles(groups, held, rows)
    return WebNameTable(
        serial=groups.serial[rows],
        name=tuple(groups.texts[row] for row in rows.tolist()),
        tls=_hellos(groups, rows),
        quic=groups.counts[rows, WebKind.QUIC],
        http=groups.counts[rows, WebKind.HTTP],
        failed=groups.failed[rows],
        clients=groups.clients(rows),
        latency_p50_ns=times[0],
        latency_p95_ns=times[1],
        first_ns=groups.first_ns[rows],
        last_ns=groups.last_ns[rows],
    )


def agent_table(groups: WebGroups, rows: NDArray[np.intp]) -> WebAgentTable:
    """Return the agents in `rows`."""
    http = groups.counts[rows, WebKind.HTTP] > 0
    return WebAgentTable(
        serial=groups.serial[rows],
        agent=tuple(groups.texts[row] for row in rows.tolist()),
        kind=tuple("HTTP" if each else "JA4" for each in http.tolist()),
        requests=groups.totals(rows),
        failed=groups.failed[rows],
        clients=groups.clients(rows),
        first_ns=groups.first_ns[rows],
        last_ns=groups.last_ns[rows],
    )


def most_frequent(groups: WebGroups, rows: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return the `count` of `rows` with most transactions, in falling order."""
    return rows[np.lexsort((groups.serial[rows], -groups.totals(rows)))[:count]]


def find_groups(groups: WebGroups, text: str) -> NDArray[np.intp]:
    """Return the rows of the groups that match every word of `text`."""
    rows = groups.rows()
    kinds = {kind.name.lower(): kind for kind in WebKind}
    for word in text.lower().split()[:MOST_WORDS]:
        if word in kinds:
            rows = rows[groups.counts[rows, kinds[word]] > 0]
        elif word == "failed":
            rows = rows[groups.failed[rows] > 0]
        else:
            rows = rows[np.array([word in groups.texts[row].lower() for row in rows.tolist()], np.bool_)]
    return rows


def _hellos(groups: WebGroups, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return how often TLS was spoken, DTLS included."""
    hellos: NDArray[np.int64] = groups.counts[rows, WebKind.TLS] + groups.counts[rows, WebKind.DTLS]
    return hellos


def _keys(groups: WebGroups) -> dict[str, Callable[[NDArray[np.intp]], NDArray[Any]]]:
    def alphabetical(rows: NDArray[np.intp]) -> NDArray[np.int64]:
        texts = [groups.texts[row] for row in rows.tolist()]
        keys = np.zeros(len(texts), np.int64)
        keys[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
        return keys

    return {
        "serial": lambda rows: groups.serial[rows],
        "name": alphabetical,
        "agent": alphabetical,
        "kind": lambda rows: groups.counts[rows, WebKind.HTTP] > 0,
        "requests": groups.totals,
        "total": groups.totals,
        "tls": lambda rows: _hellos(groups, rows),
        "quic": lambda rows: groups.counts[rows, WebKind.QUIC],
        "http": lambda rows: groups.counts[rows, WebKind.HTTP],
        "failed": lambda rows: groups.failed[rows],
        "clients": groups.clients,
        "first": lambda rows: groups.first_ns[rows] - groups.first_ns[rows].min(initial=_LATEST),
        "last": lambda rows: groups.last_ns[rows] - groups.last_ns[rows].min(initial=_LATEST),
    }


def _percentiles(groups: WebGroups, held: WebTransactions, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    answered, times = latencies(held)
    return percentiles(held.name[answered], times, groups.serial[rows])
