"""Makes WebTables of transactions, and the keys that these are sorted by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.tables.web import WebTable
from netwatch.track.dns_table import addresses
from netwatch.track.web_storage import WAITING
from netwatch.track.web_transaction import UNKNOWN, WebKind, WebResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.track.web_storage import WebTransactions

    Sizes = Callable[[NDArray[np.int64]], NDArray[np.int64]]
    Certificates = Callable[[list[int]], tuple[str, ...]]

_NOTHING: Final = WebResponse(0)


def web_table(held: WebTransactions, rows: NDArray[np.intp], sizes: Sizes, certificates: Certificates) -> WebTable:
    """Return the transactions in `rows`, in that order.

    `sizes(flows)` gives the payload of flows by their serials, `certificates(serials)` a line about each certificate.
    """
    where = rows.tolist()
    requests = [held.request(row) for row in where]
    responses = [held.responses[row] or _NOTHING for row in where]
    return WebTable(
        serial=held.serials_of(rows),
        flow=held.flow[rows],
        time_ns=held.time_ns[rows],
        kind=tuple(WebKind(kind).name for kind in held.kind[rows].tolist()),
        client=addresses(held.client_high[rows], held.client_low[rows]),
        client_port=held.client_port[rows],
        server=addresses(held.server_high[rows], held.server_low[rows]),
        server_port=held.server_port[rows],
        name=tuple(each.name for each in requests),
        version=tuple(said.version or asked.version for asked, said in zip(requests, responses, strict=True)),
        outcome=tuple(held.outcomes[row] or "waiting" for row in where),
        status=held.status[rows],
        latency_ns=_latency(held, rows, UNKNOWN).astype(np.int64),
        size=_sizes(held, rows, sizes),
        ja4=tuple(each.ja4 for each in requests),
        ja3=tuple(each.ja3 for each in requests),
        ja3s=tuple(each.ja3s for each in responses),
        protocols=tuple(each.protocols for each in requests),
        protocol=tuple(each.protocol for each in responses),
        cipher=tuple(each.cipher for each in responses),
        certificate=certificates(held.certificate[rows].tolist()),
        notes=tuple(asked.notes + said.notes for asked, said in zip(requests, responses, strict=True)),
        method=tuple(each.method for each in requests),
        target=tuple(each.target for each in requests),
        agent=tuple(each.agent for each in requests),
        content_type=tuple(each.content_type for each in responses),
    )


def latencies(held: WebTransactions) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the rows of the transactions with a response, and their latencies."""
    rows = held.rows()
    rows = rows[held.answered_ns[rows] != 0]
    return rows, held.answered_ns[rows] - held.time_ns[rows]


def _latency(held: WebTransactions, rows: NDArray[np.intp], unknown: float) -> NDArray[np.float64]:
    answered = held.answered_ns[rows]
    return np.where(answered != 0, answered - held.time_ns[rows], unknown)


def _sizes(held: WebTransactions, rows: NDArray[np.intp], sizes: Sizes) -> NDArray[np.int64]:
    """Return the bytes of bodies, and of the whole flows of TLS and QUIC."""
    result = held.body[rows].copy()
    whole = np.flatnonzero(held.kind[rows] != WebKind.HTTP)
    if len(whole):
        result[whole] = sizes(held.flow[rows[whole]])
    return result


def _by_address(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[Any]:
    return high.astype(np.float64) * 2.0**64 + low


def _alphabetical(texts: list[str]) -> NDArray[np.int64]:
    place = {text: place for place, text in enumerate(sorted(set(texts)))}
    return np.array([place[text] for text in texts], np.int64)


def _by_text(name: str) -> Callable[[WebTransactions, NDArray[np.intp]], NDArray[Any]]:
    return lambda held, rows: _alphabetical([getattr(held.request(row), name) for row in rows.tolist()])


def _by_version(held: WebTransactions, rows: NDArray[np.intp]) -> NDArray[Any]:
    said = [held.responses[row] or _NOTHING for row in rows.tolist()]
    asked = [held.request(row) for row in rows.tolist()]
    return _alphabetical([one.version or other.version for one, other in zip(said, asked, strict=True)])


def _by_status(held: WebTransactions, rows: NDArray[np.intp]) -> NDArray[Any]:
    """Numbers by their value, then what failed by its words, then what was answered, then what waits."""
    words = _alphabetical([held.outcomes[row] for row in rows.tolist()]) + 1000
    waiting = np.array([held.outcomes[row] == WAITING for row in rows.tolist()], np.bool_)
    words = np.where(waiting, np.iinfo(np.int32).max, words)
    return np.where(held.status[rows] != 0, held.status[rows], words)


def sort_keys(held: WebTransactions, column: str, rows: NDArray[np.intp], sizes: Sizes) -> NDArray[Any]:
    """Return numbers to sort `rows` by; KeyError for a column that there is not."""
    if column == "size":
        found = _sizes(held, rows, sizes).astype(np.float64)
        return np.where(found < 0, np.nan, found)
    return _KEYS[column](held, rows)


_KEYS: Final[dict[str, Callable[[WebTransactions, NDArray[np.intp]], NDArray[Any]]]] = {
    "serial": lambda held, rows: held.serials_of(rows),
    "time": lambda held, rows: held.time_ns[rows] - held.time_ns[rows].min(initial=np.iinfo(np.int64).max),
    "kind": lambda held, rows: held.kind[rows],
    "client": lambda held, rows: _by_address(held.client_high[rows], held.client_low[rows]),
    "server": lambda held, rows: _by_address(held.server_high[rows], held.server_low[rows]),
    "name": _by_text("name"),
    "version": _by_version,
    "status": _by_status,
    "latency": lambda held, rows: _latency(held, rows, np.nan),
    "ja4": _by_text("ja4"),
    "method": _by_text("method"),
    "agent": _by_text("agent"),
}
