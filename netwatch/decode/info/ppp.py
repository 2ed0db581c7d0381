"""PPP (RFC 1661), its control protocols and PPPoE discovery (RFC 2516). Passwords are never shown."""

from __future__ import annotations

from netwatch.decode.info.commands import MASK
from netwatch.decode.info.fields import hexadecimal, ipv4, name_or_number, text, u16
from netwatch.decode.info.quoted import quoted_text
from netwatch.decode.info.reading import Context, Reading

MOST_OPTIONS = 16

_PROTOCOLS = {
    0x0021: "IPv4", 0x0029: "AppleTalk", 0x002B: "IPX", 0x002D: "VJC", 0x002F: "VJU", 0x003D: "MLPPP", 0x0053: "ECP",
    0x0057: "IPv6", 0x00FB: "CCP", 0x00FD: "COMP", 0x0281: "MPLS", 0x8021: "IPCP", 0x8029: "ATCP", 0x802B: "IPXCP",
    0x8031: "BCP", 0x8053: "ECP", 0x8057: "IPv6CP", 0x80FD: "CCP", 0x8207: "CDPCP", 0x8281: "MPLSCP", 0xC021: "LCP",
    0xC023: "PAP", 0xC025: "LQR", 0xC02B: "BACP", 0xC02D: "BAP", 0xC223: "CHAP", 0xC227: "EAP",
}  # fmt: skip
"""IANA's PPP protocol numbers, named as Wireshark does without its `PPP `."""
_CODES = {
    1: "Configure Request", 2: "Configure Ack", 3: "Configure Nak", 4: "Configure Reject", 5: "Terminate Request",
    6: "Terminate Ack", 7: "Code Reject", 8: "Protocol Reject", 9: "Echo Request", 10: "Echo Reply",
    11: "Discard Request", 12: "Identification", 13: "Time Remaining", 14: "Reset Request", 15: "Reset Ack",
}  # fmt: skip
_PAP = {1: "Authenticate Request", 2: "Authenticate Ack", 3: "Authenticate Nak"}
_CHAP = {1: "Challenge", 2: "Response", 3: "Success", 4: "Failure"}
_LCP, _IPCP, _PAP_NUMBER, _CHAP_NUMBER, _EAP_NUMBER = 0xC021, 0x8021, 0xC023, 0xC223, 0xC227
_AUTHENTICATION = {0xC023: "pap", 0xC223: "chap", 0xC227: "eap"}

_STAGES = {0x09: "PADI", 0x07: "PADO", 0x19: "PADR", 0x65: "PADS", 0xA7: "PADT"}
_TAGS = {0x0101: "service", 0x0102: "ac", 0x0110: "relay", 0x0201: "service-error", 0x0202: "system-error",
         0x0203: "error"}  # fmt: skip
_SHOWN_AS_TEXT = frozenset({0x0101, 0x0102, 0x0201, 0x0202, 0x0203})


def read_ppp(data: bytes, _context: Context) -> Reading | None:
    """Read a PPP frame from its protocol field on."""
    # RFC 1661 section 6.5: an odd first byte is the whole protocol field
    size = 1 if data[0] & 1 else 2
    if len(data) < size:
        return None
    number = int.from_bytes(data[:size], "big")
    name = _PROTOCOLS.get(number)
    if name is None:
        return Reading("PPP", f"protocol 0x{number:04x} {hexadecimal(data[size:])}".rstrip())
    return Reading(f"PPP {name}", _control_text(number, data[size:]))


def ppp_text(data: bytes, context: Context) -> str:
    """Return what a PPP frame inside a tunnel carries; address and control fields may precede it (RFC 1662)."""
    begin = 2 if data.startswith(b"\xff\x03") else 0
    inner = read_ppp(data[begin:], context) if len(data) > begin else None
    if inner is None:
        return ""
    at = begin + (1 if data[begin] & 1 else 2)
    packet = quoted_text(data[at:]) if inner.protocol in ("PPP IPv4", "PPP IPv6") else ""
    return f"carries {packet}" if packet else f"carries {inner.protocol} {inner.text}".rstrip()


def read_pppoe_discovery(data: bytes, _context: Context) -> Reading | None:
    """Read a PPPoE discovery packet: stage, session and the tags with names."""
    if len(data) < 6:
        return None
    words = name_or_number(_STAGES, data[1], "code 0x{:02x}")
    if u16(data, 2):
        words += f" session=0x{u16(data, 2):04x}"
    at, end = 6, min(6 + u16(data, 4), len(data))
    for _ in range(MOST_OPTIONS):
        if at + 4 > end:
            break
        tag, size = u16(data, at), u16(data, at + 2)
        if tag in _SHOWN_AS_TEXT and size:
            words += f" {_TAGS[tag]}={text(data[at + 4 : min(at + 4 + size, end)])}"
        at += 4 + size
    return Reading("PPPoED", words)


def read_pppoe_session(data: bytes, context: Context) -> Reading | None:
    """Read a PPPoE session packet that carries something else than IP."""
    inner = read_ppp(data[6:], context) if len(data) > 6 else None
    session = f"session=0x{u16(data, 2):04x}"
    if inner is None:
        return Reading("PPPoES", session)
    return Reading(inner.protocol, f"{inner.text} {session}".lstrip())


def _control_text(number: int, data: bytes) -> str:
    if len(data) < 4:
        return ""
    code, end = data[0], min(max(u16(data, 2), 4), len(data))
    if number == _PAP_NUMBER:
        return _password_text(code, data)
    if number == _CHAP_NUMBER:
        return _challenge_text(code, data, end)
    if number < 0x8000:
        return hexadecimal(data)
    words = f"{name_or_number(_CODES, code, 'code {}')} id={data[1]}"
    return words + _options_text(number, data[4:end]) if 1 <= code <= 4 else words


def _password_text(code: int, data: bytes) -> str:
    words = f"{name_or_number(_PAP, code, 'code {}')} id={data[1]}"
    if code != 1 or len(data) < 6:
        return words
    return f"{words} user={text(data[5 : 5 + data[4]])} password={MASK}"


def _challenge_text(code: int, data: bytes, end: int) -> str:
    words = f"{name_or_number(_CHAP, code, 'code {}')} id={data[1]}"
    if code not in (1, 2) or len(data) < 6:
        return words
    return f"{words} name={text(data[5 + data[4] : end])}"


def _options_text(number: int, data: bytes) -> str:
    words = ""
    at = 0
    for _ in range(MOST_OPTIONS):
        if at + 2 > len(data) or data[at + 1] < 2:
            break
        kind, value = data[at], data[at + 2 : at + data[at + 1]]
        if number == _LCP and kind == 1 and len(value) == 2:
            words += f" mru={u16(value, 0)}"
        elif number == _LCP and kind == 3 and len(value) >= 2:
            words += f" auth={name_or_number(_AUTHENTICATION, u16(value, 0), '0x{:04x}')}"
        elif number == _LCP and kind == 5 and len(value) == 4:
            words += f" magic=0x{value.hex()}"
        elif number == _IPCP and kind in _ADDRESS_OPTIONS and len(value) == 4:
            words += f" {_ADDRESS_OPTIONS[kind]}={ipv4(value, 0)}"
        at += data[at + 1]
    return words


_ADDRESS_OPTIONS = {3: "address", 129: "dns", 130: "nbns", 131: "dns2", 132: "nbns2"}
"""RFC 1332 and RFC 1877."""
