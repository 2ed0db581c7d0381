"""QUIC (RFC 9000, 9369) and its forerunner, as far as the headers are in the clear."""

from __future__ import annotations

from netwatch.decode.info.fields import text, u32
from netwatch.decode.info.reading import Context, Reading

FIRST_BYTES = bytes(range(0x80, 0x100))
"""Long headers have the highest bit set."""

LONGEST_IDENTIFIER = 20
"""Bytes of a connection identifier in versions 1 and 2."""

_TYPES = {0: "Initial", 1: "0-RTT", 2: "Handshake", 3: "Retry"}
_TYPES_V2 = {1: "Initial", 2: "0-RTT", 3: "Handshake", 0: "Retry"}
_VERSION_2 = 0x6B3343CF
_FIXED_BIT = 0x40
_FACEBOOK = 0xFACEB000


def read_quic_long(data: bytes, context: Context) -> Reading | None:
    """Read a long header: type, version and connection identifiers."""
    if len(data) < 7 or not data[0] & 0x80:
        return None
    version = u32(data, 1)
    size = data[5]
    source_at = 6 + size
    if size > LONGEST_IDENTIFIER or source_at >= len(data) or data[source_at] > LONGEST_IDENTIFIER:
        return None
    source = data[source_at + 1 : source_at + 1 + data[source_at]]
    ends = f"dcid={data[6:source_at].hex() or 'none'} scid={source.hex() or 'none'} len={context.length}"
    if version == 0:
        return Reading("QUIC", f"Version Negotiation {ends}", "tls") if size + len(source) else None
    name = _version(version)
    if not name:  # the fixed bit may be greased (RFC 9287), so it says nothing
        return None
    types = _TYPES_V2 if version == _VERSION_2 else _TYPES
    return Reading("QUIC", f"{types[data[0] >> 4 & 3]} {name} {ends}", "tls")


def read_quic(data: bytes, context: Context) -> Reading | None:
    """Read what QUIC's own port carries besides long headers: gQUIC and protected packets."""
    # Google's versions up to 43: flags, a connection identifier of eight bytes, then the version
    if data[0] & 0x89 == 0x09 and data[9:10] == b"Q" and data[10:13].isdigit():
        return Reading("gQUIC", f"{text(data[9:13])} cid={data[1:9].hex()} len={context.length}", "tls")
    if data[0] & 0xC0 == _FIXED_BIT:
        return Reading("QUIC", f"protected len={context.length}", "tls")
    return None


def _version(version: int) -> str:
    """Return the name of a version, empty for a number that nobody uses."""
    if version == 1:
        return "v1"
    if version == _VERSION_2:
        return "v2"
    if version >> 8 == 0xFF0000:
        return f"draft-{version & 0xFF}"
    if version & 0x0F0F0F0F == 0x0A0A0A0A or version & 0xFFFFFFF0 == _FACEBOOK:
        return f"0x{version:08x}"
    letters = version.to_bytes(4, "big")
    return letters.decode("ascii") if letters[:1] in b"QT" and letters[1:].isdigit() else ""
