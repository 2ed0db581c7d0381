"""WebTotals: what happened to web transactions since the start, those that left the table included."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.tables.web import WebCounts
from netwatch.track.dns_latency import percentiles
from netwatch.track.web_table import latencies
from netwatch.track.web_transaction import WebKind

if TYPE_CHECKING:
    from netwatch.track.web_storage import WebTransactions
    from netwatch.track.web_transaction import WebRequest

MOST_VERSIONS: Final = 64
"""Versions that are counted apart; hostile ends may make up others."""
OTHER: Final = "other"
ENCRYPTED_HELLO: Final = "ECH"
"""The note of a hello that holds another one, encrypted."""


class WebTotals:
    """Counters."""

    def __init__(self) -> None:
        self.answered = self.failed = 0
        self._encrypted_names = 0
        self._kinds = [0] * len(WebKind)
        self._versions: Counter[tuple[str, str]] = Counter()

    def add(self, request: WebRequest) -> None:
        """Count a transaction that begins."""
        self._kinds[request.kind] += 1
        self._encrypted_names += ENCRYPTED_HELLO in request.notes

    def add_version(self, kind: WebKind, version: str) -> None:
        """Count the version that both ends agreed on."""
        key = kind.name, version
        if key not in self._versions and len(self._versions) >= MOST_VERSIONS:
            key = kind.name, OTHER
        self._versions[key] += 1

    def versions(self) -> tuple[tuple[str, str, int], ...]:
        """Return (kind, version, transactions) in falling order."""
        return tuple((*key, count) for key, count in self._versions.most_common())

    def counts(self, held: WebTransactions) -> WebCounts:
        """Return everything, with the latencies of the transactions that are held."""
        times = latencies(held)[1]
        median, late, _ = percentiles(np.zeros(len(times), np.int64), times, np.zeros(1, np.int64))[:, 0].tolist()
        return WebCounts(
            tls=self._kinds[WebKind.TLS] + self._kinds[WebKind.DTLS],
            quic=self._kinds[WebKind.QUIC],
            http=self._kinds[WebKind.HTTP],
            answered=self.answered,
            failed=self.failed,
            encrypted_names=self._encrypted_names,
            latency_p50_ns=median,
            latency_p95_ns=late,
            evicted=held.evicted,
        )
