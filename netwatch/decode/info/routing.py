"""Routing and gateway redundancy: OSPF, PIM, VRRP, EIGRP, RSVP, RIP, BGP, HSRP, LDP, BFD. Keys are never shown."""

from __future__ import annotations

from netwatch.decode.info.fields import ipv4, ipv6, name_or_number, u16, u32
from netwatch.decode.info.reading import Context, Reading

KIND = "routing"
SHOWN_MESSAGES = 4

_OSPF = {1: "Hello", 2: "DB Description", 3: "LS Request", 4: "LS Update", 5: "LS Acknowledge"}
_PIM = {0: "Hello", 1: "Register", 2: "Register-stop", 3: "Join/Prune", 4: "Bootstrap", 5: "Assert", 6: "Graft",
        7: "Graft-Ack", 8: "Candidate-RP", 9: "State Refresh", 10: "DF Election", 11: "ECMP Redirect"}  # fmt: skip
_EIGRP = {1: "Update", 2: "Request", 3: "Query", 4: "Reply", 5: "Hello", 6: "IPX SAP", 10: "SIA Query",
          11: "SIA Reply"}  # fmt: skip
_RSVP = {1: "Path", 2: "Resv", 3: "Path Error", 4: "Resv Error", 5: "Path Tear", 6: "Resv Tear", 7: "Resv Confirm",
         12: "Bundle", 13: "Ack", 15: "Summary Refresh", 20: "Hello"}  # fmt: skip
_RIP = {1: "Request", 2: "Response"}
_BGP = {1: "OPEN", 2: "UPDATE", 3: "NOTIFICATION", 4: "KEEPALIVE", 5: "ROUTE-REFRESH"}
_BGP_ERRORS = {1: "header error", 2: "open error", 3: "update error", 4: "hold timer expired", 5: "state error",
               6: "cease", 7: "refresh error"}  # fmt: skip
_HSRP = {0: "Hello", 1: "Coup", 2: "Resign", 3: "Advertise"}
_HSRP_STATES = {0: "initial", 1: "learn", 2: "listen", 4: "speak", 8: "standby", 16: "active"}
_HSRP2_STATES = {0: "disabled", 1: "initial", 2: "learn", 3: "listen", 4: "speak", 5: "standby", 6: "active"}
_LDP = {0x0001: "Notification", 0x0100: "Hello", 0x0200: "Initialization", 0x0201: "Keep-alive", 0x0300: "Address",
        0x0301: "Address Withdraw", 0x0400: "Label Mapping", 0x0401: "Label Request", 0x0402: "Label Withdraw",
        0x0403: "Label Release", 0x0404: "Label Abort"}  # fmt: skip
_BFD_STATES = ("admin down", "down", "init", "up")
_BGP_MARKER = b"\xff" * 16


def read_ospf(data: bytes, _context: Context) -> Reading:
    """Read an OSPF header: version 2 (RFC 2328) or 3 (RFC 5340)."""
    if len(data) < 12:
        return Reading("OSPF", "cut short", KIND)
    kind = name_or_number(_OSPF, data[1])
    return Reading("OSPF", f"v{data[0]} {kind} router={ipv4(data, 4)} area={ipv4(data, 8)}", KIND)


def read_pim(data: bytes, _context: Context) -> Reading:
    """Read a PIM header (RFC 7761 section 4.9)."""
    return Reading("PIM", f"v{data[0] >> 4} {name_or_number(_PIM, data[0] & 15)}", KIND)


def read_vrrp(data: bytes, _context: Context) -> Reading:
    """Read a VRRP advertisement: version 2 (RFC 3768) or 3 (RFC 9568)."""
    if len(data) < 8:
        return Reading("VRRP", "cut short", KIND)
    version, count = data[0] >> 4, data[3]
    resigns = " (resigns)" if data[2] == 0 else ""
    words = f"v{version} advertisement group={data[1]} priority={data[2]}{resigns}"
    # an IPv6 address is link-local first (RFC 9568 section 5.2.9)
    if count and data[8:10] == b"\xfe\x80":
        words += f" address={ipv6(data, 8)}"
    elif count and len(data) >= 12:
        words += f" address={ipv4(data, 8)}"
    return Reading("VRRP", words, KIND)


