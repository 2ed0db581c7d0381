"""TlsReader: the hellos, certificates and alerts of one TLS connection, as far as they are in the clear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.decode.tls_hello import read_client_hello, read_server_hello, read_ssl_2_hello
from netwatch.decode.tls_numbers import ALERTS, TLS_1_3
from netwatch.decode.tls_records import (
    ALERT,
    APPLICATION_DATA,
    BROKEN,
    CERTIFICATE,
    CHANGE_CIPHER_SPEC,
    CLIENT_HELLO,
    HANDSHAKE,
    HELLO_OF_SSL_2,
    SERVER_HELLO,
    TlsRecords,
    first_certificate,
)
from netwatch.track.stream_reader import NO_MORE
from netwatch.track.tls_event import TlsAnswer, TlsCertificate, TlsHello
from netwatch.track.web_hello import RESUMED, RETRY, hello_request, hello_response
from netwatch.track.web_transaction import WebKind, WebRequest, ends

if TYPE_CHECKING:
    from netwatch.decode.tls_hello import ClientHello, ServerHello
    from netwatch.decode.tls_records import TlsEvent
    from netwatch.track.stream_reader import Moment, Stream
    from netwatch.track.tls import TlsTables
    from netwatch.track.web_transaction import End, WebResponse

UNSEEN_HELLO: Final = "ClientHello not captured"
NO_ANSWER: Final = "no answer"
_FATAL: Final = 2


class TlsReader:
    """Implements StreamReader. Stops looking where encryption begins."""

    __slots__ = (
        "_certified",
        "_client",
        "_failed",
        "_request",
        "_response",
        "_retry",
        "_serial",
        "_sides",
        "_stream",
        "_tables",
        "_version",
    )

    def __init__(self, stream: Stream, tables: TlsTables) -> None:
        self._stream = stream
        self._tables = tables
        self._sides: list[TlsRecords | None] = [TlsRecords(), TlsRecords()]
        """Of the responder and of the initiator; None for what need not be read any more."""
        self._client: bool | None = None
        """Whether the initiator is the client, once that is known."""
        self._serial = 0
        """Of the transaction, 0 while there is none."""
        self._version = 0
        """What the server chose."""
        self._request: WebRequest | None = None
        self._response: WebResponse | None = None
        self._retry = False
        """The newest ServerHello asks for another ClientHello."""
        self._certified = self._failed = False

    def read(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Take the next bytes of a direction."""
        side = self._sides[from_initiator]
        if side is None:
            return
        for event in side.feed(data):
            if self._is_last(event, from_initiator, moment):
                self._sides[from_initiator] = None
                return

    def lost(self, from_initiator: bool, _length: int, _moment: Moment) -> None:
        """Give a direction up: where the next record begins cannot be told any more."""
        self._sides[from_initiator] = None

    def closed(self, _from_initiator: bool, _moment: Moment) -> None:
        """Take note that nobody answered the client."""
        if self._serial and self._response is None and not self._failed:
            self._failed = True
            self._tables.web.fail(self._serial, NO_ANSWER)

    def unwanted(self, from_initiator: bool) -> int:
        """Return NO_MORE behind what is in the clear."""
        return NO_MORE if self._sides[from_initiator] is None else 0

    def _is_last(self, event: TlsEvent, from_initiator: bool, moment: Moment) -> bool:
        """Learn from a record or message; return True when nothing behind it can be read."""
        content = event.content
        if content == HANDSHAKE:
            return self._is_last_message(event, from_initiator, moment)
        if content == ALERT:
            self._alert(event.body)
            return len(event.body) != len(("level", "description"))
        if content == CHANGE_CIPHER_SPEC:
            self._note_resumption(from_initiator)
            # One that means nothing may stand around a HelloRetryRequest (RFC 8446 appendix D.4)
            return not self._retry and self._response is not None
        return content in (APPLICATION_DATA, BROKEN)

    def _is_last_message(self, event: TlsEvent, from_initiator: bool, moment: Moment) -> bool:
        if event.message == CLIENT_HELLO:
            self._client_hello(read_client_hello(event.body), from_initiator, moment)
        elif event.message == HELLO_OF_SSL_2:
            self._client_hello(read_ssl_2_hello(event.body), from_initiator, moment, ssl_2=True)
        elif event.message == SERVER_HELLO:
            self._server_hello(read_server_hello(event.body), from_initiator, moment)
            return self._version >= TLS_1_3 and not self._retry
        elif event.message == CERTIFICATE and from_initiator is not self._client:
            self._certificates(event.body, moment)
        return False

    def _client_hello(self, hello: ClientHello, from_initiator: bool, moment: Moment, *, ssl_2: bool = False) -> None:
        if self._serial:
            return
        self._client = from_initiator
        client, server = self._ends()
        self._begin(
            hello_request(hello, flow=self._stream.serial, time_ns=moment.time_ns, ends=(client, server), ssl_2=ssl_2)
        )
        if self._tables.log is not None and self._request is not None:
            self._tables.log.add(TlsHello(self._stream, moment, self._request))
        if hello.server_name:
            self._tables.names.learn_server_name(server[:2], hello.server_name.lower(), client[:2])

    def _server_hello(self, hello: ServerHello, from_initiator: bool, moment: Moment) -> None:
        time_ns = moment.time_ns
        if not self._serial:
            self._client = not from_initiator
            request = WebRequest(WebKind.TLS, self._stream.serial, time_ns, *self._ends(), notes=(UNSEEN_HELLO,))
            self._begin(request)
            time_ns = 0
        self._version, self._retry = hello.version, hello.retry
        response = hello_response(hello, time_ns=time_ns)
        if self._response is not None and RETRY in self._response.notes:
            response = response._replace(notes=(RETRY, *response.notes))
        self._respond(response)
        if self._tables.log is not None and self._request is not None:
            self._tables.log.add(TlsAnswer(self._stream, moment, self._request, response))
        if hello.protocol == "h2":
            self._tables.applications.detect(self._stream.serial, "HTTP/2")

    def _certificates(self, body: bytes, moment: Moment) -> None:
        """Read the list of TLS 1.2 and before."""
        if self._certified or not self._serial:
            return
        self._certified = True
        first, chain = first_certificate(body)
        if first:
            self._tables.web.certify(self._serial, first, chain=chain, time_ns=moment.time_ns)
            self._tell_certificate(moment)

    def _tell_certificate(self, moment: Moment) -> None:
        held = self._tables.web.certificate_of(self._serial) if self._tables.log is not None else None
        if held is not None and self._tables.log is not None and self._request is not None:
            self._tables.log.add(TlsCertificate(self._stream, moment, self._request, held.fingerprint, held.facts))

    def _alert(self, body: bytes) -> None:
        """Take note of an alert that ends the connection; any other length is ciphertext."""
        if len(body) == 2 and body[0] == _FATAL and body[1] in ALERTS and self._serial:
            self._failed = True
            self._tables.web.fail(self._serial, f"alert {ALERTS[body[1]]}")

    def _note_resumption(self, from_initiator: bool) -> None:
        """Without a certificate of the server an earlier session goes on (RFC 5246 section 7.3)."""
        if from_initiator is self._client or self._response is None or self._certified:
            return
        anonymous = self._response.cipher.startswith("PSK") or "_anon_" in self._response.cipher
        if self._version < TLS_1_3 and not anonymous and RESUMED not in self._response.notes:
            self._respond(self._response._replace(notes=(*self._response.notes, RESUMED)))

    def _begin(self, request: WebRequest) -> None:
        self._request = request
        self._serial = self._tables.web.begin(request)
        self._tables.applications.detect(self._stream.serial, "TLS")

    def _respond(self, response: WebResponse) -> None:
        self._response = response
        self._tables.web.respond(self._serial, response)

    def _ends(self) -> tuple[End, End]:
        """Return client and server."""
        initiator, responder = ends(self._stream)
        return (initiator, responder) if self._client else (responder, initiator)
