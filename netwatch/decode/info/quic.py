"""QUIC (RFC 9000, 9369) and its forerunner, as far as the headers are in the clear."""

from __future__ import annotations

from netwatch.decode.info.fields import text, u32
from netwatch.decode.info.reading import Context, Reading
from netwatch.decode.quic_header import FIXED_BIT, LONGEST_IDENTIFIER, TYPE_NAMES, packet_type, version_name

FIRST_BYTES = bytes(range(0x80, 0x100))
"""Long headers have the highest bit set."""


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
    name = version_name(version)
    if not name:  # the fixed bit may be greased (RFC 9287), so it says nothing
        return None
    return Reading("QUIC", f"{TYPE_NAMES[packet_type(data[0], version)]} {name} {ends}", "tls")


def read_quic(data: bytes, context: Context) -> Reading | None:
    """Read what QUIC's own port carries besides long headers: gQUIC and protected packets."""
    # Google's versions up to 43: flags, a connection identifier of eight bytes, then the version
    if data[0] & 0x89 == 0x09 and data[9:10] == b"Q" and data[10:13].isdigit():
        return Reading("gQUIC", f"{text(data[9:13])} cid={data[1:9].hex()} len={context.length}", "tls")
    if data[0] & 0xC0 == FIXED_BIT:
        return Reading("QUIC", f"protected len={context.length}", "tls")
    return None
