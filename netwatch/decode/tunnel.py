"""Tunnels one level deep: IP in IP, GRE with ERSPAN and transparent Ethernet, VXLAN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    FRAGMENT_OFFSET,
    MORE_FRAGMENTS,
    PROTOCOL_GRE,
    PROTOCOL_IPIP,
    PROTOCOL_IPV6,
    PROTOCOL_UDP,
)
from netwatch.decode.link import decode_ethernet
from netwatch.decode.network import decode_network
from netwatch.decode.transport import decode_transport
from netwatch.decode.window import headers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns

GRE = np.dtype([("flags", "u1"), ("version", "u1"), ("type", ">u2")])  # RFC 2784, 2890, 2637
GRE_CHECKSUM, GRE_KEY, GRE_SEQUENCE, GRE_ACKNOWLEDGMENT = 0x80, 0x20, 0x10, 0x80
ETHERTYPE_BRIDGING = 0x6558
"""Transparent Ethernet bridging (RFC 1701): the payload is an Ethernet frame."""
ETHERTYPE_ERSPAN = 0x88BE
ETHERTYPE_PPP = 0x880B

VXLAN = np.dtype([("flags", "u1"), ("reserved", "V3"), ("identifier", ">u4")])  # RFC 7348 section 5
VXLAN_PORT = 4789
VXLAN_VALID = 0x08

NOT_READ = np.uint16(0)
"""An inner header that we do not follow; the outer packet's columns stay."""
AS_ETHERNET = np.uint16(1)


def decode_tunnels(columns: Columns) -> None:
    """Replace the network and transport columns of tunnelled packets by those of the packet inside."""
    protocol = columns.protocol
    carrier = (protocol == PROTOCOL_GRE) | (protocol == PROTOCOL_IPIP) | (protocol == PROTOCOL_IPV6)
    carrier |= (columns.dport == VXLAN_PORT) & (protocol == PROTOCOL_UDP)
    if not carrier.any():
        return
    carrier &= (columns.fragment & (FRAGMENT_OFFSET | MORE_FRAGMENTS)) == 0
    rows = np.flatnonzero(carrier)
    inner, offset = _inner(columns, rows)
    _enter_ip(columns, rows, inner, offset)
    _enter_ethernet(columns, rows[inner == AS_ETHERNET], offset[inner == AS_ETHERNET])


def _inner(columns: Columns, rows: NDArray[np.intp]) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Return what each of `rows` carries (an EtherType, AS_ETHERNET or NOT_READ) and where it begins."""
    protocol = columns.protocol[rows]
    offset = columns.transport_offset[rows]
    inner = np.zeros(len(rows), np.uint16)
    inner[protocol == PROTOCOL_IPIP] = ETHERTYPE_IPV4
    inner[protocol == PROTOCOL_IPV6] = ETHERTYPE_IPV6
    gre = np.flatnonzero(protocol == PROTOCOL_GRE)
    if len(gre):
        inner[gre], offset[gre] = _inner_of_gre(columns, rows[gre])
    vxlan = np.flatnonzero(protocol == PROTOCOL_UDP)
    vxlan = vxlan[columns.payload_offset[rows[vxlan]] + VXLAN.itemsize <= columns.end[rows[vxlan]]]
    if len(vxlan):
        begin = columns.payload_offset[rows[vxlan]]
        header = headers(columns.data, begin, VXLAN)
        inner[vxlan] = np.where(header["flags"] & VXLAN_VALID, AS_ETHERNET, NOT_READ)
        offset[vxlan] = begin + np.int32(VXLAN.itemsize)
    return inner, offset


def _inner_of_gre(columns: Columns, rows: NDArray[np.intp]) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    offset = columns.transport_offset[rows]
    whole = columns.require(rows, offset, GRE.itemsize)
    header = headers(columns.data, np.where(whole, offset, 0), GRE)
    flags, version = header["flags"], header["version"] & 7
    length = np.full(len(rows), GRE.itemsize, np.int32)
    for bit in (GRE_CHECKSUM, GRE_KEY, GRE_SEQUENCE):
        length += np.where(flags & bit, 4, 0).astype(np.int32)
    # RFC 2637 section 4.1: version 1 has an acknowledgment flag in the second byte and no checksum
    length += np.where((version == 1) & (header["version"] & GRE_ACKNOWLEDGMENT != 0), 4, 0).astype(np.int32)
    carried = header["type"].astype(np.uint16)
    erspan = carried == ETHERTYPE_ERSPAN
    # ERSPAN type II has an 8 byte header and always a sequence number, type I has neither
    length += np.where(erspan & (flags & GRE_SEQUENCE != 0), 8, 0).astype(np.int32)
    inner = np.where((carried == ETHERTYPE_IPV4) | (carried == ETHERTYPE_IPV6), carried, NOT_READ)
    inner = np.where(erspan | (carried == ETHERTYPE_BRIDGING), AS_ETHERNET, inner)
    begin = offset + length
    columns.payload_offset[rows] = np.minimum(begin, columns.wire_end[rows])
    return np.where(whole, inner, NOT_READ).astype(np.uint16), begin


def _enter_ip(columns: Columns, rows: NDArray[np.intp], inner: NDArray[np.uint16], offset: NDArray[np.int32]) -> None:
    """Decode inner packets that begin with an IP header; those that are cut before its end keep the outer columns."""
    for ethertype, version, length in ((ETHERTYPE_IPV4, 4, 20), (ETHERTYPE_IPV6, 6, 40)):
        found = (inner == ethertype) & (offset + length <= columns.end[rows])
        at, begin = rows[found], offset[found]
        genuine = columns.data[begin] >> 4 == version
        at, begin = at[genuine], begin[genuine]
        if len(at):
            columns.ethertype[at] = ethertype
            columns.network_offset[at] = begin
            _decode_inner(columns, at)


def _enter_ethernet(columns: Columns, rows: NDArray[np.intp], offset: NDArray[np.int32]) -> None:
    whole = offset + 14 <= columns.end[rows]
    rows, offset = rows[whole], offset[whole]
    if len(rows) == 0:
        return
    before = columns.ethertype[rows], columns.network_offset[rows], columns.vlan[rows]
    columns.network_offset[rows] = offset
    decode_ethernet(columns, rows)
    known = np.isin(columns.ethertype[rows], (ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_ARP))
    unread = rows[~known]
    columns.ethertype[unread] = before[0][~known]
    columns.network_offset[unread] = before[1][~known]
    columns.vlan[unread] = before[2][~known]
    if known.any():
        _decode_inner(columns, rows[known])


def _decode_inner(columns: Columns, rows: NDArray[np.intp]) -> None:
    columns.tunnel_depth[rows] = 1
    columns.wire_end[rows] = columns.network_end[rows]
    for column in (columns.sport, columns.dport):
        column[rows] = 0
    decode_network(columns, rows)
    decode_transport(columns, rows)