def read_eigrp(data: bytes, _context: Context) -> Reading:
    """Read an EIGRP header (RFC 7868 section 6.3)."""
    if len(data) < 20:
        return Reading("EIGRP", "cut short", KIND)
    acknowledges = data[1] == 5 and u32(data, 12) != 0
    kind = "Ack" if acknowledges else name_or_number(_EIGRP, data[1])
    return Reading("EIGRP", f"{kind} as={u16(data, 18)} seq={u32(data, 8)} ack={u32(data, 12)}", KIND)


def read_rsvp(data: bytes, _context: Context) -> Reading:
    """Read an RSVP header (RFC 2205 section 3.1)."""
    return Reading("RSVP", name_or_number(_RSVP, data[1] if len(data) > 1 else 0), KIND)


def read_rip(data: bytes, context: Context) -> Reading | None:
    """Read a RIP (RFC 2453) or RIPng (RFC 2080) message: what and about how many routes."""
    if len(data) < 4 or data[0] not in _RIP or data[1] not in (1, 2):
        return None
    routes = max(context.length - 4, 0) // 20
    protocol = "RIPng" if context.uses(521) else "RIP"
    return Reading(protocol, f"v{data[1]} {_RIP[data[0]]} {routes} routes", KIND)


def read_bgp(data: bytes, _context: Context) -> Reading | None:
    """Read the BGP messages that begin in a segment (RFC 4271 section 4)."""
    words: list[str] = []
    at = 0
    while len(words) < SHOWN_MESSAGES and len(data) >= at + 19 and data[at : at + 16] == _BGP_MARKER:
        size, kind = u16(data, at + 16), data[at + 18]
        if size < 19 or kind not in _BGP:
            break
        words.append(_BGP[kind] + _bgp_detail(kind, data[at + 19 : at + size]))
        at += size
    return Reading("BGP", ", ".join(words), KIND) if words else None


def read_hsrp(data: bytes, _context: Context) -> Reading | None:
    """Read an HSRP message: version 1 (RFC 2281) or 2."""
    if len(data) >= 20 and data[0] == 0 and data[1] in _HSRP:
        state = name_or_number(_HSRP_STATES, data[2], "state {}")
        words = f"v1 {_HSRP[data[1]]} group={data[6]} priority={data[5]} {state} address={ipv4(data, 16)}"
        return Reading("HSRP", words, KIND)
    if len(data) >= 42 and data[0] == 1 and data[2] == 2 and data[3] in _HSRP:
        state = name_or_number(_HSRP2_STATES, data[4], "state {}")
        address = ipv6(data, 26) if data[5] == 6 else ipv4(data, 26)
        words = f"v2 {_HSRP[data[3]]} group={u16(data, 6)} priority={u32(data, 14)} {state} address={address}"
        return Reading("HSRP", words, KIND)
    return None


def read_ldp(data: bytes, _context: Context) -> Reading | None:
    """Read an LDP message (RFC 5036 section 3)."""
    if len(data) < 14 or u16(data, 0) != 1:
        return None
    return Reading("LDP", f"{name_or_number(_LDP, u16(data, 10) & 0x7FFF)} router={ipv4(data, 4)}", KIND)


def read_bfd(data: bytes, _context: Context) -> Reading | None:
    """Read a BFD control packet (RFC 5880 section 4.1)."""
    if len(data) < 24 or data[0] >> 5 != 1:
        return None
    state = _BFD_STATES[data[1] >> 6]
    return Reading("BFD", f"{state} mine=0x{u32(data, 4):08x} yours=0x{u32(data, 8):08x}", KIND)


def _bgp_detail(kind: int, body: bytes) -> str:
    if kind == 1 and len(body) >= 9:
        return f" as={u16(body, 1)} hold={u16(body, 3)}s router={ipv4(body, 5)}"
    if kind == 3 and len(body) >= 2:
        return f" {name_or_number(_BGP_ERRORS, body[0], 'error {}')}/{body[1]}"
    return ""
