"""Authentication, authorisation, accounting: RADIUS (RFC 2865, 2866), TACACS+ (RFC 8907), Diameter (RFC 6733)."""

from __future__ import annotations

from netwatch.decode.info.fields import ipv4, name_or_number, text, u16, u24, u32
from netwatch.decode.info.reading import Context, Reading

MOST_ATTRIBUTES = 64

_RADIUS = {1: "Access-Request", 2: "Access-Accept", 3: "Access-Reject", 4: "Accounting-Request",
           5: "Accounting-Response", 11: "Access-Challenge", 12: "Status-Server", 13: "Status-Client",
           40: "Disconnect-Request", 41: "Disconnect-ACK", 42: "Disconnect-NAK", 43: "CoA-Request", 44: "CoA-ACK",
           45: "CoA-NAK"}  # fmt: skip
_USER_NAME, _NAS_ADDRESS, _CALLING_STATION = 1, 4, 31
_RADIUS_HEADER = 20
_TACACS = {1: "Authentication", 2: "Authorization", 3: "Accounting"}
_DIAMETER = {257: "Capabilities-Exchange", 258: "Re-Auth", 265: "AA", 268: "EAP", 271: "Accounting",
             272: "Credit-Control", 274: "Abort-Session", 275: "Session-Termination", 280: "Device-Watchdog",
             282: "Disconnect-Peer", 300: "User-Authorization", 301: "Server-Assignment", 302: "Location-Info",
             303: "Multimedia-Auth", 316: "Update-Location", 317: "Cancel-Location",
             318: "Authentication-Information", 321: "Purge-UE"}  # fmt: skip


def read_radius(data: bytes, context: Context) -> Reading | None:
    """Read a RADIUS packet: code and user, never a password."""
    size = u16(data, 2)
    if len(data) < _RADIUS_HEADER or not _RADIUS_HEADER <= size <= context.length or data[0] not in _RADIUS:
        return None
    words = f"{_RADIUS[data[0]]} id={data[1]}"
    at = _RADIUS_HEADER
    for _ in range(MOST_ATTRIBUTES):
        if at + 2 > min(size, len(data)) or data[at + 1] < 2:
            break
        value = data[at + 2 : at + data[at + 1]]
        if data[at] == _USER_NAME:
            words += f" user={text(value)}"
        elif data[at] == _NAS_ADDRESS and len(value) == 4:
            words += f" nas={ipv4(value, 0)}"
        elif data[at] == _CALLING_STATION:
            words += f" station={text(value)}"
        at += data[at + 1]
    return Reading("RADIUS", words)


def read_tacacs(data: bytes, _context: Context) -> Reading | None:
    """Read a TACACS+ header; the body is obfuscated or secret."""
    if len(data) < 12 or data[0] >> 4 != 0xC or data[1] not in _TACACS:
        return None
    way = "request" if data[2] & 1 else "reply"
    return Reading("TACACS+", f"{_TACACS[data[1]]} {way} session=0x{u32(data, 4):08x}")


def read_diameter(data: bytes, _context: Context) -> Reading | None:
    """Read a Diameter header."""
    if len(data) < 20 or data[0] != 1 or u24(data, 1) & 3 or u24(data, 1) < 20:
        return None
    way = "Request" if data[4] & 0x80 else "Answer"
    name = name_or_number(_DIAMETER, u24(data, 5), "Command {}")
    return Reading("Diameter", f"{name} {way} application={u32(data, 8)}")
