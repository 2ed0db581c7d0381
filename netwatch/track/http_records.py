"""HttpRecords: takes the transactions of all readers of HTTP to the web table, the totals, the flows and the events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.dns_stream import StreamMessage
from netwatch.track.http_reader import HttpReader
from netwatch.track.http_secrets import masked
from netwatch.track.http_totals import HttpTotals
from netwatch.track.http_transaction import NO_STATUS
from netwatch.track.web_transaction import WebKind, WebRequest, WebResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.tables.http import HttpSummary
    from netwatch.track.application_events import Login
    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.http_transaction import HttpRequest, HttpTransaction
    from netwatch.track.remarks import RemarkWriter
    from netwatch.track.stream_reader import Stream, StreamReader
    from netwatch.track.web import WebTracker

LONGEST_TARGET: Final = 512
LONGEST_AGENT: Final = 256
LONGEST_NAME: Final = 255
HTTP: Final = "HTTP"
NO_ANSWER: Final = "no answer"
"""As WebTable.outcome has it."""
SWITCHED: Final = "upgraded to "
DNS_MESSAGE: Final = "application/dns-message"
"""RFC 8484 section 6."""


class HttpRecords:
    """An HttpSink."""

    def __init__(
        self,
        web: WebTracker,
        facts: ApplicationFacts,
        tunnel: Callable[[Stream], StreamReader | None] | None = None,
        latencies: RemarkWriter | None = None,
        dns: Callable[[StreamMessage], None] | None = None,
    ) -> None:
        """Fill `web` and tell `facts`; `tunnel` makes the reader of what passes through a tunnel.

        `latencies` are told how long after its request each response began, nanoseconds; `dns` takes messages of DNS
        over HTTP.
        """
        self.totals = HttpTotals()
        self._tunnel = tunnel
        self._web = web
        self._facts = facts
        self._latencies = latencies
        self._dns = dns

    def reader(self, stream: Stream) -> HttpReader:
        """Return a reader for a stream that speaks HTTP."""
        return HttpReader(stream, self)

    def summary(self, count: int) -> HttpSummary:
        """Return what a report tells, with at most `count` hosts and agents."""
        return self.totals.summary(count)

    def recognised(self, stream: Stream) -> None:
        """Let the flow speak HTTP."""
        self._facts.detect(stream.serial, HTTP)

    def asked(self, request: HttpRequest) -> int:
        """Add a transaction to the web table."""
        self.totals.add_request(request)
        self._facts.add(request)
        self._read_dns(request, from_initiator=request.from_initiator)
        return self._web.begin(
            WebRequest(
                kind=WebKind.HTTP,
                flow=request.stream.serial,
                time_ns=request.asked.time_ns,
                client=request.client,
                server=request.server,
                name=request.host.lower()[:LONGEST_NAME],
                version=f"HTTP/{request.version or '0.9'}",
                method=request.method,
                target=printable_bytes(masked(request.uri[:LONGEST_TARGET]), LONGEST_TARGET),
                agent=request.user_agent[:LONGEST_AGENT],
            )
        )

    def answered(self, handle: int, transaction: HttpTransaction) -> int:
        """Add the response to its transaction."""
        self.totals.add_response(transaction)
        self._facts.add(transaction)
        if transaction.request is not None:
            self._read_dns(transaction, from_initiator=not transaction.request.from_initiator)
        if handle < 0 or transaction.request is None:
            return handle
        if transaction.status == NO_STATUS:
            self._web.fail(handle, NO_ANSWER)
            return handle
        if self._latencies is not None and transaction.latency_ns > 0:
            self._latencies.note(transaction.began.number, transaction.latency_ns)
        self._web.respond(
            handle,
            WebResponse(
                # The table takes the latency from the head, of which a long body is no part
                time_ns=transaction.request.asked.time_ns + transaction.latency_ns,
                status=transaction.status,
                size=transaction.content_length,
                content_type=transaction.content_type,
            ),
        )
        return handle

    def ended(self, handle: int, length: int) -> None:
        """Tell the size of a body."""
        if handle >= 0:
            self._web.resize(handle, length)

    def logged_in(self, login: Login) -> None:
        """Tell of a login."""
        self._facts.add(login)

    def switched(self, handle: int, stream: Stream, protocol: str) -> None:
        """Tell what a flow speaks from now on."""
        self._facts.detect(stream.serial, protocol)
        self._facts.describe(stream.serial, f"{SWITCHED}{protocol}" if handle >= 0 else f"{protocol} in clear")

    def tunnel(self, stream: Stream) -> StreamReader | None:
        """Return a reader of what passes through a tunnel."""
        return self._tunnel(stream) if self._tunnel is not None else None

    def _read_dns(self, said: HttpRequest | HttpTransaction, *, from_initiator: bool) -> None:
        if self._dns is not None and said.body and said.content_type == DNS_MESSAGE:
            length = max(said.content_length, len(said.body))
            self._dns(StreamMessage(said.stream, from_initiator, said.moment, said.body, length))

    def left_out(self, messages: int) -> None:
        """Count messages that nobody read."""
        self._facts.skipped += messages
