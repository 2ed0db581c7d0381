"""WebTracker: the transactions of TLS, QUIC and HTTP, their server names and the agents that begin them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.addresses import address_text
from netwatch.tables.query import Page, TableQuery
from netwatch.tables.web import WebSummary
from netwatch.track.certificates import UNLIMITED, Certificates
from netwatch.track.paging import page_rows
from netwatch.track.web_find import find_web
from netwatch.track.web_groups import WebGroups
from netwatch.track.web_storage import WAITING, WebTransactions
from netwatch.track.web_summaries import agent_table, agents_page, most_frequent, name_table, names_page
from netwatch.track.web_table import sort_keys, web_table
from netwatch.track.web_totals import WebTotals
from netwatch.track.web_transaction import UNKNOWN, WebKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.tables.web import WebAgentTable, WebCounts, WebNameTable, WebTable
    from netwatch.track.certificates import HeldCertificate
    from netwatch.track.web_table import Sizes
    from netwatch.track.web_transaction import WebRequest, WebResponse

CAPACITY: Final = 50_000
"""Transactions that are held."""
SIZE: Final = 64 << 20
"""Bytes of memory for them."""
NAMES: Final = 30_000
AGENTS: Final = 5_000
SMALLEST_CAPACITY: Final = 16
FIRST_ERROR: Final = 400
"""The smallest HTTP status that says that a request failed (RFC 9110 section 15)."""


class WebTracker:
    """What the readers of TLS, QUIC and HTTP tell, as tables.

    A reader calls `begin` for each request, and gives the serial that it returns with all that comes later; what
    comes for a transaction that left is dropped.
    """

    def __init__(
        self,
        *,
        capacity: int = CAPACITY,
        size: int = SIZE,
        names: int = NAMES,
        agents: int = AGENTS,
        flow_sizes: Sizes | None = None,
        certificates_read: int = UNLIMITED,
    ) -> None:
        """Hold at most `capacity` transactions in about `size` bytes, `names` names and `agents` agents.

        At most `certificates_read` new certificates are read in a second of packet time.

        `flow_sizes` gives the payload of flows by their serials, UNKNOWN for those that are gone.
        """
        self._held = WebTransactions(max(capacity, SMALLEST_CAPACITY), size)
        self._names = WebGroups(max(names, SMALLEST_CAPACITY))
        self._agents = WebGroups(max(agents, SMALLEST_CAPACITY))
        self._flow_sizes = flow_sizes or _no_sizes
        self._totals = WebTotals()
        self.certificates = Certificates(most_read=certificates_read)

    @property
    def held(self) -> int:
        """Transactions in the table now."""
        return len(self._held)

    @property
    def evicted(self) -> int:
        """Transactions, names, agents and certificates that left full tables."""
        return self._held.evicted + self._names.evicted + self._agents.evicted + self.certificates.evicted

    @property
    def skipped(self) -> int:
        """Certificates that were not read, because too many came at once."""
        return self.certificates.skipped

    def begin(self, request: WebRequest) -> int:
        """Add a transaction and return its serial."""
        name = self._names.note(request.name, request)
        agent = self._agents.note(request.agent or request.ja4, request)
        self._totals.add(request)
        return self._held.add(request, name, agent)

    def respond(self, serial: int, response: WebResponse) -> None:
        """Take what answered a transaction; a later answer replaces the one before, but not its time."""
        row = self._held.row(serial)
        if row < 0:
            return
        request, before = self._held.request(row), self._held.responses[row]
        if before is None:
            self._totals.answered += 1
            self._totals.add_version(request.kind, response.version or request.version)
        else:
            response = response._replace(time_ns=before.time_ns)
        self._held.answer(row, response)
        if response.status >= FIRST_ERROR:
            self._count_failure(row)

    def resize(self, serial: int, size: int) -> None:
        """Take note of how many bytes the body of a response had."""
        row = self._held.row(serial)
        if row >= 0:
            self._held.body[row] = size

    def certify(self, serial: int, der: bytes, *, chain: int, time_ns: int) -> None:
        """Take the certificate that the server of a transaction showed, the first of `chain`."""
        row = self._held.row(serial)
        if row < 0:
            return
        request = self._held.request(row)
        self._held.certificate[row] = self.certificates.note(
            der,
            chain=chain,
            flow=request.flow,
            server=address_text(*request.server[:2]),
            name=request.name,
            time_ns=time_ns,
        )

    def certificate_of(self, serial: int) -> HeldCertificate | None:
        """Return the certificate that the server of a transaction showed, None for none that is held."""
        row = self._held.row(serial)
        return self.certificates.held(int(self._held.certificate[row])) if row >= 0 else None

    def fail(self, serial: int, outcome: str) -> None:
        """Take note that a transaction ended otherwise than it should; `outcome` says in printable words how."""
        row = self._held.row(serial)
        if row >= 0 and outcome != WAITING:
            self._held.outcomes[row] = outcome
            self._count_failure(row)

    def page(self, query: TableQuery) -> Page[WebTable]:
        """Return the transactions that `query` wants; web_find says which words it knows.

        Raises:
            KeyError: there is no such column.
        """
        held = self._held
        rows = find_web(held, query.text if query.held is None else "")
        page = page_rows(
            rows, held.serials_of(rows), lambda wanted: sort_keys(held, query.sort, wanted, self._flow_sizes), query
        )
        table = web_table(held, page.rows, self._flow_sizes, self._certificate_lines)
        return Page(table, page.first, page.total, page.order)

    def names(self, query: TableQuery) -> Page[WebNameTable]:
        """Return the server names that `query` wants; see names_page."""
        return names_page(self._names, self._held, query)

    def agents(self, query: TableQuery) -> Page[WebAgentTable]:
        """Return the user agents and fingerprints that `query` wants; see agents_page."""
        return agents_page(self._agents, query)

    def flow_of(self, serial: int) -> int:
        """Return the serial of the flow of a transaction.

        Raises:
            LookupError: it left the table.
        """
        row = self._held.row(serial)
        if row < 0:
            raise LookupError(f"transaction {serial} is not in the table any more")
        return int(self._held.flow[row])

    def counts(self) -> WebCounts:
        """Return what happened since the start."""
        return self._totals.counts(self._held)

    def summary(self, count: int) -> WebSummary:
        """Return what a report tells, with the `count` most frequent agents."""
        names, agents = self._names, self._agents
        return WebSummary(
            counts=self.counts(),
            names=name_table(names, self._held, most_frequent(names, names.rows(), names.capacity)),
            agents=agent_table(agents, most_frequent(agents, agents.rows(), count)),
            certificates=self.certificates.page(TableQuery("count", count=count)).table,
            versions=self._totals.versions(),
        )

    def server_names(self, count: int) -> tuple[tuple[str, int], ...]:
        """Return (name, connections) of the servers that clients of TLS and QUIC asked for most."""
        names = self._names
        rows = names.rows()
        hellos = names.totals(rows) - names.counts[rows, WebKind.HTTP]
        order = np.lexsort((names.serial[rows], -hellos))[:count]
        order = order[hellos[order] > 0]
        return tuple(
            (names.texts[row], number) for row, number in zip(rows[order].tolist(), hellos[order].tolist(), strict=True)
        )

    def _certificate_lines(self, serials: list[int]) -> tuple[str, ...]:
        return tuple(self.certificates.line(serial) for serial in serials)

    def _count_failure(self, row: int) -> None:
        if self._held.failed[row]:
            return
        self._held.failed[row] = True
        self._totals.failed += 1
        self._names.fail(int(self._held.name[row]))
        self._agents.fail(int(self._held.agent[row]))


def _no_sizes(flows: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.full(len(flows), UNKNOWN)
