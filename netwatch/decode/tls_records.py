"""TlsRecords: the records of one direction of a TLS connection, and the handshake messages that lie across them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.decode.info.fields import u16, u24

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGE_CIPHER_SPEC: Final = 20
ALERT: Final = 21
HANDSHAKE: Final = 22
APPLICATION_DATA: Final = 23
HEARTBEAT: Final = 24
BROKEN: Final = 0
"""Ours: what follows is not TLS, or too large to be worth keeping."""

HELLO_OF_SSL_2: Final = -1
"""Ours: a ClientHello in the form of SSL 2.0, which older clients of later versions send (RFC 5246 appendix E.2)."""
CLIENT_HELLO: Final = 1
SERVER_HELLO: Final = 2
CERTIFICATE: Final = 11

RECORD_HEADER: Final = 5
MESSAGE_HEADER: Final = 4
LARGEST_RECORD: Final = (1 << 14) + 2048
"""RFC 5246 section 6.2.3; later versions allow less."""
LARGEST_MESSAGE: Final = 1 << 16
MOST_CHAIN: Final = 32
"""Certificates of one message that are counted."""
_LAST_MESSAGE: Final = 25
"""The largest type of a handshake message in use (IANA), but for Next Protocol Negotiation and message_hash."""
_VERSIONS_OF_SSL_2: Final = (0x0002, 0x0300, 0x0301, 0x0302, 0x0303)
_OTHER_MESSAGES: Final = (67, 254)


class TlsEvent(NamedTuple):
    """A record, or a handshake message."""

    content: int
    """Type of the record, or BROKEN."""
    message: int = 0
    """Type of a handshake message."""
    body: bytes = b""
    """Of the message or the alert, without header; of other records nothing."""


class TlsRecords:
    """Takes the bytes of one direction in order and keeps what is incomplete: at most a record and a message.

    It is for what is in the clear: whoever reads the events stops at what begins to be encrypted.
    """

    __slots__ = ("_begun", "_messages", "_records")

    def __init__(self) -> None:
        self._begun = False
        self._records = bytearray()
        self._messages = bytearray()

    def feed(self, data: bytes) -> Iterator[TlsEvent]:
        """Yield what `data` completes. BROKEN is the last event."""
        records = self._records
        records += data
        at = 0
        if not self._begun and is_ssl_2_hello(records):
            at = 2 + (u16(records, 0) & 0x7FFF)
            if len(records) < at:
                return
            yield TlsEvent(HANDSHAKE, HELLO_OF_SSL_2, bytes(records[2:at]))
        self._begun = True
        while len(records) >= at + RECORD_HEADER:
            if not is_record(records, at):
                yield TlsEvent(BROKEN)
                return
            content, size = records[at], u16(records, at + 3)
            end = at + RECORD_HEADER + size
            if content == APPLICATION_DATA:
                yield TlsEvent(content)
            elif len(records) < end:
                break
            elif content == HANDSHAKE:
                for event in self._handshake(records[at + RECORD_HEADER : end]):
                    yield event
                    if event.content == BROKEN:
                        return
            elif content == ALERT:
                yield TlsEvent(content, body=bytes(records[at + RECORD_HEADER : end]))
            else:
                yield TlsEvent(content)
            at = end
        del records[:at]

    def _handshake(self, body: bytearray) -> Iterator[TlsEvent]:
        messages = self._messages
        messages += body
        at = 0
        while len(messages) >= at + MESSAGE_HEADER:
            kind, size = messages[at], u24(messages, at + 1)
            if size > LARGEST_MESSAGE or (kind > _LAST_MESSAGE and kind not in _OTHER_MESSAGES):
                yield TlsEvent(BROKEN)
                return
            end = at + MESSAGE_HEADER + size
            if len(messages) < end:
                break
            yield TlsEvent(HANDSHAKE, kind, bytes(messages[at + MESSAGE_HEADER : end]))
            at = end
        del messages[:at]


def first_message(data: bytes) -> tuple[int, bytes]:
    """Return type and body of the handshake message that `data` begins with; (-1, b"") while it is not whole."""
    end = MESSAGE_HEADER + u24(data, 1)
    if len(data) < max(end, MESSAGE_HEADER):
        return -1, b""
    return data[0], data[MESSAGE_HEADER:end]


def first_certificate(body: bytes) -> tuple[bytes, int]:
    """Return the first certificate of a Certificate message of TLS 1.2 or before, and how many there are.

    RFC 5246 section 7.4.2. No bytes and 0 where it is not all there.
    """
    size = u24(body, 3)
    first, at, count = body[6 : 6 + size], 3, 0
    while at + 3 < len(body) and count < MOST_CHAIN:
        at += 3 + u24(body, at)
        count += 1
    return (first, count) if size and len(first) == size else (b"", 0)


def is_ssl_2_hello(data: bytes | bytearray) -> bool:
    """Return True where a ClientHello in the form of SSL 2.0 begins, as far as its first 11 bytes tell."""
    if len(data) < 11 or not data[0] & 0x80 or data[2] != CLIENT_HELLO or u16(data, 3) not in _VERSIONS_OF_SSL_2:
        return False
    # version, three lengths, then cipher specifications of three bytes each
    size = u16(data, 0) & 0x7FFF
    return size == 9 + u16(data, 5) + u16(data, 7) + u16(data, 9) and u16(data, 5) % 3 == 0


def is_record(data: bytes | bytearray, at: int) -> bool:
    """Return True where the header of a record can be: type, version 3.x and a length that is allowed."""
    if len(data) < at + RECORD_HEADER or not CHANGE_CIPHER_SPEC <= data[at] <= HEARTBEAT:
        return False
    return data[at + 1] == 3 and data[at + 2] <= 4 and u16(data, at + 3) <= LARGEST_RECORD
