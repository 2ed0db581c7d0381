"""What a UDP datagram of one frame carries in a tunnel, as decode/udp_tunnel.py finds it for whole batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.decode import udp_tunnel as tunnels
from netwatch.decode.gre import TYPE_BRIDGING, TYPE_PPP
from netwatch.decode.info.fields import u16

if TYPE_CHECKING:
    from collections.abc import Callable

TYPE_GRE: Final = -1
"""A GRE header follows."""
_IPV4, _IPV6 = 0x0800, 0x86DD
_DATA_HEADER, _FOURTH_ADDRESS, _LLC = 24, 6, 8


def inside_udp(frame: bytes, at: int) -> tuple[str, int, int] | None:
    """Return the layer that a tunnel is, the EtherType of what it carries and where that begins; None for no tunnel.

    The UDP header is at `at`; the name of the layer is empty for one that filters do not know.
    """
    payload = at + 8
    if payload + 8 > len(frame):
        return None
    destination, source = u16(frame, at + 2), u16(frame, at)
    reader = _READERS.get(destination) or (_READERS.get(source) if source in _BOTH_WAYS else None)
    found = reader(frame, payload) if reader else None
    return (_NAMES.get(destination, ""), *found) if found else None


def _vxlan(frame: bytes, at: int) -> tuple[int, int] | None:
    return (TYPE_BRIDGING, at + 8) if frame[at] & tunnels.VXLAN_VALID else None


def _vxlan_gpe(frame: bytes, at: int) -> tuple[int, int] | None:
    if not frame[at] & tunnels.VXLAN_SAYS_NEXT:
        return _vxlan(frame, at)
    kind = tunnels.VXLAN_PAYLOADS.get(frame[at + 3])
    return (kind, at + 8) if kind else None


def _geneve(frame: bytes, at: int) -> tuple[int, int] | None:
    return None if frame[at] >> 6 else (u16(frame, at + 2), at + 8 + (frame[at] & 0x3F) * 4)


def _gtp(frame: bytes, at: int) -> tuple[int, int] | None:
    flags = frame[at]
    if flags & tunnels.GTP_VERSION != tunnels.GTP_IS_1 or frame[at + 1] != tunnels.GTP_PACKET:
        return None
    at += 8 + (tunnels.GTP_FIELDS if flags & tunnels.GTP_OPTIONAL else 0)
    for _ in range(tunnels.MOST_EXTENSIONS if flags & tunnels.GTP_EXTENDED else 0):
        if at >= len(frame) or not frame[at - 1]:
            break
        at += frame[at] * 4
    return _packet(frame, at)


def _l2tp(frame: bytes, at: int) -> tuple[int, int] | None:
    flags = frame[at]
    if flags & tunnels.L2TP_CONTROL or frame[at + 1] & 0x0F != tunnels.L2TP_SECOND:
        return None
    at += 6 + (2 if flags & tunnels.L2TP_LENGTH else 0) + (4 if flags & tunnels.L2TP_SEQUENCE else 0)
    if flags & tunnels.L2TP_OFFSET:
        at += 2 + u16(frame, at)
    return TYPE_PPP, at


def _teredo(frame: bytes, at: int) -> tuple[int, int] | None:
    if u16(frame, at) == tunnels.TEREDO_AUTHENTICATION:
        at += tunnels.AUTHENTICATION_HEADER + frame[at + 2] + frame[at + 3]
    if frame[at : at + 2] == b"\0\0":
        at += tunnels.ORIGIN_HEADER
    return _packet(frame, at)


def _capwap(frame: bytes, at: int) -> tuple[int, int] | None:
    if frame[at] or frame[at + 3] & tunnels.CAPWAP_FRAGMENT:
        return None
    native, begin = frame[at + 2] & tunnels.CAPWAP_NATIVE, at + (frame[at + 1] >> 3) * 4
    if not native:
        return TYPE_BRIDGING, begin
    # the frame control field may be swapped; a data frame has 8 in the low half of its first byte
    control = frame[begin : begin + 2]
    control = control if control[:1] and control[0] & 0x0C == 0x08 else control[::-1]
    if len(control) < 2:
        return None
    size = _DATA_HEADER + (_FOURTH_ADDRESS if control[1] & 3 == 3 else 0) + (2 if control[0] & 0x80 else 0)
    return u16(frame, begin + size + _LLC - 2), begin + size + _LLC


def _packet(frame: bytes, at: int) -> tuple[int, int] | None:
    version = frame[at] >> 4 if at < len(frame) else 0
    return ({4: _IPV4, 6: _IPV6}[version], at) if version in (4, 6) else None


_READERS: Final[dict[int, Callable[[bytes, int], tuple[int, int] | None]]] = {
    4789: _vxlan,
    8472: _vxlan,
    4790: _vxlan_gpe,
    6081: _geneve,
    2152: _gtp,
    4754: lambda _frame, at: (TYPE_GRE, at),
    1701: _l2tp,
    3544: _teredo,
    5247: _capwap,
}
_BOTH_WAYS: Final = frozenset({6081, 2152, 1701, 3544, 5247})
_NAMES: Final = dict.fromkeys((4789, 8472, 4790), "vxlan")
