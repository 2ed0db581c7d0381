"""ICMP for IPv4 (RFC 792, 950, 1191, 1256, 8335) in words."""

from __future__ import annotations

from netwatch.decode.info.fields import ipv4, name_or_number, u16
from netwatch.decode.info.quoted import quoted_text
from netwatch.decode.info.reading import Context, Reading

HEADER = 8

_TYPES = {
    0: "Echo reply", 3: "Destination unreachable", 4: "Source quench", 5: "Redirect", 8: "Echo request",
    9: "Router advertisement", 10: "Router solicitation", 11: "Time exceeded", 12: "Parameter problem",
    13: "Timestamp request", 14: "Timestamp reply", 15: "Information request", 16: "Information reply",
    17: "Address mask request", 18: "Address mask reply", 30: "Traceroute", 40: "Photuris",
    42: "Extended echo request", 43: "Extended echo reply",
}  # fmt: skip
_UNREACHABLE = {
    0: "network", 1: "host", 2: "protocol", 3: "port", 4: "fragmentation needed", 5: "source route failed",
    6: "network unknown", 7: "host unknown", 8: "source isolated", 9: "network prohibited", 10: "host prohibited",
    11: "network for this service", 12: "host for this service", 13: "administratively prohibited",
    14: "precedence violation", 15: "precedence cutoff",
}  # fmt: skip
_CODES = {
    3: _UNREACHABLE,
    5: {0: "network", 1: "host", 2: "service and network", 3: "service and host"},
    11: {0: "in transit", 1: "in reassembly"},
    12: {0: "pointer", 1: "option missing", 2: "bad length"},
}
_WITH_IDENTIFIER = frozenset({0, 8, 13, 14, 15, 16, 17, 18, 42, 43})
_ERRORS = frozenset({3, 4, 5, 11, 12})
_FRAGMENTATION_NEEDED = (3, 4)


def read_icmp(data: bytes, context: Context) -> Reading:
    """Read an ICMP message; an error names the packet that it is about."""
    kind, code = data[0], data[1] if len(data) > 1 else 0
    words = name_or_number(_TYPES, kind)
    if kind in _CODES:
        words += f" ({name_or_number(_CODES[kind], code, 'code {}')})"
    elif code:
        words += f" code {code}"
    if len(data) < HEADER:
        return Reading("ICMP", words, "icmp")
    if kind in _WITH_IDENTIFIER:
        words += f" id={u16(data, 4)} seq={u16(data, 6)} len={max(context.length - HEADER, 0)}"
    if kind == 5:
        words += f" to {ipv4(data, 4)}"
    if (kind, code) == _FRAGMENTATION_NEEDED:
        words += f" mtu={u16(data, 6)}"
    if kind in _ERRORS and (quoted := quoted_text(data[HEADER:])):
        words += f" for {quoted}"
    return Reading("ICMP", words, "icmp")
