"""The packet around a tunnelled packet: which tunnel it is and between whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.decode.info.fields import ipv4, ipv6, u16, u24, u32

if TYPE_CHECKING:
    from collections.abc import Callable

_TAGS = frozenset({0x8100, 0x88A8, 0x9100})
_ETHERNET, _NULL, _LOOP, _SLL, _SLL2 = 1, 0, 108, 113, 276
_RAW = frozenset({101, 228, 229})
_MOST_HEADERS = 8
_EXTENSIONS = frozenset({0, 43, 60})
_GRE, _UDP = 47, 17
_NAMES = {4: "IPIP", 41: "IPv6 in IP", _GRE: "GRE"}
_ERSPAN, _BRIDGING = 0x88BE, 0x6558
_UDP_TUNNELS: dict[int, Callable[[bytes, int], str]] = {
    4789: lambda frame, at: f"VXLAN vni={u24(frame, at + 4)}",
    8472: lambda frame, at: f"VXLAN vni={u24(frame, at + 4)}",
    4790: lambda frame, at: f"VXLAN vni={u24(frame, at + 4)}",
    6081: lambda frame, at: f"GENEVE vni={u24(frame, at + 4)}",
    2152: lambda frame, at: f"GTP teid=0x{u32(frame, at + 4):08x}",
    4754: lambda _frame, _at: "GRE in UDP",
    1701: lambda _frame, _at: "L2TP",
    3544: lambda _frame, _at: "Teredo",
    5247: lambda _frame, _at: "CAPWAP",
}
"""What each tunnel over UDP is called, by either port; the bytes are those behind the UDP header."""


def tunnel_text(frame: bytes, link_type: int) -> str:
    """Return `VXLAN vni=5 10.0.0.1 > 10.0.0.2` for a frame whose inner packet is shown; empty where nobody can tell."""
    at = _network_offset(frame, link_type)
    version = frame[at] >> 4 if 0 <= at < len(frame) else 0
    if version == 4 and len(frame) >= at + 20:
        ends = f"{ipv4(frame, at + 12)} > {ipv4(frame, at + 16)}"
        protocol, at = frame[at + 9], at + (frame[at] & 15) * 4
    elif version == 6 and len(frame) >= at + 40:
        ends = f"{ipv6(frame, at + 8)} > {ipv6(frame, at + 24)}"
        protocol, at = _after_extensions(frame, at)
    else:
        return ""
    name = _name(frame, protocol, at)
    return f"{name} {ends}" if name else ""


def _network_offset(frame: bytes, link_type: int) -> int:
    """Return where the outer IP header begins, -1 when this link type or what it carries is not followed."""
    if link_type in _RAW:
        return 0
    if link_type in (_NULL, _LOOP):
        return 4
    if link_type == _SLL2:
        return 20
    if link_type not in (_ETHERNET, _SLL):
        return -1
    at = 12 if link_type == _ETHERNET else 14
    for _ in range(_MOST_HEADERS):
        if u16(frame, at) not in _TAGS:
            break
        at += 4
    return at + 2


def _after_extensions(frame: bytes, at: int) -> tuple[int, int]:
    protocol, at = frame[at + 6], at + 40
    for _ in range(_MOST_HEADERS):
        if protocol not in _EXTENSIONS or at + 2 > len(frame):
            break
        protocol, at = frame[at], at + (frame[at + 1] + 1) * 8
    return protocol, at


def _name(frame: bytes, protocol: int, at: int) -> str:
    if protocol == _UDP:
        tunnel = _UDP_TUNNELS.get(u16(frame, at + 2)) or _UDP_TUNNELS.get(u16(frame, at))
        return tunnel(frame, at + 8) if tunnel else ""
    if protocol == _GRE:
        return {_ERSPAN: "ERSPAN", _BRIDGING: "GRE bridging"}.get(u16(frame, at + 2), "GRE")
    return _NAMES.get(protocol, "")
