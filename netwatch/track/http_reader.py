"""HttpReader: the HTTP/1 transactions of one TCP stream (RFC 9110, 9112), requests paired with their responses."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

from netwatch.track.http_exchange import Answer, Asked, Begun, given_credentials, http_login, http_request, shown
from netwatch.track.http_framing import NOT_HTTP, TUNNEL, Body, HttpFraming
from netwatch.track.http_head import (
    read_fields,
    read_request_line,
    read_status_line,
    request_body,
    response_body,
)
from netwatch.track.http_transaction import (
    KEPT_ANSWER,
    KEPT_BODY,
    NO_STATUS,
    UNKNOWN,
    HttpRequest,
    HttpTransaction,
)

if TYPE_CHECKING:
    from netwatch.track.application_events import Login
    from netwatch.track.http_head import RequestLine
    from netwatch.track.stream_reader import Moment, Stream, StreamReader

MOST_WAITING: Final = 256
"""Pipelined requests of a stream that wait for their responses."""
SWITCHING_PROTOCOLS: Final = 101
HTTP2: Final = "HTTP/2"


class HttpSink(Protocol):
    """Where transactions go."""

    def recognised(self, stream: Stream) -> None:
        """Take note that a stream does speak HTTP."""
        ...

    def asked(self, request: HttpRequest) -> int:
        """Take a request; return a handle of it."""
        ...

    def answered(self, handle: int, transaction: HttpTransaction) -> int:
        """Take the response to the request `handle`, -1 for none; return a handle of the transaction."""
        ...

    def ended(self, handle: int, length: int) -> None:
        """Take the length of the content of a response whose head did not tell it."""
        ...

    def logged_in(self, login: Login) -> None:
        """Take an attempt to log in."""
        ...

    def switched(self, handle: int, stream: Stream, protocol: str) -> None:
        """Take note that a stream speaks another protocol from now on, as transaction `handle` (-1 for none) agreed."""
        ...

    def tunnel(self, stream: Stream) -> StreamReader | None:
        """Return who reads what passes through a tunnel, None for nobody."""
        ...

    def left_out(self, messages: int) -> None:
        """Count messages that were not read or not paired."""
        ...


class HttpReader:
    """A StreamReader. Which end is the client is told by what it says, message by message."""

    __slots__ = (
        "_answers", "_begun", "_inner", "_overflown", "_recognised", "_sides", "_sink", "_stream", "_tunnelled",
        "_untold", "_waiting",
    )  # fmt: skip

    def __init__(self, stream: Stream, sink: HttpSink) -> None:
        self._stream = stream
        self._sink = sink
        self._sides = (HttpFraming(self, from_initiator=False), HttpFraming(self, from_initiator=True))
        self._waiting: tuple[deque[Asked], deque[Asked]] = (deque(), deque())
        """Requests by the direction in which they went."""
        self._begun: list[Begun | None] = [None, None]
        self._answers: list[Answer | None] = [None, None]
        """By the direction in which they went; until their content ended."""
        self._untold = [False, False]
        """The content of that response is awaited."""
        self._overflown = [0, 0]
        """Requests that were not put into `_waiting`, which is full; their responses come after all others."""
        self._inner: StreamReader | None = None
        """Reads what passes through a tunnel."""
        self._tunnelled = self._recognised = False

    def read(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Take the next bytes of a direction."""
        if not self._tunnelled:
            self._sides[from_initiator].feed(data, moment)
        elif self._inner is not None:
            self._inner.read(from_initiator, data, moment)

    def lost(self, from_initiator: bool, length: int, moment: Moment) -> None:
        """Go on behind a gap."""
        if not self._tunnelled:
            self._sides[from_initiator].lose(length, moment)
        elif self._inner is not None:
            self._inner.lost(from_initiator, length, moment)

    def closed(self, from_initiator: bool, moment: Moment) -> None:
        """Tell of the requests that nobody will answer."""
        if self._tunnelled:
            if self._inner is not None:
                self._inner.closed(from_initiator, moment)
            return
        self._sides[from_initiator].close(moment)
        self._complete(not from_initiator, moment)
        for asked in self._waiting[not from_initiator]:
            self._unanswered(asked, moment)
        self._waiting[not from_initiator].clear()

    def unwanted(self, from_initiator: bool) -> int:
        """Say how much of a body need not be handed on."""
        if self._inner is not None:
            return self._inner.unwanted(from_initiator)
        return self._sides[from_initiator].unwanted()

    def head(self, from_initiator: bool, data: bytes, began: Moment, moment: Moment) -> Body:
        """Read a head; see http_framing.Owner."""
        end = data.find(b"\n")
        line = (data[:end] if end >= 0 else data).rstrip(b"\r")
        status = read_status_line(line)
        if status is not None:
            self._recognise()
            return self._response(from_initiator, data, status, began, moment)
        request = read_request_line(line, whole=end >= 0)
        if request is None:
            return Body(NOT_HTTP)
        if request.method == "PRI" and request.version == "2.0":
            self._switch(-1, HTTP2)
            return Body(TUNNEL)
        self._recognise()
        return self._request(from_initiator, data, request, moment)

    def content(self, from_initiator: bool, sample: bytes, moment: Moment) -> None:
        """Take the first bytes of a body; see http_framing.Owner."""
        if self._begun[from_initiator] is not None:
            self._complete(from_initiator, moment, sample)
        elif self._untold[from_initiator]:
            self._tell(from_initiator, sample, moment)

    def ended(self, from_initiator: bool, length: int) -> None:
        """Take the end of a message; see http_framing.Owner."""
        answer = self._answers[from_initiator]
        if answer is not None:
            self._answers[from_initiator] = None
            if length >= 0 and answer.length < 0:
                self._sink.ended(answer.handle, length)

    def left_out(self) -> None:
        """Count a head that is too long; see http_framing.Owner."""
        self._sink.left_out(1)

    def passed(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Hand on what came into a tunnel together with the answer that opened it; see http_framing.Owner."""
        if self._inner is not None:
            self._inner.read(from_initiator, data, moment)

    def _recognise(self) -> None:
        if not self._recognised:
            self._recognised = True
            self._sink.recognised(self._stream)

    def _request(self, from_initiator: bool, data: bytes, line: RequestLine, moment: Moment) -> Body:
        fields = read_fields(data.rstrip(b"\r\n"))
        length = request_body(fields.values)
        self._begun[from_initiator] = Begun(line, fields, length, moment)
        if not length:
            self._complete(from_initiator, moment)
        return Body(length, KEPT_BODY if length else 0, patient=True)

    def _complete(self, from_initiator: bool, moment: Moment, body: bytes = b"") -> None:
        """Tell of the request that is being read."""
        begun = self._begun[from_initiator]
        if begun is None:
            return
        self._begun[from_initiator] = None
        request = http_request(self._stream, from_initiator, begun, body, moment)
        given = given_credentials(begun, body)
        handle = self._sink.asked(request)
        waiting = self._waiting[from_initiator]
        if len(waiting) < MOST_WAITING:
            waiting.append(Asked(handle, request, given, moment))
        else:
            self._overflown[from_initiator] += 1
            self._sink.left_out(1)

    def _response(self, from_initiator: bool, data: bytes, status: int, began: Moment, moment: Moment) -> Body:
        self._complete(not from_initiator, began)
        if status < 200 and status != SWITCHING_PROTOCOLS:
            return Body(0)
        waiting = self._waiting[not from_initiator]
        asked = waiting.popleft() if waiting else None
        if asked is None and self._overflown[not from_initiator]:
            self._overflown[not from_initiator] -= 1
        fields = read_fields(data).values
        length = response_body(fields, status, asked.request.method if asked is not None else "")
        answer = Answer(
            asked,
            status,
            began.time_ns - asked.last.time_ns if asked is not None else UNKNOWN,
            shown(fields.get(b"content-type", b"")),
            length,
            began,
            moment,
        )
        self._answers[from_initiator], self._untold[from_initiator] = answer, True
        if status == SWITCHING_PROTOCOLS:
            return self._upgrade(from_initiator, answer, fields)
        if asked is not None and asked.request.method == "CONNECT" and status < 300:
            return self._open_tunnel(from_initiator, answer)
        if not length:
            self._tell(from_initiator, b"", answer.answered)
        return Body(length, KEPT_ANSWER if length else 0)

    def _tell(self, from_initiator: bool, sample: bytes, moment: Moment) -> None:
        """Tell of the response that is being read."""
        answer = self._answers[from_initiator]
        self._untold[from_initiator] = False
        if answer is None:
            return
        asked = answer.asked
        transaction = HttpTransaction(
            stream=self._stream,
            request=asked.request if asked is not None else None,
            moment=moment,
            began=answer.began,
            answered=answer.answered,
            status=answer.status,
            latency_ns=answer.latency_ns,
            content_type=answer.content_type,
            content_length=max(answer.length, UNKNOWN),
            body=sample,
        )
        answer.handle = self._sink.answered(asked.handle if asked is not None else -1, transaction)
        if asked is not None and asked.credentials is not None:
            self._sink.logged_in(http_login(asked, asked.credentials, answer.status, moment))

    def _unanswered(self, asked: Asked, moment: Moment) -> None:
        self._sink.answered(
            asked.handle,
            HttpTransaction(self._stream, asked.request, moment, moment, moment, NO_STATUS, UNKNOWN, "", UNKNOWN, b""),
        )
        if asked.credentials is not None:
            self._sink.logged_in(http_login(asked, asked.credentials, NO_STATUS, moment))

    def _upgrade(self, from_initiator: bool, answer: Answer, fields: dict[bytes, bytes]) -> Body:
        """Leave the stream to the protocol that both ends agreed on (RFC 9110 section 7.8)."""
        self._tell(from_initiator, b"", answer.answered)
        wanted = fields.get(b"upgrade", b"").split(b",")[0].split(b"/")[0].strip().lower()
        protocol = {b"websocket": "WebSocket", b"h2c": HTTP2}.get(wanted) or shown(wanted[:32]).upper()
        self._switch(answer.handle, protocol)
        return Body(TUNNEL)

    def _open_tunnel(self, from_initiator: bool, answer: Answer) -> Body:
        """Let somebody else read what follows the answer to CONNECT (RFC 9110 section 9.3.6)."""
        self._tell(from_initiator, b"", answer.answered)
        self._sides[not from_initiator].tunnel()
        self._inner = self._sink.tunnel(self._stream)
        self._tunnelled = True
        return Body(TUNNEL)

    def _switch(self, handle: int, protocol: str) -> None:
        for side in self._sides:
            side.tunnel()
        self._tunnelled = True
        self._sink.switched(handle, self._stream, protocol)
