"""DtlsConnection: the handshake messages of one DTLS connection that are in the clear, whatever pieces they come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.decode.info.fields import u16, u24
from netwatch.decode.quic_frames import LARGEST_STREAM, CryptoFrame, CryptoStream
from netwatch.decode.tls_records import ALERT, HANDSHAKE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.track.tls_event import DatagramHello

RECORD_HEADER: Final = 13
"""Type, version, epoch, sequence number and length (RFC 6347 section 4.1)."""
MESSAGE_HEADER: Final = 12
"""Type, length, sequence number, and place and length of the fragment (RFC 6347 section 4.2.2)."""
MOST_RECORDS: Final = 16
"""Records of one datagram, and messages of one record, that are read."""
MOST_MESSAGES: Final = 8
"""Messages that may be incomplete at once."""


class DtlsMessage(NamedTuple):
    """A whole message, or an alert."""

    content: int
    """HANDSHAKE or ALERT."""
    kind: int = 0
    """Of a handshake message."""
    body: bytes = b""
    """Without header."""


class DtlsConnection:
    """What is incomplete, and what was learned. The one who made it fills `serial` and the rest."""

    __slots__ = ("_pieces", "answered", "certified", "client_is_initiator", "hello", "random", "serial")

    def __init__(self) -> None:
        self.client_is_initiator = True
        self.serial = 0
        """Of the transaction, 0 before the ClientHello is whole."""
        self.hello: DatagramHello | None = None
        """What was told of it."""
        self.random = b""
        """Of the client, the same in a hello that is sent again."""
        self.answered = self.certified = False
        self._pieces: dict[tuple[bool, int], CryptoStream] = {}

    def read(self, datagram: bytes, *, from_initiator: bool) -> Iterator[DtlsMessage]:
        """Yield what a datagram completes; a message that is sent again comes again."""
        at = 0
        for _ in range(MOST_RECORDS):
            if len(datagram) < at + RECORD_HEADER or datagram[at + 1] != 0xFE:
                return
            begin = at + RECORD_HEADER
            end = begin + u16(datagram, at + 11)
            encrypted = u16(datagram, at + 3) != 0
            if not encrypted and datagram[at] == HANDSHAKE:
                yield from self._messages(datagram[begin:end], from_initiator=from_initiator)
            elif not encrypted and datagram[at] == ALERT:
                yield DtlsMessage(ALERT, body=datagram[begin:end])
            at = end

    def _messages(self, body: bytes, *, from_initiator: bool) -> Iterator[DtlsMessage]:
        at = 0
        for _ in range(MOST_RECORDS):
            if len(body) < at + MESSAGE_HEADER:
                return
            size, number, offset, length = u24(body, at + 1), u16(body, at + 4), u24(body, at + 6), u24(body, at + 9)
            piece = body[at + MESSAGE_HEADER : at + MESSAGE_HEADER + length]
            if len(piece) < length or offset + length > size or size > LARGEST_STREAM:
                return
            whole = piece if length == size else self._piece((from_initiator, number), CryptoFrame(offset, piece), size)
            if whole is not None:
                yield DtlsMessage(HANDSHAKE, body[at], whole)
            at += MESSAGE_HEADER + length

    def _piece(self, key: tuple[bool, int], piece: CryptoFrame, size: int) -> bytes | None:
        """Add a piece of a message; return the message once it is whole."""
        stream = self._pieces.get(key)
        if stream is None:
            if len(self._pieces) >= MOST_MESSAGES:
                del self._pieces[next(iter(self._pieces))]
            stream = self._pieces[key] = CryptoStream()
        stream.add(piece)
        if len(stream.data) < size:
            return None
        del self._pieces[key]
        return stream.data[:size]
