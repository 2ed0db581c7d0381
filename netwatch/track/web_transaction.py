"""WebRequest and WebResponse: what the readers of TLS, QUIC and HTTP tell of a transaction."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Stream

End: TypeAlias = "tuple[int, int, int]"
"""High and low half of an address as in PacketBatch, and the port."""

UNKNOWN: Final = -1
"""A size or time that is not known."""


class WebKind(IntEnum):
    """What carries a transaction."""

    TLS = 0
    QUIC = 1
    HTTP = 2
    DTLS = 3


class WebRequest(NamedTuple):
    """A ClientHello or an HTTP request. Texts are printable, and as long as is worth showing."""

    kind: WebKind
    flow: int
    """Serial of the flow in the flow table."""
    time_ns: int
    """Capture time of the packet that completed it."""
    client: End
    server: End
    name: str = ""
    """Server name or host, in lower case."""
    version: str = ""
    protocols: tuple[str, ...] = ()
    """Application protocols offered (ALPN)."""
    ja4: str = ""
    ja3: str = ""
    method: str = ""
    target: str = ""
    agent: str = ""
    notes: tuple[str, ...] = ()
    """As in WebTable."""


class WebResponse(NamedTuple):
    """A ServerHello or the head of an HTTP response. Texts are printable; empty ones say nothing new."""

    time_ns: int
    """Capture time of the packet that completed it; 0 where the request was not captured."""
    version: str = ""
    status: int = 0
    """Of HTTP."""
    size: int = UNKNOWN
    """Bytes of the body, UNKNOWN where only its end will tell: WebTracker.resize."""
    protocol: str = ""
    """Chosen by ALPN."""
    cipher: str = ""
    ja3s: str = ""
    content_type: str = ""
    notes: tuple[str, ...] = ()
    """Added to those of the request."""


def ends(stream: Stream) -> tuple[End, End]:
    """Return initiator and responder of a stream."""
    return (
        (stream.initiator_high, stream.initiator_low, stream.initiator_port),
        (stream.responder_high, stream.responder_low, stream.responder_port),
    )
