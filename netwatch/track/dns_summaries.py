"""Pages of names and of servers, and counts of everything, out of what the DNS tracker holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.nanoseconds import SECOND
from netwatch.tables.dns import DnsNameTable, DnsServerTable
from netwatch.tables.query import Page
from netwatch.track.dns_answers import rcode_text
from netwatch.track.dns_find import DnsStates, within
from netwatch.track.dns_latency import percentiles
from netwatch.track.dns_packets import KIND_NAMES
from netwatch.track.dns_table import addresses, latencies
from netwatch.track.flow_find import MOST_WORDS, address_prefix
from netwatch.track.paging import page_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.tables.query import TableQuery
    from netwatch.track.dns_names import DnsNames
    from netwatch.track.dns_servers import DnsServers
    from netwatch.track.dns_storage import DnsTransactions

NEW_NS: Final = 60 * SECOND
"""Packet time for which a name counts as new where nobody remembers those of earlier runs."""


@dataclass(frozen=True, slots=True)
class NameView:
    """All that a page of names is made of."""

    names: DnsNames
    held: DnsTransactions
    now_ns: int

    def page(self, query: TableQuery) -> Page[DnsNameTable]:
        """Return the names that `query` wants; words are parts of a name, `new`, `nxdomain` or a protocol.

        Raises:
            KeyError: there is no such column.
        """
        rows = self._find(query.text)
        keys = self._keys()[query.sort]
        page = page_rows(rows, self.names.serial[rows], keys, query)
        return Page(self.table(page.rows), page.first, page.total, page.order)

    def table(self, rows: NDArray[np.intp]) -> DnsNameTable:
        """Return the names in `rows`."""
        names = self.names
        times = self._percentiles(rows)
        return DnsNameTable(
            serial=names.serial[rows],
            name=tuple(names.texts[row] for row in rows.tolist()),
            protocols=tuple(_protocols(bits) for bits in names.kinds[rows].tolist()),
            queries=names.queries[rows],
            responses=names.responses[rows],
            clients=names.clients(rows),
            nxdomain=self._nxdomain(rows),
            latency_p50_ns=times[0],
            latency_p95_ns=times[1],
            first_ns=names.first_ns[rows],
            last_ns=names.last_ns[rows],
            new=self._new(rows),
        )

    def _find(self, text: str) -> NDArray[np.intp]:
        names, rows = self.names, self.names.rows()
        rows = rows[names.queries[rows] + names.responses[rows] > 0]
        protocols = {name.lower(): 1 << number for number, name in enumerate(KIND_NAMES) if name}
        for word in text.lower().split()[:MOST_WORDS]:
            if word == "new":
                rows = rows[self._new(rows)]
            elif word == "nxdomain":
                rows = rows[names.nxdomain[rows] > 0]
            elif word in protocols:
                rows = rows[names.kinds[rows] & protocols[word] != 0]
            else:
                rows = rows[np.array([word in names.texts[row].lower() for row in rows.tolist()], np.bool_)]
        return rows

    def _keys(self) -> dict[str, Callable[[NDArray[np.intp]], NDArray[Any]]]:
        names = self.names
        return {
            "serial": lambda rows: names.serial[rows],
            "name": self._alphabetical,
            "queries": lambda rows: names.queries[rows],
            "responses": lambda rows: names.responses[rows],
            "clients": names.clients,
            "nxdomain": self._nxdomain,
            "latency_p50": lambda rows: self._percentiles(rows)[0],
            "latency_p95": lambda rows: self._percentiles(rows)[1],
            "first": lambda rows: names.first_ns[rows] - names.first_ns[rows].min(initial=_LATEST),
            "last": lambda rows: names.last_ns[rows] - names.last_ns[rows].min(initial=_LATEST),
            "new": self._new,
        }

    def _alphabetical(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        texts = [self.names.texts[row] for row in rows.tolist()]
        keys = np.zeros(len(texts), np.int64)
        keys[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
        return keys

    def _nxdomain(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        share: NDArray[np.float64] = self.names.nxdomain[rows] / np.maximum(self.names.responses[rows], 1)
        return share

    def _new(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        known = self.names.known
        new: NDArray[np.bool_] = self.now_ns - self.names.first_ns[rows] < NEW_NS if known is None else ~known[rows]
        return new

    def _percentiles(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        answered, times = latencies(self.held)
        return percentiles(self.held.name[answered], times, self.names.serial[rows])


@dataclass(frozen=True, slots=True)
class ServerView:
    """All that a page of servers is made of."""

    servers: DnsServers
    held: DnsTransactions
    now_ns: int

    def page(self, query: TableQuery) -> Page[DnsServerTable]:
        """Return the servers that `query` wants; words are addresses, prefixes or parts of an address.

        Raises:
            KeyError: there is no such column.
        """
        rows = self._find(query.text)
        page = page_rows(rows, rows.astype(np.int64), self._keys()[query.sort], query)
        return Page(self._table(page.rows), page.first, page.total, page.order)

    def _table(self, rows: NDArray[np.intp]) -> DnsServerTable:
        servers, times = self.servers, self._percentiles(rows)
        return DnsServerTable(
            serial=rows.astype(np.int64),
            server=addresses(servers.high[rows], servers.low[rows]),
            queries=servers.queries[rows],
            retries=servers.retries[rows],
            answered=servers.answered[rows],
            unanswered=self._unanswered(rows),
            latency_p50_ns=times[0],
            latency_p95_ns=times[1],
            latency_max_ns=times[2],
            rcodes=tuple(_codes(counts) for counts in servers.rcodes[rows].tolist()),
            first_ns=servers.first_ns[rows],
            last_ns=servers.last_ns[rows],
        )

    def _find(self, text: str) -> NDArray[np.intp]:
        servers, rows = self.servers, self.servers.rows()
        for word in text.lower().split()[:MOST_WORDS]:
            prefix = address_prefix(word)
            if prefix is not None:
                rows = rows[within((servers.high[rows], servers.low[rows]), *prefix)]
            else:
                shown = addresses(servers.high[rows], servers.low[rows])
                rows = rows[np.array([word in address for address in shown], np.bool_)]
        return rows

    def _keys(self) -> dict[str, Callable[[NDArray[np.intp]], NDArray[Any]]]:
        servers = self.servers
        return {
            "serial": lambda rows: rows,
            "server": lambda rows: servers.high[rows].astype(np.float64) * 2.0**64 + servers.low[rows],
            "queries": lambda rows: servers.queries[rows],
            "retries": lambda rows: servers.retries[rows],
            "answered": lambda rows: servers.answered[rows],
            "unanswered": self._unanswered,
            "latency_p50": lambda rows: self._percentiles(rows)[0],
            "latency_p95": lambda rows: self._percentiles(rows)[1],
            "latency_max": lambda rows: self._percentiles(rows)[2],
            "last": lambda rows: servers.last_ns[rows] - servers.last_ns[rows].min(initial=_LATEST),
        }

    def _unanswered(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Count what was not answered, less what may still be."""
        held = self.held
        of_all = held.rows()
        waiting = held.server[of_all[DnsStates(held, of_all, self.now_ns).waiting]]
        still = np.bincount(waiting, minlength=len(self.servers.queries))
        left: NDArray[np.int64] = self.servers.queries[rows] - self.servers.answered[rows] - still[rows]
        return left

    def _percentiles(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        answered, times = latencies(self.held)
        return percentiles(self.held.server[answered], times, rows)


_LATEST: Final = np.iinfo(np.int64).max


def _protocols(bits: int) -> tuple[str, ...]:
    return tuple(name for number, name in enumerate(KIND_NAMES) if name and bits >> number & 1)


def _codes(counts: list[int]) -> tuple[tuple[str, int], ...]:
    found = [(rcode_text(code), count) for code, count in enumerate(counts) if count]
    return tuple(sorted(found, key=lambda pair: -pair[1]))
