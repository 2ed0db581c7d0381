"""Frames of link types without decoder: CAN, Cisco HDLC, and 802.11 behind headers of capture cards."""

from __future__ import annotations

from netwatch.decode.info.discovery import read_cdp
from netwatch.decode.info.fields import hexadecimal, u16, u32
from netwatch.decode.info.inside import carried_text
from netwatch.decode.info.llc import read_osi
from netwatch.decode.info.reading import Context, Reading
from netwatch.decode.info.wlan import read_wlan

_PRISM_HEADER = 144
_ISO, _CDP, _SLARP = 0xFEFE, 0x2000, 0x8035
_SLARP_OPERATIONS = {0: "Request", 1: "Reply", 2: "Keep-alive"}
_WLAN_LINK_TYPE = 105
_EXTENDED, _REMOTE, _ERROR = 0x80000000, 0x40000000, 0x20000000
"""Flags of the CAN identifier (LINKTYPE_CAN_SOCKETCAN)."""


def read_can(data: bytes, _context: Context) -> Reading | None:
    """Read a CAN or CAN FD frame: identifier, length and data."""
    if len(data) < 8:
        return None
    head, size = u32(data, 0), data[4]
    if head & _ERROR:
        return Reading("CAN", f"error 0x{head & 0x1FFFFFFF:x}")
    identifier = f"0x{head & 0x1FFFFFFF:08x}" if head & _EXTENDED else f"0x{head & 0x7FF:03x}"
    remote = " remote request" if head & _REMOTE else ""
    return Reading("CAN", f"{identifier}{remote} len={size} {hexadecimal(data[8 : 8 + size])}".rstrip())


def read_cisco_hdlc(data: bytes, context: Context) -> Reading | None:
    """Read a Cisco HDLC frame: address, control and an EtherType (RFC 1547 section 4.3.1)."""
    if len(data) < 4:
        return None
    carried, body = u16(data, 2), data[4:]
    if carried == _ISO:  # a padding byte precedes the OSI header
        return read_osi(body[1:], context)
    if carried == _CDP:
        return read_cdp(body, context)
    if carried == _SLARP:
        return Reading("SLARP", _SLARP_OPERATIONS.get(u32(body, 0), ""))
    return Reading("CHDLC", carried_text(carried, body))


def read_ppi(data: bytes, context: Context) -> Reading | None:
    """Read an 802.11 frame behind a PPI header, which says its own length (CACE PPI 1.0.10 section 3.1)."""
    size = int.from_bytes(data[2:4], "little")
    if size < 8 or int.from_bytes(data[4:8], "little") != _WLAN_LINK_TYPE:
        return None
    return read_wlan(data[size:], context)


def read_prism(data: bytes, context: Context) -> Reading | None:
    """Read an 802.11 frame behind a Prism header, or behind the AVS header that took its place."""
    if u32(data, 0) >> 12 == 0x80211:
        return read_avs(data, context)
    return read_wlan(data[_PRISM_HEADER:], context)


def read_avs(data: bytes, context: Context) -> Reading | None:
    """Read an 802.11 frame behind an AVS header, which says its own length."""
    return read_wlan(data[u32(data, 4) :], context)
