"""IGMP versions 1 to 3 (RFC 1112, 2236, 9776) and what else uses its protocol number."""

from __future__ import annotations

from netwatch.decode.info.fields import ipv4, name_or_number, u32
from netwatch.decode.info.group_records import group_records
from netwatch.decode.info.reading import Context, Reading

_TYPES = {
    0x11: "Membership query", 0x12: "Membership report v1", 0x13: "DVMRP", 0x14: "PIM v1", 0x15: "Cisco trace",
    0x16: "Membership report v2", 0x17: "Leave group", 0x1E: "Traceroute response", 0x1F: "Traceroute",
    0x22: "Membership report v3", 0x30: "Multicast router advertisement", 0x31: "Multicast router solicitation",
    0x32: "Multicast router termination", 0xFC: "RGMP leave", 0xFD: "RGMP join", 0xFE: "RGMP bye", 0xFF: "RGMP hello",
}  # fmt: skip
_QUERY, _REPORT_V3 = 0x11, 0x22


def read_igmp(data: bytes, context: Context) -> Reading:
    """Read an IGMP message: type, version of a query and the groups."""
    words = name_or_number(_TYPES, data[0], "type 0x{:02x}")
    if data[0] == _QUERY:
        # RFC 9776 section 7.1: told apart by the length, then by the maximum response time
        version = 3 if context.length >= 12 else 2 if len(data) > 1 and data[1] else 1
        words += f" v{version}" + (f" group={ipv4(data, 4)}" if u32(data, 4) else " general")
    elif data[0] == _REPORT_V3:
        words += group_records(data, ipv4, 4)
    elif len(data) >= 8 and u32(data, 4):
        words += f" group={ipv4(data, 4)}"
    return Reading("IGMP", words, "routing")
