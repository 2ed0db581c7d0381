"""Tunnels, a few levels deep: IP in IP, GRE with IP, MPLS, PPP or Ethernet inside, and those over UDP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_UNKNOWN,
    FRAGMENT_OFFSET,
    MORE_FRAGMENTS,
    PROTOCOL_GRE,
    PROTOCOL_IPIP,
    PROTOCOL_IPV6,
    PROTOCOL_NONE,
    PROTOCOL_UDP,
)
from netwatch.decode.gre import TYPE_BRIDGING, TYPE_PPP, read_gre
from netwatch.decode.link import decode_ethernet
from netwatch.decode.packet import decode_packet
from netwatch.decode.ppp import decode_ppp
from netwatch.decode.shim import decode_shims
from netwatch.decode.udp_tunnel import TYPE_WIRELESS, may_carry, read_udp_tunnels
from netwatch.decode.window import holds_for_any
from netwatch.decode.wireless import decode_ieee80211

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns

SHORTEST = {ETHERTYPE_IPV4: 20, ETHERTYPE_IPV6: 40, ETHERTYPE_ARP: 8}
"""What is shown in place of its carrier, once so many bytes of it were captured."""
VERSIONS = {ETHERTYPE_IPV4: 4, ETHERTYPE_IPV6: 6}
LONGEST_PACKET = 65575
"""An IPv6 header and the largest payload length."""

MOST_TUNNELS = 4
"""Tunnels in tunnels that are entered; the next one keeps its own columns."""

_CARRIES = np.zeros(256, np.bool_)
_CARRIES[[PROTOCOL_GRE, PROTOCOL_IPIP, PROTOCOL_IPV6]] = True


def decode_tunnels(columns: Columns) -> None:
    """Replace the network and transport columns of tunnelled packets by those of the packet inside.

    A carrier keeps its own columns where nothing that we know is inside or its header was not captured.
    """
    carrier = _CARRIES.take(columns.protocol)
    by_port = may_carry(columns.sport, columns.dport)
    if holds_for_any(by_port):
        carrier |= by_port & (columns.protocol == PROTOCOL_UDP)
    rows = np.flatnonzero(carrier)
    for _ in range(MOST_TUNNELS):
        rows = rows[columns.fragment[rows] & FRAGMENT_OFFSET == 0]
        if not len(rows):
            return
        carried, begin = _carried(columns, rows)
        found = carried != ETHERTYPE_UNKNOWN
        if not holds_for_any(found):
            return
        rows = _enter(columns, rows[found], carried[found], begin[found])
        udp = columns.protocol[rows] == PROTOCOL_UDP
        rows = rows[_CARRIES.take(columns.protocol[rows]) | (udp & may_carry(columns.sport[rows], columns.dport[rows]))]


def _carried(columns: Columns, rows: NDArray[np.intp]) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Return the EtherType of what each of `rows` carries (ETHERTYPE_UNKNOWN for nothing) and where it begins."""
    protocol = columns.protocol[rows]
    begin = columns.transport_offset[rows]
    carried = np.full(len(rows), ETHERTYPE_UNKNOWN, np.uint16)
    carried[protocol == PROTOCOL_IPIP] = ETHERTYPE_IPV4
    carried[protocol == PROTOCOL_IPV6] = ETHERTYPE_IPV6
    gre = np.flatnonzero(protocol == PROTOCOL_GRE)
    if len(gre):
        carried[gre], begin[gre] = read_gre(columns, rows[gre], begin[gre])
        columns.payload_offset[rows[gre]] = begin[gre]
    udp = np.flatnonzero(protocol == PROTOCOL_UDP)
    if len(udp):
        carried[udp], begin[udp] = read_udp_tunnels(columns, rows[udp])
    return carried, begin


def _enter(
    columns: Columns, rows: NDArray[np.intp], carried: NDArray[np.uint16], begin: NDArray[np.int32]
) -> NDArray[np.intp]:
    """Show what begins at `begin` in place of its carrier; return the rows for which that can be done."""
    ethertype, network_offset, vlan = columns.ethertype[rows], columns.network_offset[rows], columns.vlan[rows]
    columns.network_offset[rows] = begin
    columns.ethertype[rows] = np.where((carried == TYPE_PPP) | (carried == TYPE_WIRELESS), ETHERTYPE_UNKNOWN, carried)
    for kind, read in _FRAMES.items():
        framed = carried == kind
        if holds_for_any(framed):
            read(columns, rows[framed])
    decode_shims(columns, rows)
    known = _is_readable(columns, rows)
    _decode_inner(columns, rows[known])
    unread = rows[~known]
    columns.ethertype[unread] = ethertype[~known]
    columns.network_offset[unread] = network_offset[~known]
    columns.vlan[unread] = vlan[~known]
    return rows[known]


_FRAMES: Final[dict[int, Callable[[Columns, NDArray[np.intp]], None]]] = {
    TYPE_BRIDGING: decode_ethernet,
    TYPE_WIRELESS: partial(decode_ieee80211, swappable=True),
    TYPE_PPP: decode_ppp,
}


def _is_readable(columns: Columns, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return for each of `rows` whether a whole header of a kind that we know begins at `network_offset`."""
    ethertype, begin = columns.ethertype[rows], columns.network_offset[rows]
    needed = np.zeros(len(rows), np.int32)
    for code, length in SHORTEST.items():
        needed[ethertype == code] = length
    readable: NDArray[np.bool_] = (needed != 0) & columns.require(rows, begin, needed)
    version = columns.data[np.where(readable, begin, 0)] >> 4
    for code, number in VERSIONS.items():
        other = readable & (ethertype == code) & (version != number)
        columns.mark_malformed(rows, other)
        readable &= ~other
    return readable


def _decode_inner(columns: Columns, rows: NDArray[np.intp]) -> None:
    columns.tunnel_depth[rows] += 1
    # The rest of a packet whose carrier is a first fragment comes in the others
    continued = rows[(columns.fragment[rows] & MORE_FRAGMENTS != 0) & (columns.ethertype[rows] != ETHERTYPE_ARP)]
    columns.wire_end[continued] += LONGEST_PACKET
    columns.protocol[rows] = PROTOCOL_NONE
    for name in ("src_high", "src_low", "dst_high", "dst_low", "sport", "dport", "ttl", "fragment", "transport_offset"):
        getattr(columns, name)[rows] = 0
    columns.payload_offset[rows] = 0
    decode_packet(columns, rows)
