"""DnsTotals: counts of all DNS messages since the start, those of transactions that left the table included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.dns_message import RESPONSE
from netwatch.tables.dns import DnsCounts, DnsProtocolCounts
from netwatch.track.dns_match import TRUNCATED
from netwatch.track.dns_packets import KIND_NAMES, DnsKind
from netwatch.track.dns_table import latencies
from netwatch.track.dns_write import NXDOMAIN, RCODE

if TYPE_CHECKING:
    from netwatch.track.dns_headers import DnsMessages, FoundMessages
    from netwatch.track.dns_match import DnsEvents
    from netwatch.track.dns_storage import DnsTransactions

SERVFAIL: Final = 2


class DnsTotals:
    """Adds up what was found and what it did."""

    def __init__(self) -> None:
        kinds = len(KIND_NAMES)
        self._messages = np.zeros((kinds, 2), np.int64)
        """Queries and responses."""
        self._matched, self._asked, self._answered = np.zeros((3, kinds), np.int64)
        """Matched responses, transactions that began with a query, and those of them with a response."""
        self._codes = np.zeros(RCODE + 1, np.int64)
        self._retries = self._truncated = self._malformed = 0

    def add_found(self, found: FoundMessages) -> None:
        """Count messages."""
        self._malformed += found.malformed
        messages = found.messages
        self._malformed += int(np.count_nonzero(~messages.sound))
        response = messages.flags & RESPONSE != 0
        np.add.at(self._messages, (messages.kind, response.astype(np.intp)), 1)
        self._truncated += int(np.count_nonzero(response & (messages.flags & TRUNCATED != 0)))

    def add_events(self, part: DnsMessages, events: DnsEvents) -> None:
        """Count what the messages of a part did."""
        self._malformed += int(np.count_nonzero(part.sound[np.array(events.malformed, np.intp)]))
        self._retries += len(events.retried)
        matched, opened = np.array(events.matched, np.intp), np.array(events.opened, np.intp)
        np.add.at(self._matched, part.kind[matched], 1)
        np.add.at(self._codes, part.flags[matched] & RCODE, 1)
        solicited = part.flags[opened] & RESPONSE == 0
        np.add.at(self._asked, part.kind[opened[solicited]], 1)
        np.add.at(self._answered, part.kind[np.array(events.answered_at, np.intp)], 1)
        np.subtract.at(self._answered, part.kind[opened[~solicited]], 1)

    def counts(self, held: DnsTransactions, skipped: int) -> DnsCounts:
        """Return everything; latencies are those of the transactions in `held`."""
        protocols = tuple(self._protocol(kind) for kind in DnsKind if self._messages[kind].any())
        # NBNS only looks like DNS, and nobody has to answer to mDNS
        dns = [each for each in protocols if each.protocol != KIND_NAMES[DnsKind.NBNS]]
        unicast = [each for each in dns if each.protocol != KIND_NAMES[DnsKind.MDNS]]
        _, times = latencies(held)
        p50, p95 = np.percentile(times, (50, 95)).tolist() if len(times) else (np.nan, np.nan)
        return DnsCounts(
            queries=sum(each.queries for each in dns),
            responses=sum(each.responses for each in dns),
            matched=sum(each.matched for each in unicast),
            unanswered=sum(each.unanswered for each in unicast),
            protocols=protocols,
            nxdomain=int(self._codes[NXDOMAIN]),
            servfail=int(self._codes[SERVFAIL]),
            retries=self._retries,
            truncated=self._truncated,
            latency_p50_ns=p50,
            latency_p95_ns=p95,
            malformed=self._malformed,
            skipped=skipped,
            evicted=held.evicted,
        )

    def _protocol(self, kind: DnsKind) -> DnsProtocolCounts:
        queries, responses = self._messages[kind].tolist()
        left = 0 if kind == DnsKind.MDNS else int(self._asked[kind] - self._answered[kind])
        return DnsProtocolCounts(KIND_NAMES[kind], queries, responses, int(self._matched[kind]), left)
