"""The long headers of QUIC (RFC 9000 section 17.2, RFC 9369): versions, packet types, connection identifiers."""

from __future__ import annotations

from typing import Final, NamedTuple

from netwatch.decode.info.fields import u32

LONG: Final = 0x80
FIXED_BIT: Final = 0x40
LONGEST_IDENTIFIER: Final = 20
"""Bytes of a connection identifier in versions 1 and 2."""
VERSION_1: Final = 1
VERSION_2: Final = 0x6B3343CF
INITIAL, ZERO_RTT, HANDSHAKE, RETRY = range(4)
TYPE_NAMES: Final = ("Initial", "0-RTT", "Handshake", "Retry")
_TYPES_OF_VERSION_2: Final = (RETRY, INITIAL, ZERO_RTT, HANDSHAKE)
_FACEBOOK: Final = 0xFACEB000
_DRAFTS: Final = 0xFF0000


class LongHeader(NamedTuple):
    """A packet with a long header inside a datagram."""

    version: int
    kind: int
    """INITIAL, ZERO_RTT, HANDSHAKE or RETRY."""
    destination: bytes
    source: bytes
    """Connection identifiers."""
    start: int
    number_at: int
    """Where the protected packet number begins."""
    end: int
    """Where the packet ends, and the next one of the datagram begins."""


def packet_type(first: int, version: int) -> int:
    """Return the type of a packet by its first byte."""
    bits = first >> 4 & 3
    return _TYPES_OF_VERSION_2[bits] if version == VERSION_2 else bits


def version_name(version: int) -> str:
    """Return the name of a version, empty for a number that nobody uses."""
    if version == VERSION_1:
        return "v1"
    if version == VERSION_2:
        return "v2"
    if version >> 8 == _DRAFTS:
        return f"draft-{version & 0xFF}"
    if version & 0x0F0F0F0F == 0x0A0A0A0A or version & 0xFFFFFFF0 == _FACEBOOK:
        return f"0x{version:08x}"
    letters = version.to_bytes(4, "big")
    return letters.decode("ascii") if letters[:1] in b"QT" and letters[1:].isdigit() else ""


def read_long_header(data: bytes, at: int) -> LongHeader | None:
    """Read the long header of an Initial, 0-RTT or Handshake packet at `at`.

    None where there is none, where it is a Retry, which has no end of its own, or where the packet is cut.
    """
    if len(data) < at + 7 or not data[at] & LONG:
        return None
    version = u32(data, at + 1)
    kind = packet_type(data[at], version)
    source_at = at + 6 + data[at + 5]
    if kind == RETRY or data[at + 5] > LONGEST_IDENTIFIER or source_at >= len(data):
        return None
    here = source_at + 1 + data[source_at]
    if data[source_at] > LONGEST_IDENTIFIER:
        return None
    if kind == INITIAL:
        size, here = read_number(data, here)
        here += size
    size, here = read_number(data, here)
    if not 0 <= here <= here + size <= len(data):
        return None
    return LongHeader(version, kind, data[at + 6 : source_at], data[source_at + 1 : source_at + 1 + data[source_at]],
                      at, here, here + size)  # fmt: skip


def read_number(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of variable length (RFC 9000 section 16) and where it ends; beyond the end of `data` if cut."""
    if at >= len(data):
        return 0, len(data) + 1
    size = 1 << (data[at] >> 6)
    if at + size > len(data):
        return 0, len(data) + 1
    return int.from_bytes(data[at : at + size], "big") & ((1 << 8 * size - 2) - 1), at + size
