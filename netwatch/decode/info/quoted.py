"""The packet that an ICMP error quotes: its protocol, addresses and ports."""

from __future__ import annotations

from typing import NamedTuple

from netwatch.decode.info.fields import ipv4, ipv6, u16
from netwatch.decode.info.numbers import protocol_name

_WITH_PORTS = frozenset({6, 17, 33, 132, 136})
_EXTENSIONS = frozenset({0, 43, 60})
_FRAGMENT = 44
_ECHOES = {1: "icmp", 58: "icmpv6"}
_MOST_EXTENSIONS = 8


class _Inner(NamedTuple):
    protocol: int
    source: str
    destination: str
    transport: int
    """Where the transport header begins; -1 when the quoted packet is a later fragment."""


def quoted_text(packet: bytes) -> str:
    """Return `udp 10.0.0.1:53 > 10.0.0.2:4000` for the IP packet at the start of `packet`; empty when none is there."""
    version = packet[0] >> 4 if packet else 0
    inner = _ipv4(packet) if version == 4 else _ipv6(packet) if version == 6 else None
    if inner is None:
        return ""
    name = protocol_name(inner.protocol).lower()
    at = inner.transport
    if at < 0 or at + 4 > len(packet):
        return f"{name} {inner.source} > {inner.destination}"
    if inner.protocol in _WITH_PORTS:
        source, destination = (f"[{end}]" if version == 6 else end for end in (inner.source, inner.destination))
        return f"{name} {source}:{u16(packet, at)} > {destination}:{u16(packet, at + 2)}"
    if inner.protocol in _ECHOES and at + 8 <= len(packet):
        return f"{name} {inner.source} > {inner.destination} id={u16(packet, at + 4)} seq={u16(packet, at + 6)}"
    return f"{name} {inner.source} > {inner.destination}"


def _ipv4(packet: bytes) -> _Inner | None:
    if len(packet) < 20:
        return None
    later = u16(packet, 6) & 0x1FFF
    return _Inner(packet[9], ipv4(packet, 12), ipv4(packet, 16), -1 if later else (packet[0] & 15) * 4)


def _ipv6(packet: bytes) -> _Inner | None:
    if len(packet) < 40:
        return None
    protocol, at = packet[6], 40
    for _ in range(_MOST_EXTENSIONS):
        if at + 8 > len(packet):
            break
        if protocol in _EXTENSIONS:
            protocol, at = packet[at], at + (packet[at + 1] + 1) * 8
        elif protocol == _FRAGMENT:
            later = u16(packet, at + 2) & 0xFFF8
            protocol, at = packet[at], at + 8
            if later:
                return _Inner(protocol, ipv6(packet, 8), ipv6(packet, 24), -1)
        else:
            break
    return _Inner(protocol, ipv6(packet, 8), ipv6(packet, 24), at)
