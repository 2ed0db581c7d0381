"""ICMPv6 (RFC 4443): errors, echo, neighbour discovery (RFC 4861, 8106) and multicast listeners (RFC 2710, 9777)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.decode.info.fields import ipv6, mac, name_or_number, u16, u32
from netwatch.decode.info.group_records import group_records
from netwatch.decode.info.quoted import quoted_text
from netwatch.decode.info.reading import Context, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = 8
MOST_OPTIONS = 16

_TYPES = {
    1: "Destination unreachable", 2: "Packet too big", 3: "Time exceeded", 4: "Parameter problem",
    128: "Echo request", 129: "Echo reply", 130: "Multicast listener query", 131: "Multicast listener report",
    132: "Multicast listener done", 133: "Router solicitation", 134: "Router advertisement",
    135: "Neighbor solicitation", 136: "Neighbor advertisement", 137: "Redirect", 138: "Router renumbering",
    139: "Node information query", 140: "Node information reply", 143: "Multicast listener report v2",
    144: "Home agent discovery request", 145: "Home agent discovery reply", 146: "Mobile prefix solicitation",
    147: "Mobile prefix advertisement", 148: "Certification path solicitation",
    149: "Certification path advertisement", 151: "Multicast router advertisement",
    152: "Multicast router solicitation", 153: "Multicast router termination", 155: "RPL control",
    160: "Extended echo request", 161: "Extended echo reply",
}  # fmt: skip
_CODES = {
    1: {0: "no route", 1: "prohibited", 2: "beyond scope", 3: "address", 4: "port", 5: "source policy",
        6: "reject route", 7: "source routing header"},
    3: {0: "in transit", 1: "in reassembly"},
    4: {0: "bad field", 1: "unknown next header", 2: "unknown option", 3: "incomplete header chain"},
}  # fmt: skip
_MOBILITY = ("Binding refresh request", "Home test init", "Care-of test init", "Home test", "Care-of test",
             "Binding update", "Binding acknowledgement", "Binding error", "Fast binding update")  # fmt: skip
_ERRORS = frozenset({1, 2, 3, 4})


def read_icmpv6(data: bytes, context: Context) -> Reading:
    """Read an ICMPv6 message; an error names the packet that it is about."""
    kind, code = data[0], data[1] if len(data) > 1 else 0
    words = name_or_number(_TYPES, kind)
    if kind in _CODES:
        words += f" ({name_or_number(_CODES[kind], code, 'code {}')})"
    if len(data) >= HEADER:
        detail = _DETAILS.get(kind)
        if detail is not None:
            words += detail(data, context)
        if kind in _ERRORS and (quoted := quoted_text(data[HEADER:])):
            words += f" for {quoted}"
    return Reading("ICMPv6", words, "icmp")


def read_mobility(data: bytes, _context: Context) -> Reading:
    """Read a mobility header (RFC 6275 section 6.1)."""
    kind = data[2] if len(data) > 2 else 0
    return Reading("MIPv6", _MOBILITY[kind] if kind < len(_MOBILITY) else f"type {kind}", "routing")


def _echo(data: bytes, context: Context) -> str:
    return f" id={u16(data, 4)} seq={u16(data, 6)} len={max(context.length - HEADER, 0)}"


def _too_big(data: bytes, _context: Context) -> str:
    return f" mtu={u32(data, 4)}"


def _pointer(data: bytes, _context: Context) -> str:
    return f" at byte {u32(data, 4)}"


def _listener(data: bytes, _context: Context) -> str:
    return f" group={ipv6(data, 8)}" if len(data) >= 24 and any(data[8:24]) else ""


def _listener_report(data: bytes, _context: Context) -> str:
    return group_records(data, ipv6, 16)


def _router_solicitation(data: bytes, _context: Context) -> str:
    return _options(data, 8)


def _router_advertisement(data: bytes, _context: Context) -> str:
    flags = "".join(letter for bit, letter in ((0x80, "M"), (0x40, "O"), (0x20, "H")) if data[5] & bit)
    return f" hops={data[4]} lifetime={u16(data, 6)}s{f' flags={flags}' if flags else ''}{_options(data, 16)}"


def _neighbor_solicitation(data: bytes, _context: Context) -> str:
    return f" for {ipv6(data, 8)}{_options(data, 24)}" if len(data) >= 24 else ""


def _neighbor_advertisement(data: bytes, _context: Context) -> str:
    if len(data) < 24:
        return ""
    flags = "".join(letter for bit, letter in ((0x80, "R"), (0x40, "S"), (0x20, "O")) if data[4] & bit)
    return f" {ipv6(data, 8)}{f' flags={flags}' if flags else ''}{_options(data, 24)}"


def _redirect(data: bytes, _context: Context) -> str:
    return f" {ipv6(data, 24)} via {ipv6(data, 8)}{_options(data, 40)}" if len(data) >= 40 else ""


def _options(data: bytes, at: int) -> str:
    """Return the neighbour discovery options from `at` on (RFC 4861 section 4.6)."""
    words = ""
    for _ in range(MOST_OPTIONS):
        size = data[at + 1] * 8 if at + 1 < len(data) else 0
        if size == 0 or at + size > len(data):
            break
        option = _OPTIONS.get(data[at])
        if option is not None:
            least, reader = option
            words += f" {reader(data, at)}" if size >= least else ""
        at += size
    return words


_OPTIONS: dict[int, tuple[int, Callable[[bytes, int], str]]] = {
    1: (8, lambda data, at: f"from {mac(data, at + 2)}"),
    2: (8, lambda data, at: f"at {mac(data, at + 2)}"),
    3: (32, lambda data, at: f"prefix={ipv6(data, at + 16)}/{data[at + 2]}"),
    5: (8, lambda data, at: f"mtu={u32(data, at + 4)}"),
    14: (8, lambda data, at: f"nonce={data[at + 2 : at + 8].hex()}"),
    25: (24, lambda data, at: f"dns={ipv6(data, at + 8)}"),
}
"""Least length and reader of the options of RFC 4861, 3971 and 8106."""

_DETAILS: dict[int, Callable[[bytes, Context], str]] = {
    2: _too_big,
    4: _pointer,
    128: _echo,
    129: _echo,
    130: _listener,
    131: _listener,
    132: _listener,
    133: _router_solicitation,
    134: _router_advertisement,
    135: _neighbor_solicitation,
    136: _neighbor_advertisement,
    137: _redirect,
    143: _listener_report,
}
