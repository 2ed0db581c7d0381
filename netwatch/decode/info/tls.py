"""TLS, DTLS and SSL 2.0: records and, where they are in the clear, handshake messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.decode.info.fields import name_or_number, u16, u24
from netwatch.decode.info.reading import Context, Reading
from netwatch.decode.info.tls_hello import client_hello, server_hello
from netwatch.decode.tls_numbers import ALERT_LEVELS, ALERTS
from netwatch.decode.tls_records import RECORD_HEADER, is_record, is_ssl_2_hello

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_BYTES = bytes(range(20, 25))
"""Content types of RFC 8446 section 5.1 and heartbeat (RFC 6520)."""
DTLS_FIRST_BYTES = bytes(range(20, 26))
"""The same and connection identifiers (RFC 9146)."""

DTLS_RECORD_HEADER = 13
SHOWN = 5
"""Records of one packet that are read."""

_HANDSHAKE = 22
_DTLS_VERSIONS = frozenset({0xFEFF, 0xFEFD, 0xFEFC, 0x0100})
CONTENT_TYPES = {20: "Change Cipher Spec", 21: "Alert", 22: "Handshake", 23: "Application Data", 24: "Heartbeat",
            25: "Connection ID Data"}  # fmt: skip
HANDSHAKE_TYPES = {
    0: "Hello Request", 1: "Client Hello", 2: "Server Hello", 3: "Hello Verify Request", 4: "New Session Ticket",
    5: "End Of Early Data", 8: "Encrypted Extensions", 11: "Certificate", 12: "Server Key Exchange",
    13: "Certificate Request", 14: "Server Hello Done", 15: "Certificate Verify", 16: "Client Key Exchange",
    20: "Finished", 21: "Certificate URL", 22: "Certificate Status", 24: "Key Update", 67: "Next Protocol",
}  # fmt: skip


def read_tls(data: bytes, _context: Context) -> Reading | None:
    """Read the TLS records that begin in a TCP segment (RFC 8446 section 5.1)."""
    parts: list[str] = []
    at = 0
    while len(parts) < SHOWN and is_record(data, at):
        size = u16(data, at + 3)
        body = data[at + RECORD_HEADER : at + RECORD_HEADER + size]
        parts.append(_record_text(data[at], body, size, _handshake_text))
        at += RECORD_HEADER + size
    return Reading("TLS", ", ".join(parts), "tls") if parts else None


def read_dtls(data: bytes, context: Context) -> Reading | None:
    """Read the DTLS records of a datagram (RFC 6347 section 4.1)."""
    if len(data) < DTLS_RECORD_HEADER or data[0] not in DTLS_FIRST_BYTES or u16(data, 1) not in _DTLS_VERSIONS:
        return None
    parts: list[str] = []
    at = 0
    while at + DTLS_RECORD_HEADER <= len(data) and len(parts) < SHOWN:
        epoch, size = u16(data, at + 3), u16(data, at + 11)
        # a record is never split over datagrams
        if data[at] not in DTLS_FIRST_BYTES or at + DTLS_RECORD_HEADER + size > context.length:
            break
        body = data[at + DTLS_RECORD_HEADER : at + DTLS_RECORD_HEADER + size]
        if epoch and data[at] in (21, _HANDSHAKE):
            parts.append(f"Encrypted {CONTENT_TYPES[data[at]]}")
        else:
            parts.append(_record_text(data[at], body, size, _dtls_handshake_text))
        at += DTLS_RECORD_HEADER + size
    return Reading("DTLS", ", ".join(parts), "tls") if parts else None


def read_sslv2(data: bytes, _context: Context) -> Reading | None:
    """Read the hello of SSL 2.0, which older clients of later versions send as well (RFC 5246 appendix E.2)."""
    if not is_ssl_2_hello(data):
        return None
    return Reading("TLS", "SSLv2 Client Hello", "tls")


def _record_text(content: int, body: bytes, size: int, handshake: Callable[[bytes], str]) -> str:
    if content == _HANDSHAKE:
        return handshake(body)
    if content == 21:
        return _alert_text(body, size)
    if content == 23:
        return f"Application Data {size} bytes"
    return CONTENT_TYPES[content]


def _alert_text(body: bytes, size: int) -> str:
    if size != 2 or len(body) < 2 or body[0] not in ALERT_LEVELS:
        return "Encrypted Alert"
    return f"Alert {ALERT_LEVELS[body[0]]} {name_or_number(ALERTS, body[1], 'code {}')}"


def _handshake_text(body: bytes) -> str:
    parts: list[str] = []
    at = 0
    while at + 4 <= len(body) and len(parts) < SHOWN:
        kind, size = body[at], u24(body, at + 1)
        if kind not in HANDSHAKE_TYPES or size > 1 << 17:
            break
        message = body[at + 4 : at + 4 + size]
        parts.append(_message_text(kind, message, datagram=False))
        at += 4 + size
    # after Change Cipher Spec the type byte is ciphertext
    return ", ".join(parts) or "Encrypted Handshake Message"


def _dtls_handshake_text(body: bytes) -> str:
    if len(body) < 12 or body[0] not in HANDSHAKE_TYPES:
        return "Encrypted Handshake Message"
    fragment = u24(body, 6)
    if fragment:
        return f"{HANDSHAKE_TYPES[body[0]]} (fragment at {fragment})"
    return _message_text(body[0], body[12:], datagram=True)


def _message_text(kind: int, message: bytes, *, datagram: bool) -> str:
    if kind == 1:
        return f"Client Hello{client_hello(message, datagram=datagram)}"
    if kind == 2:
        return server_hello(message)
    return HANDSHAKE_TYPES[kind]
