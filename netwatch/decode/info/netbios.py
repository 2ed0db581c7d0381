"""NetBIOS over TCP/IP (RFC 1001, 1002): names, the session and the datagram service."""

from __future__ import annotations

from netwatch.decode.info.fields import name_or_number, text, u16
from netwatch.decode.info.reading import Context, Reading

ENCODED_LENGTH = 32
"""Characters of a first-level encoded name, two for each of its 16 bytes (RFC 1001 section 14.1)."""

_SESSION = {0x81: "session request", 0x82: "session accepted", 0x83: "session refused", 0x84: "retarget",
            0x85: "keep-alive"}  # fmt: skip
_DATAGRAM = {0x10: "direct unique", 0x11: "direct group", 0x12: "broadcast", 0x13: "error", 0x14: "query request",
             0x15: "positive query response", 0x16: "negative query response"}  # fmt: skip
_DATAGRAM_HEADER = 14


def netbios_name(name: str) -> str:
    """Return the name that the first label of `name` encodes, as `WORKGROUP<1d>`, or `name` when it encodes none."""
    plain = decoded_name(name)
    if not plain:
        return name
    scope = name.partition(".")[2]
    return f"{plain_text(plain)}<{plain[15]:02x}>" + (f".{scope}" if scope else "")


def decoded_name(name: str) -> bytes:
    """Return the 16 bytes that the first label of `name` encodes, the last of which is the suffix; empty for none."""
    encoded = name.partition(".")[0]
    if len(encoded) != ENCODED_LENGTH or encoded.strip("ABCDEFGHIJKLMNOP"):
        return b""
    pairs = zip(encoded[::2], encoded[1::2], strict=True)
    return bytes((ord(high) - 65) << 4 | (ord(low) - 65) for high, low in pairs)


def plain_text(plain: bytes) -> str:
    """Return the name in the 16 bytes of a decoded one, without its padding and suffix."""
    return text(plain[:15].rstrip(b" \0"))


def read_session(data: bytes, _context: Context) -> Reading | None:
    """Read a session service packet that does not carry SMB (RFC 1002 section 4.3)."""
    if len(data) < 4 or data[0] not in _SESSION:
        return None
    return Reading("NBSS", _SESSION[data[0]])


def read_datagram(data: bytes, _context: Context) -> Reading | None:
    """Read a datagram service packet (RFC 1002 section 4.4): from which name to which."""
    if len(data) < _DATAGRAM_HEADER or data[0] not in _DATAGRAM:
        return None
    kind = name_or_number(_DATAGRAM, data[0])
    names = [netbios_name(text(data[at : at + ENCODED_LENGTH])) for at in (15, 49) if data[at - 1 : at] == b" "]
    browser = " browser" if b"\\MAILSLOT\\BROWSE" in data[:300] else ""
    return Reading("NBDS", f"{kind}{browser} {' > '.join(names)} id=0x{u16(data, 2):04x}".replace("  ", " "))
