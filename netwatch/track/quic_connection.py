"""QuicConnection: the hellos of one connection out of its Initial packets, whatever pieces they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.decode.quic_frames import CloseFrame, CryptoStream, read_frames
from netwatch.decode.quic_header import INITIAL, read_long_header
from netwatch.decode.quic_keys import InitialKeys, knows_salt
from netwatch.decode.tls_records import CLIENT_HELLO, SERVER_HELLO, first_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.decode.quic_header import LongHeader
    from netwatch.track.web_transaction import WebRequest

MOST_PACKETS: Final = 4
"""Packets of one datagram that are looked at; the usual ones are Initial, 0-RTT and Handshake."""
ALERT_CODES: Final = 0x100
"""Error codes from here on are alerts of TLS (RFC 9000 section 20.1)."""
CLOSED: Final = -1


class QuicEvent(NamedTuple):
    """A hello, or the end of a connection that never was."""

    kind: int
    """CLIENT_HELLO, SERVER_HELLO or CLOSED."""
    body: bytes = b""
    """The message without its header."""
    code: int = 0
    """The error code of an end."""


class QuicConnection:
    """Keys and what was read; the client is the end whose packets its own first identifier opens."""

    __slots__ = ("_client_keys", "_client_stream", "_identifiers", "_server_keys", "_server_stream", "answered",
                 "client_is_initiator", "request", "serial", "version")  # fmt: skip

    def __init__(self) -> None:
        self.version = 0
        self.client_is_initiator = True
        self.serial = 0
        """Of the transaction, 0 before the ClientHello is whole."""
        self.request: WebRequest | None = None
        """What is told of it with the answer."""
        self.answered = False
        """The ServerHello was read, or the connection was closed: nothing more can be learned."""
        self._client_keys: InitialKeys | None = None
        self._server_keys: InitialKeys | None = None
        self._client_stream, self._server_stream = CryptoStream(), CryptoStream()
        self._identifiers: tuple[bytes, ...] = ()
        """Destination identifiers of the client's packets that belong to this connection."""

    def read(self, datagram: bytes, *, from_initiator: bool) -> Iterator[QuicEvent]:
        """Yield what a datagram completes; of each hello only the first one."""
        at = 0
        for _ in range(MOST_PACKETS):
            header = read_long_header(datagram, at)
            if header is None or header.end <= at:
                return
            at = header.end
            if header.kind == INITIAL and knows_salt(header.version):
                yield from self._read_initial(datagram, header, from_initiator=from_initiator)

    def finish(self) -> None:
        """Forget keys and pieces: nothing more can be learned."""
        self.answered = True
        self._client_keys = self._server_keys = None
        self._client_stream, self._server_stream = CryptoStream(), CryptoStream()

    def is_another(self, datagram: bytes, *, from_initiator: bool) -> bool:
        """Return True when a client's packet begins a connection of its own between the same ends."""
        if not (self.serial or self.answered) or from_initiator is not self.client_is_initiator:
            return False
        header = read_long_header(datagram, 0)
        return header is not None and header.kind == INITIAL and header.destination not in self._identifiers

    def _read_initial(self, datagram: bytes, header: LongHeader, *, from_initiator: bool) -> Iterator[QuicEvent]:
        from_server = self._client_keys is not None and from_initiator is not self.client_is_initiator
        frames = self._opened_by_server(datagram, header) if from_server else None
        if frames is None:
            from_server = False
            frames = self._opened_by_client(datagram, header, from_initiator=from_initiator)
        if frames is None:
            return
        stream = self._server_stream if from_server else self._client_stream
        for frame in read_frames(frames):
            if isinstance(frame, CloseFrame):
                yield QuicEvent(CLOSED, code=frame.code)
            else:
                stream.add(frame)
        kind, body = first_message(stream.data)
        wanted = not self.answered if from_server else not self.serial
        if wanted and kind == (SERVER_HELLO if from_server else CLIENT_HELLO):
            yield QuicEvent(kind, body)

    def _opened_by_server(self, datagram: bytes, header: LongHeader) -> bytes | None:
        if self._server_keys is None or header.version != self.version:
            return None
        frames = self._server_keys.open(datagram, header)
        if frames is not None and header.source not in self._identifiers:
            self._identifiers = (*self._identifiers[-3:], header.source)
        return frames

    def _opened_by_client(self, datagram: bytes, header: LongHeader, *, from_initiator: bool) -> bytes | None:
        """Open a packet of the client; after Retry or another version it has other keys."""
        if self._client_keys is not None and header.version == self.version:
            if from_initiator is not self.client_is_initiator:
                return None
            frames = self._client_keys.open(datagram, header)
            if frames is not None:
                return frames
        keys = InitialKeys(header.version, header.destination, server=False)
        frames = keys.open(datagram, header)
        if frames is None:
            return None
        self.version, self.client_is_initiator, self._client_keys = header.version, from_initiator, keys
        self._server_keys = InitialKeys(header.version, header.destination, server=True)
        self._identifiers = (header.destination,)
        self._client_stream, self._server_stream = CryptoStream(), CryptoStream()
        return frames
