"""What UDP carries in tunnels: VXLAN, GENEVE, GTP-U, GRE, L2TP, Teredo, CAPWAP; known by port, then by their header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from netwatch.decode.batch import ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_UNKNOWN
from netwatch.decode.gre import TYPE_BRIDGING, TYPE_PPP, read_gre
from netwatch.decode.window import headers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns

    Carried: TypeAlias = tuple[NDArray[np.uint16], NDArray[np.int32]]
    Reader: TypeAlias = Callable[[Columns, NDArray[np.intp], NDArray[np.int32]], Carried]

TYPE_WIRELESS: Final = 2
"""Ours, not IEEE's: the payload is an 802.11 frame."""

VXLAN = np.dtype([("flags", "u1"), ("reserved", "V2"), ("next", "u1"), ("identifier", ">u4")])  # RFC 7348 section 5
VXLAN_VALID, VXLAN_SAYS_NEXT = 0x08, 0x04
VXLAN_PAYLOADS: Final = {1: ETHERTYPE_IPV4, 2: ETHERTYPE_IPV6, 3: TYPE_BRIDGING}
"""draft-ietf-nvo3-vxlan-gpe section 3.1, on a port of its own."""
GENEVE = np.dtype([("options", "u1"), ("flags", "u1"), ("type", ">u2"), ("identifier", ">u4")])  # RFC 8926 section 3.4
GTP = np.dtype([("flags", "u1"), ("type", "u1"), ("length", ">u2"), ("endpoint", ">u4")])  # TS 29.281 section 5.1
GTP_VERSION, GTP_IS_1, GTP_OPTIONAL, GTP_EXTENDED, GTP_PACKET = 0xF0, 0x30, 0x07, 0x04, 0xFF
"""Version 1 and `protocol type`; one of three flags brings four more bytes, the last of which names an extension."""
GTP_FIELDS: Final = 4
MOST_EXTENSIONS: Final = 4
L2TP = np.dtype([("flags", "u1"), ("version", "u1")])  # RFC 2661 section 3.1
L2TP_CONTROL, L2TP_LENGTH, L2TP_SEQUENCE, L2TP_OFFSET, L2TP_SECOND = 0x80, 0x40, 0x08, 0x02, 2
TEREDO = np.dtype([("type", ">u2"), ("client", "u1"), ("authentication", "u1")])  # RFC 4380 section 5.1.1
TEREDO_AUTHENTICATION, TEREDO_ORIGIN = 1, 0
AUTHENTICATION_HEADER, ORIGIN_HEADER = 13, 8
CAPWAP = np.dtype([("preamble", "u1"), ("length", "u1"), ("binding", "u1"), ("flags", "u1")])  # RFC 5415 section 4.3
CAPWAP_NATIVE, CAPWAP_FRAGMENT, CAPWAP_WIRELESS = 0x01, 0x80, 1


