"""NTP (RFC 5905) with its control (RFC 9327) and private messages."""

from __future__ import annotations

from netwatch.decode.info.fields import ipv4, name_or_number, text, u32
from netwatch.decode.info.reading import Context, Reading

PACKET = 48
"""Bytes of a time message without extensions."""

_MODES = {1: "symmetric active", 2: "symmetric passive", 3: "client", 4: "server", 5: "broadcast"}
_CONTROL, _PRIVATE = 6, 7
_CONTROL_OPERATIONS = {1: "read status", 2: "read variables", 3: "write variables", 4: "read clock", 5: "write clock",
                       6: "set trap", 8: "configure", 9: "save configuration", 10: "read most recently used",
                       11: "read list", 12: "request nonce", 31: "unset trap"}  # fmt: skip
_PRIVATE_REQUESTS = {0: "peer list", 1: "peer list sum", 20: "monlist", 42: "monlist"}
_UNSYNCHRONISED = 3


def read_ntp(data: bytes, _context: Context) -> Reading | None:
    """Read an NTP message: version, mode and, for time messages, stratum and reference."""
    version, mode = data[0] >> 3 & 7, data[0] & 7
    if not 1 <= version <= 4:
        return None
    if mode == _CONTROL and len(data) >= 12:
        way = "response" if data[1] & 0x80 else "request"
        return Reading(
            "NTP", f"v{version} control {way} {name_or_number(_CONTROL_OPERATIONS, data[1] & 31, 'code {}')}"
        )
    if mode == _PRIVATE and len(data) >= 4:
        way = "response" if data[0] & 0x80 else "request"
        return Reading("NTP", f"v{version} private {way} {name_or_number(_PRIVATE_REQUESTS, data[3], 'code {}')}")
    if mode not in _MODES or len(data) < PACKET:
        return None
    words = f"v{version} {_MODES[mode]}"
    stratum = data[1]
    if mode != 3:
        words += f" stratum={stratum} ref={_reference(data, stratum)}"
        if data[0] >> 6 == _UNSYNCHRONISED:
            words += " not synchronised"
    return Reading("NTP", words)


def _reference(data: bytes, stratum: int) -> str:
    """RFC 5905 section 7.3: four letters for stratum 0 and 1, else the address of the source."""
    if stratum <= 1:
        return text(data[12:16].rstrip(b"\0")) or "none"
    return ipv4(data, 12) if u32(data, 12) else "none"
