"""The link layer: where the network header begins and which EtherType announces it, for every link type we decode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture import frames as link_types
from netwatch.decode.batch import ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_PPPOE_SESSION
from netwatch.decode.llc import LARGEST_LENGTH, decode_llc
from netwatch.decode.ppp import decode_ppp
from netwatch.decode.shim import decode_shims
from netwatch.decode.window import EVERY, headers, select
from netwatch.decode.wireless import decode_ieee80211, decode_radiotap

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

ETHERNET = np.dtype([("dst", "V6"), ("src", "V6"), ("type", ">u2")])
LINUX_SLL = np.dtype([("before", "V14"), ("type", ">u2")])
LINUX_SLL2 = np.dtype([("type", ">u2"), ("after", "V18")])
# https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html and ..._SLL2.html
FAMILY = np.dtype([("family", ">u4")])

LINUX_802_2 = 4
"""ETH_P_802_2 of the Linux kernel: a cooked frame with an LLC header."""

AF_INET = 2
AF_INET6 = (10, 24, 28, 30)
"""Linux, NetBSD and OpenBSD, FreeBSD, Darwin."""


def decode_link(columns: Columns) -> None:
    """Fill `network_offset`, `ethertype` and `vlan` of every packet; unknown link types keep ETHERTYPE_UNKNOWN."""
    tags = columns.frames.stripped_tag
    if tags.any():
        # IEEE 802.1Q clause 9.6: the identifier is the low 12 bits of the tag control information
        columns.vlan[:] = np.where(tags != 0, (tags & 0xFFF).astype(np.int32), -1)
    column = columns.frames.link_type
    first = int(column[0])
    present = [first] if (column == first).all() else np.unique(column).tolist()
    for link_type in present:
        decoder = _DECODERS.get(link_type)
        if decoder is not None:
            decoder(columns, EVERY if len(present) == 1 else select(EVERY, column == link_type))


def decode_ethernet(columns: Columns, rows: Rows) -> None:
    """Read Ethernet headers that begin at `network_offset`, then LLC, tags and shims."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows], ETHERNET.itemsize)
    ethertype = headers(columns.data, offset, ETHERNET)["type"].astype(np.uint16)
    _announce(columns, rows, offset + np.int32(ETHERNET.itemsize), ethertype)


def _announce(columns: Columns, rows: Rows, offset: NDArray[np.int32], ethertype: NDArray[np.uint16]) -> None:
    columns.network_offset[rows] = offset
    columns.ethertype[rows] = ethertype
    length = ethertype <= LARGEST_LENGTH
    if length.any():
        decode_llc(columns, select(rows, length))
    decode_shims(columns, rows)


def _decode_raw(columns: Columns, rows: Rows) -> None:
    rows, offset = columns.fitting(rows, columns.network_offset[rows], 1)
    version = columns.data[offset] >> 4
    columns.ethertype[rows] = np.where(version == 4, ETHERTYPE_IPV4, np.where(version == 6, ETHERTYPE_IPV6, 0))
    columns.mark_malformed(rows, (version != 4) & (version != 6))


def _decode_null(columns: Columns, rows: Rows) -> None:
    rows, offset = columns.fitting(rows, columns.network_offset[rows], FAMILY.itemsize)
    family = headers(columns.data, offset, FAMILY)["family"].astype(np.uint32)
    # In the byte order of the machine that captured; the value itself fits in one byte
    family = np.where(family > 0xFFFF, family.byteswap(), family)
    ethertype = np.where(family == AF_INET, ETHERTYPE_IPV4, np.where(np.isin(family, AF_INET6), ETHERTYPE_IPV6, 0))
    columns.ethertype[rows] = ethertype
    columns.network_offset[rows] = offset + np.int32(FAMILY.itemsize)


def _decode_cooked(columns: Columns, rows: Rows, layout: np.dtype[np.void]) -> None:
    rows, offset = columns.fitting(rows, columns.network_offset[rows], layout.itemsize)
    protocol = headers(columns.data, offset, layout)["type"].astype(np.uint16)
    offset = offset + np.int32(layout.itemsize)
    # Below the EtherTypes lie the kernel's own numbers (CAN, raw 802.3): listed, not read
    ours = (protocol > LARGEST_LENGTH) | (protocol == LINUX_802_2)
    columns.network_offset[rows] = offset
    _announce(columns, select(rows, ours), offset[ours], protocol[ours])


def _decode_ppp_ether(columns: Columns, rows: Rows) -> None:
    columns.ethertype[rows] = ETHERTYPE_PPPOE_SESSION
    decode_shims(columns, rows)


_DECODERS: dict[int, Callable[[Columns, Rows], None]] = {
    link_types.LINKTYPE_ETHERNET: decode_ethernet,
    link_types.LINKTYPE_RAW: _decode_raw,
    link_types.LINKTYPE_IPV4: _decode_raw,
    link_types.LINKTYPE_IPV6: _decode_raw,
    link_types.LINKTYPE_NULL: _decode_null,
    link_types.LINKTYPE_LOOP: _decode_null,
    link_types.LINKTYPE_LINUX_SLL: lambda columns, rows: _decode_cooked(columns, rows, LINUX_SLL),
    link_types.LINKTYPE_LINUX_SLL2: lambda columns, rows: _decode_cooked(columns, rows, LINUX_SLL2),
    link_types.LINKTYPE_PPP: decode_ppp,
    link_types.LINKTYPE_PPP_HDLC: decode_ppp,
    link_types.LINKTYPE_PPP_ETHER: _decode_ppp_ether,
    link_types.LINKTYPE_IEEE802_11: decode_ieee80211,
    link_types.LINKTYPE_IEEE802_11_RADIOTAP: decode_radiotap,
}