def may_carry(sport: NDArray[np.uint16], dport: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return where one of the ports is that of a tunnel."""
    found: NDArray[np.bool_] = _TO.take(dport) | _FROM.take(sport) != 0
    return found


def read_udp_tunnels(columns: Columns, rows: NDArray[np.intp]) -> Carried:
    """Return what the datagrams of `rows` carry, which `may_carry` chose, and where that begins.

    It is an EtherType, that of gre.py for PPP and Ethernet, TYPE_WIRELESS, or ETHERTYPE_UNKNOWN for nothing that can
    be found.
    """
    carried, begin = np.full(len(rows), ETHERTYPE_UNKNOWN, np.uint16), columns.payload_offset[rows].copy()
    tunnel = _TO.take(columns.dport[rows])
    tunnel = np.where(tunnel == 0, _FROM.take(columns.sport[rows]), tunnel)
    for number in np.unique(tunnel).tolist():
        at = np.flatnonzero(tunnel == number)
        strict = _READERS[number - 1] is _vxlan  # the others share their ports with what has shorter messages
        fits = begin[at] + _SHORTEST <= columns.end[rows[at]]
        at = at[columns.require(rows[at], begin[at], _SHORTEST) if strict else fits]
        if len(at):
            carried[at], begin[at] = _READERS[number - 1](columns, rows[at], begin[at])
    return carried, begin


def _vxlan(columns: Columns, _rows: NDArray[np.intp], offset: NDArray[np.int32]) -> Carried:
    valid = headers(columns.data, offset, VXLAN)["flags"] & VXLAN_VALID != 0
    return _where(valid, TYPE_BRIDGING), offset + np.int32(VXLAN.itemsize)


def _vxlan_gpe(columns: Columns, _rows: NDArray[np.intp], offset: NDArray[np.int32]) -> Carried:
    header = headers(columns.data, offset, VXLAN)
    carried = _where(header["flags"] & VXLAN_VALID != 0, TYPE_BRIDGING)
    stated = header["flags"] & VXLAN_SAYS_NEXT != 0
    carried[stated] = ETHERTYPE_UNKNOWN
    for code, kind in VXLAN_PAYLOADS.items():
        carried[stated & (header["next"] == code)] = kind
    return carried, offset + np.int32(VXLAN.itemsize)


def _geneve(columns: Columns, _rows: NDArray[np.intp], offset: NDArray[np.int32]) -> Carried:
    header = headers(columns.data, offset, GENEVE)
    first = header["options"].astype(np.int32)
    carried = np.where(first >> 6 == 0, header["type"], ETHERTYPE_UNKNOWN).astype(np.uint16)
    return carried, offset + np.int32(GENEVE.itemsize) + ((first & 0x3F) << 2)


def _gtp(columns: Columns, rows: NDArray[np.intp], offset: NDArray[np.int32]) -> Carried:
    header = headers(columns.data, offset, GTP)
    flags = header["flags"]
    found = (flags & GTP_VERSION == GTP_IS_1) & (header["type"] == GTP_PACKET)
    begin = offset + np.int32(GTP.itemsize) + np.int32(GTP_FIELDS) * (flags & GTP_OPTIONAL != 0)
    more = found & (flags & GTP_EXTENDED != 0)
    for _ in range(MOST_EXTENSIONS):
        more &= begin < columns.end[rows]
        more &= columns.data[np.where(more, begin - 1, 0)] != 0
        begin = begin + np.where(more, columns.data[np.where(more, begin, 0)].astype(np.int32) << 2, 0).astype(np.int32)
    return _packet(columns, rows, begin, found), begin


def _l2tp(columns: Columns, rows: NDArray[np.intp], offset: NDArray[np.int32]) -> Carried:
    header = headers(columns.data, offset, L2TP)
    flags = header["flags"]
    found = (flags & L2TP_CONTROL == 0) & (header["version"] & 0x0F == L2TP_SECOND)
    begin = offset + np.int32(L2TP.itemsize + 4)
    begin = begin + np.int32(2) * (flags & L2TP_LENGTH != 0) + np.int32(4) * (flags & L2TP_SEQUENCE != 0)
    padded = found & (flags & L2TP_OFFSET != 0) & (begin + 2 <= columns.end[rows])
    size = columns.data[np.where(padded, begin + 1, 0)].astype(np.int32)
    return _where(found, TYPE_PPP), (begin + np.where(padded, size + 2, 0)).astype(np.int32)


def _teredo(columns: Columns, rows: NDArray[np.intp], offset: NDArray[np.int32]) -> Carried:
    header = headers(columns.data, offset, TEREDO)
    proven = header["type"] == TEREDO_AUTHENTICATION
    begin = offset + np.where(proven, header["client"].astype(np.int32) + header["authentication"], 0)
    begin = (begin + np.int32(AUTHENTICATION_HEADER) * proven).astype(np.int32)
    there = begin + ORIGIN_HEADER <= columns.end[rows]
    origin = there & (headers(columns.data, np.where(there, begin, 0), TEREDO)["type"] == TEREDO_ORIGIN)
    begin = begin + np.int32(ORIGIN_HEADER) * origin
    carried = _packet(columns, rows, begin, np.ones(len(rows), np.bool_))
    return np.where(carried == ETHERTYPE_IPV6, carried, ETHERTYPE_UNKNOWN).astype(np.uint16), begin


def _capwap(columns: Columns, _rows: NDArray[np.intp], offset: NDArray[np.int32]) -> Carried:
    header = headers(columns.data, offset, CAPWAP)
    binding, flags = header["binding"], header["flags"]
    found = (header["preamble"] == 0) & (flags & CAPWAP_FRAGMENT == 0)
    wireless = (binding & CAPWAP_NATIVE != 0) & (binding >> 1 & 0x1F == CAPWAP_WIRELESS)
    carried = np.where(
        wireless, TYPE_WIRELESS, np.where(binding & CAPWAP_NATIVE == 0, TYPE_BRIDGING, ETHERTYPE_UNKNOWN)
    )
    begin = offset + ((header["length"] >> 3).astype(np.int32) << 2)
    return np.where(found, carried, ETHERTYPE_UNKNOWN).astype(np.uint16), begin


def _packet(
    columns: Columns, rows: NDArray[np.intp], begin: NDArray[np.int32], found: NDArray[np.bool_]
) -> NDArray[np.uint16]:
    """Return which IP begins at `begin`, where nothing but its version tells."""
    there = found & (begin < columns.end[rows])
    version = columns.data[np.where(there, begin, 0)] >> 4
    known = np.where(version == 4, ETHERTYPE_IPV4, np.where(version == 6, ETHERTYPE_IPV6, ETHERTYPE_UNKNOWN))
    return np.where(there, known, ETHERTYPE_UNKNOWN).astype(np.uint16)


def _where(found: NDArray[np.bool_], carried: int) -> NDArray[np.uint16]:
    return np.where(found, carried, ETHERTYPE_UNKNOWN).astype(np.uint16)


_SHORTEST: Final = 8
"""Bytes that each of these headers and what it carries have at least."""
_READERS: Final[tuple[Reader, ...]] = (_vxlan, _vxlan_gpe, _geneve, _gtp, read_gre, _l2tp, _teredo, _capwap)
_PORTS: Final = {
    4789: _vxlan, 8472: _vxlan, 4790: _vxlan_gpe, 6081: _geneve, 2152: _gtp, 4754: read_gre, 1701: _l2tp,
    3544: _teredo, 5247: _capwap,
}  # fmt: skip
_BOTH_WAYS: Final = (_geneve, _gtp, _l2tp, _teredo, _capwap)
"""Those whose servers answer from the port."""


def _table(ports: Mapping[int, Reader]) -> NDArray[np.uint8]:
    """Return for each port which of `_READERS` it belongs to, counted from 1; 0 for none."""
    table = np.zeros(1 << 16, np.uint8)
    for port, reader in ports.items():
        table[port] = _READERS.index(reader) + 1
    return table


_TO: Final = _table(_PORTS)
_FROM: Final = _table({port: reader for port, reader in _PORTS.items() if reader in _BOTH_WAYS})
