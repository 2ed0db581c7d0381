"""Writes what a part of a batch did into the columns of transactions, names and servers, all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.dns_message import RESPONSE
from netwatch.track.dns_packets import DnsKind
from netwatch.track.dns_servers import NOT_HELD, SERVER_PORT
from netwatch.track.dns_storage import DnsMark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.dns_headers import DnsMessages
    from netwatch.track.dns_match import DnsEvents
    from netwatch.track.dns_names import DnsNames
    from netwatch.track.dns_servers import DnsServers
    from netwatch.track.dns_storage import DnsTransactions
    from netwatch.track.remarks import RemarkWriter

RCODE: Final = 0x000F
NXDOMAIN: Final = 3
_ADDRESS: Final = np.dtype("V16")
_EARLIEST, _LATEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
_ENDS: Final = (
    "time_ns", "kind", "tcp", "client_high", "client_low", "server_high", "server_low", "client_port", "server_port",
    "identifier",
)  # fmt: skip
"""Columns that messages and transactions have in common."""


class DnsWriter:
    """Knows the columns."""

    def __init__(
        self, held: DnsTransactions, names: DnsNames, servers: DnsServers, latencies: RemarkWriter | None = None
    ) -> None:
        """Tell `latencies` how long after its query each first response came, nanoseconds."""
        self._held = held
        self._latencies = latencies
        self._names = names
        self._servers = servers

    def write(self, part: DnsMessages, events: DnsEvents) -> None:
        """Write the events of the messages `part`."""
        self._open(part, events)
        self._answer(part, events)
        held = self._held
        for serials, column in ((events.retried, held.retries), (events.more_responses, held.responses)):
            if serials:
                np.add.at(column, self._rows(np.array(serials)), 1)
        if events.retried:
            np.add.at(self._servers.retries, held.server[self._rows(np.array(events.retried))], 1)
        for serials, mark in (
            (events.unsolicited, DnsMark.UNSOLICITED),
            (events.fresh, DnsMark.NEW_NAME),
            (events.fell_back, DnsMark.FELL_BACK),
        ):
            if serials:
                held.marks[self._rows(np.array(serials))] |= np.uint8(mark)
        self._note_names(part, events)

    def _rows(self, serials: NDArray[Any]) -> NDArray[Any]:
        """Return the rows of those that are still held."""
        rows: NDArray[Any] = serials[serials >= self._held.first] % self._held.capacity
        return rows

    def _open(self, part: DnsMessages, events: DnsEvents) -> None:
        held = self._held
        serials = np.arange(held.next - len(events.opened), held.next)
        kept = serials >= held.first
        rows = serials[kept] % held.capacity
        at = np.array(events.opened, np.intp)[kept]
        for name in _ENDS:
            getattr(held, name)[rows] = getattr(part, name)[at]
        held.type[rows] = np.array(events.types, np.uint16)[kept]
        flags = part.flags[at]
        held.query_flags[rows] = np.where(flags & RESPONSE != 0, 0, flags)
        held.name[rows] = self._names.serial[np.array(events.names, np.intp)[at]]
        for column in (held.answered_ns, held.response_flags, held.answer_count, held.retries, held.responses):
            column[rows] = 0
        held.marks[rows] = 0
        held.server[rows] = self._count_servers(part, at)

    def _count_servers(self, part: DnsMessages, at: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the rows of the servers of the transactions that the messages `at` opened."""
        servers = self._servers
        unicast = (part.kind[at] == DnsKind.DNS) & (part.server_port[at] == SERVER_PORT)
        counted = np.flatnonzero(unicast & (part.flags[at] & RESPONSE == 0))
        asked = at[counted]
        addresses = np.stack((part.server_high[asked], part.server_low[asked]), axis=1)
        rows = np.full(len(at), NOT_HELD, np.intp)
        rows[counted] = servers.rows_of(addresses.view(_ADDRESS).ravel().tolist())
        np.add.at(servers.queries, rows, 1)
        np.minimum.at(servers.first_ns, rows, part.time_ns[at])
        np.maximum.at(servers.last_ns, rows, part.time_ns[at])
        return rows

    def _answer(self, part: DnsMessages, events: DnsEvents) -> None:
        if not events.answered:
            return
        held, servers = self._held, self._servers
        serials, at = np.array(events.answered), np.array(events.answered_at)
        kept = serials >= held.first
        rows, at = serials[kept] % held.capacity, at[kept]
        held.answered_ns[rows] = part.time_ns[at]
        held.response_flags[rows] = part.flags[at]
        held.answer_count[rows] = part.answers[at]
        held.responses[rows] = 1
        for name in ("server_high", "server_low", "server_port"):
            getattr(held, name)[rows] = getattr(part, name)[at]
        if self._latencies is not None:
            took = part.time_ns[at] - held.time_ns[rows]
            asked = took > 0  # a response that nobody asked for began its own transaction
            self._latencies.add(part.number[at[asked]], took[asked])
        server = held.server[rows]
        np.add.at(servers.answered, server, 1)
        np.add.at(servers.rcodes, (server, part.flags[at] & RCODE), 1)
        np.maximum.at(servers.last_ns, server, part.time_ns[at])

    def _note_names(self, part: DnsMessages, events: DnsEvents) -> None:
        names = self._names
        if names.added:
            names.first_ns[names.added], names.last_ns[names.added] = _LATEST, _EARLIEST
            names.added.clear()
        rows, at = np.array(events.names, np.intp), np.arange(len(part))
        if events.more_names:
            more = np.array(events.more_names, np.intp)
            rows, at = np.concatenate((rows, more[:, 0])), np.concatenate((at, more[:, 1]))
        response = part.flags[at] & RESPONSE != 0
        missing = response & (part.flags[at] & RCODE == NXDOMAIN)
        # To add True and False would take ten times as long: numpy turns them into numbers one by one
        for counted, which in ((names.queries, ~response), (names.responses, response), (names.nxdomain, missing)):
            np.add.at(counted, rows[which], 1)
        np.minimum.at(names.first_ns, rows, part.time_ns[at])
        np.maximum.at(names.last_ns, rows, part.time_ns[at])
        np.bitwise_or.at(names.kinds, rows, np.left_shift(1, part.kind[at]).astype(np.uint8))


def marked(held: DnsTransactions, rows: NDArray[Any], mark: DnsMark) -> NDArray[np.bool_]:
    """Return which of `rows` have a mark."""
    found: NDArray[np.bool_] = held.marks[rows] & int(mark) != 0
    return found
