"""What a tunnel carries whose inside the columns do not show: addresses and ports of the packet in it."""

from __future__ import annotations

from netwatch.decode.info.fields import u16
from netwatch.decode.info.numbers import ethertype_name
from netwatch.decode.info.quoted import quoted_text

BRIDGING = 0x6558
"""Transparent Ethernet bridging (RFC 1701)."""

_IP = frozenset({0x0800, 0x86DD})
_TAGS = frozenset({0x8100, 0x88A8})
_ETHERNET_HEADER = 14
_MOST_TAGS = 4


def carried_text(ethertype: int, data: bytes) -> str:
    """Return `carries tcp 10.0.0.1:80 > 10.0.0.2:4000`, or the name of the EtherType where it is not IP."""
    if ethertype == BRIDGING:
        return _carried_by_ethernet(data)
    packet = quoted_text(data) if ethertype in _IP else ""
    return f"carries {packet or ethertype_name(ethertype)}"


def _carried_by_ethernet(data: bytes) -> str:
    if len(data) < _ETHERNET_HEADER:
        return "carries Ethernet"
    at = 12
    for _ in range(_MOST_TAGS):
        if u16(data, at) not in _TAGS:
            break
        at += 4
    return carried_text(u16(data, at), data[at + 2 :]) if u16(data, at) != BRIDGING else "carries Ethernet"
