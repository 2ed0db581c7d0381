"""What detection learns of HTTP/1: requests as soon as they are read, transactions once their response is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment, Stream

NO_STATUS: Final = 0
"""HttpTransaction.status of a request to which no response was seen."""
UNKNOWN: Final = -1
"""A length or a time that nobody knows."""
KEPT_HEAD: Final = 8192
"""Bytes of the head of a request that are kept."""
KEPT_BODY: Final = 4096
"""Bytes of the body of a request that are kept."""
KEPT_ANSWER: Final = 1024
"""Bytes of the body of a response that are kept."""


class HttpRequest(NamedTuple):
    """One request (RFC 9112 section 3). Bytes are as they were sent: to be matched, never stored or shown.

    Whoever shows a part of them passes it through http_secrets.masked first.
    """

    stream: Stream
    from_initiator: bool
    """The client is the initiator of the flow, as it is unless the flow was joined in its middle."""
    moment: Moment
    """The packet that made it known: with the last of the first KEPT_BODY bytes of the body, or of the head."""
    asked: Moment
    """The packet that completed the head."""
    method: str
    uri: bytes
    """The request target as it was sent: a path with its query, a whole URI, or an authority (CONNECT)."""
    version: str
    """Such as `1.1`; empty for HTTP/0.9."""
    host: str
    """Printable: the Host field, or the authority of the target where there is none."""
    user_agent: str
    referer: str
    content_type: str
    content_length: int
    """Of the body as the head announces it; UNKNOWN for chunked, 0 for none."""
    head: bytes
    """Request line and header fields, at most KEPT_HEAD bytes; values that are secrets (Authorization, Cookie and the
    like) are masked."""
    body: bytes
    """The first KEPT_BODY bytes of the content without chunk headers, still in its content coding."""

    @property
    def client(self) -> tuple[int, int, int]:
        """High and low half of the address, and the port, of who asks."""
        return _end(self.stream, initiator=self.from_initiator)

    @property
    def server(self) -> tuple[int, int, int]:
        """High and low half of the address, and the port, of who is asked; a proxy's where there is one."""
        return _end(self.stream, initiator=not self.from_initiator)


class HttpTransaction(NamedTuple):
    """A request with its final response; either may be missing."""

    stream: Stream
    request: HttpRequest | None
    """None where only the response was captured."""
    moment: Moment
    """The packet that made it known: with the first bytes of the body, or telling that no response will come."""
    began: Moment
    """The packet with the first byte of the response, or `moment`."""
    answered: Moment
    """The packet that completed the head of the response, or `moment`."""
    status: int
    """NO_STATUS where no response was seen."""
    latency_ns: int
    """From the last packet of the request that was read (of a long body only KEPT_BODY bytes are) to the one that
    began the response, or UNKNOWN."""
    content_type: str
    """Of the response, printable."""
    content_length: int
    """Of the response as its head announces it; UNKNOWN for chunked and for until the connection closes."""
    body: bytes
    """The first KEPT_ANSWER bytes of the content without chunk headers, still in its content coding."""


def _end(stream: Stream, *, initiator: bool) -> tuple[int, int, int]:
    if initiator:
        return stream.initiator_high, stream.initiator_low, stream.initiator_port
    return stream.responder_high, stream.responder_low, stream.responder_port
