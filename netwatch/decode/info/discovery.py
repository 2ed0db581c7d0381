"""What switches say of themselves: LLDP (IEEE 802.1AB) and CDP (Cisco Discovery Protocol)."""

from __future__ import annotations

from netwatch.decode.info.fields import ipv4, ipv6, mac, text, u16
from netwatch.decode.info.reading import Context, Reading

MOST_ITEMS = 48

_LLDP_END, _LLDP_CHASSIS, _LLDP_PORT, _LLDP_PORT_NAME, _LLDP_SYSTEM_NAME = 0, 1, 2, 4, 5
_CDP_DEVICE, _CDP_PORT, _CDP_PLATFORM = 1, 3, 6
_BY_MAC = {_LLDP_CHASSIS: 4, _LLDP_PORT: 3}
_BY_ADDRESS = {_LLDP_CHASSIS: 5, _LLDP_PORT: 4}
"""Identifier subtypes of chassis and port that are addresses (IEEE 802.1AB-2016 tables 8-2 and 8-3)."""


def read_lldp(data: bytes, _context: Context) -> Reading:
    """Read an LLDP frame: system name, chassis and port."""
    items: dict[int, bytes] = {}
    at = 0
    for _ in range(MOST_ITEMS):
        head = u16(data, at)
        kind, size = head >> 9, head & 0x1FF
        if kind == _LLDP_END or at + 2 > len(data):
            break
        items.setdefault(kind, data[at + 2 : at + 2 + size])
        at += 2 + size
    words: list[str] = []
    if name := items.get(_LLDP_SYSTEM_NAME, b""):
        words.append(text(name))
    words += [
        f"{label}={_identifier(kind, items[kind])}"
        for kind, label in ((_LLDP_CHASSIS, "chassis"), (_LLDP_PORT, "port"))
        if len(items.get(kind, b"")) > 1
    ]
    if name := items.get(_LLDP_PORT_NAME, b""):
        words.append(f'"{text(name)}"')
    return Reading("LLDP", " ".join(words) or "empty", "routing")


def read_cdp(data: bytes, _context: Context) -> Reading:
    """Read a CDP frame from its version on: device, port and platform."""
    items: dict[int, bytes] = {}
    at = 4
    for _ in range(MOST_ITEMS):
        size = u16(data, at + 2)
        if at + 4 > len(data) or size < 4:
            break
        items.setdefault(u16(data, at), data[at + 4 : at + size])
        at += size
    named = ((_CDP_DEVICE, "device"), (_CDP_PORT, "port"), (_CDP_PLATFORM, "platform"))
    words = [f"{label}={text(items[kind])}" for kind, label in named if items.get(kind)]
    return Reading("CDP", " ".join(words) or "empty", "routing")


def _identifier(kind: int, value: bytes) -> str:
    subtype, value = value[0], value[1:]
    if subtype == _BY_MAC[kind] and len(value) == 6:
        return mac(value, 0)
    if subtype == _BY_ADDRESS[kind] and len(value) > 1:
        return ipv6(value, 1) if value[0] == 2 else ipv4(value, 1)
    return text(value)
