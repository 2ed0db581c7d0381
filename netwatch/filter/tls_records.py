"""The TLS records that begin in a segment, and the handshake messages in them that are in the clear."""

from __future__ import annotations

from typing import Final, NamedTuple

from netwatch.decode.info.fields import u16, u24
from netwatch.decode.info.tls import HANDSHAKE_TYPES
from netwatch.decode.tls_records import is_record

MOST_RECORDS: Final = 64
MOST_EXTENSIONS: Final = 64
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23
CLIENT_HELLO, SERVER_HELLO = 1, 2
_SERVER_NAME, _ALPN = 0, 16


class Hello(NamedTuple):
    """A ClientHello or ServerHello (RFC 8446 section 4.1)."""

    client: bool
    version: int
    random: bytes
    session: bytes
    suites: tuple[int, ...]
    extensions: tuple[tuple[int, bytes], ...]
    message: bytes
    """The hello as it was captured, without the header of the handshake message."""

    @property
    def server_names(self) -> list[str]:
        """The names that the client asks for (RFC 6066 section 3)."""
        names = []
        for kind, data in self.extensions:
            if kind == _SERVER_NAME and self.client and len(data) >= 5:
                names.append(data[5 : 5 + u16(data, 3)].decode("utf-8", "backslashreplace"))
        return names

    @property
    def protocols(self) -> list[str]:
        """Application protocols offered or chosen (RFC 7301)."""
        names = []
        for kind, data in self.extensions:
            at = 2
            while kind == _ALPN and at < len(data):
                names.append(data[at + 1 : at + 1 + data[at]].decode("utf-8", "backslashreplace"))
                at += 1 + data[at]
        return names


class Records(NamedTuple):
    """What a segment holds."""

    types: list[int]
    versions: list[int]
    lengths: list[int]
    data: list[bytes]
    """Bodies of application data."""
    alerts: list[tuple[int, int]]
    messages: list[int]
    """Types of handshake messages in the clear."""
    sizes: list[int]
    """Bytes of each of these, without its header."""
    hellos: list[Hello]


def read_records(payload: bytes) -> Records:
    """Read the records that begin in `payload`; what follows a ChangeCipherSpec is encrypted."""
    found = Records([], [], [], [], [], [], [], [])
    at, encrypted = 0, False
    for _ in range(MOST_RECORDS):
        if not is_record(payload, at):
            break
        kind, size = payload[at], u16(payload, at + 3)
        body = payload[at + 5 : at + 5 + size]
        found.types.append(kind)
        found.versions.append(u16(payload, at + 1))
        found.lengths.append(size)
        if kind == APPLICATION_DATA:
            found.data.append(body)
        elif kind == CHANGE_CIPHER_SPEC:
            encrypted = True
        elif kind == ALERT and size == 2 and len(body) == 2 and not encrypted:
            found.alerts.append((body[0], body[1]))
        elif kind == HANDSHAKE and not encrypted:
            _messages(body, size, found)
        at += 5 + size
    return found


def _messages(body: bytes, size: int, found: Records) -> None:
    """Read the messages of a record of `size` bytes; one that claims more than any does is encrypted."""
    at = 0
    while at + 4 <= len(body):
        kind, length = body[at], u24(body, at + 1)
        if kind not in HANDSHAKE_TYPES or (at == 0 and length > 1 << 17):
            break
        found.messages.append(kind)
        found.sizes.append(length)
        if kind in (CLIENT_HELLO, SERVER_HELLO):
            hello = _hello(body[at + 4 : at + 4 + length], client=kind == CLIENT_HELLO)
            if hello is not None:
                found.hellos.append(hello)
        at += 4 + length
    del size


def _hello(message: bytes, *, client: bool) -> Hello | None:
    if len(message) < 35:
        return None
    session_end = 35 + message[34]
    at = session_end
    if client:
        size = u16(message, at)
        suites = tuple(u16(message, place) for place in range(at + 2, min(at + 2 + size, len(message) - 1), 2))
        at += 2 + size
        at += 1 + (message[at] if at < len(message) else 0)
    else:
        suites = (u16(message, at),) if at + 2 <= len(message) else ()
        at += 3
    version, random, session = u16(message, 0), message[2:34], message[35:session_end]
    return Hello(client, version, random, session, suites, _extensions(message, at), message)


def _extensions(message: bytes, at: int) -> tuple[tuple[int, bytes], ...]:
    end = min(at + 2 + u16(message, at), len(message))
    at += 2
    found: list[tuple[int, bytes]] = []
    while at + 4 <= end and len(found) < MOST_EXTENSIONS:
        size = u16(message, at + 2)
        found.append((u16(message, at), message[at + 4 : min(at + 4 + size, end)]))
        at += 4 + size
    return tuple(found)
