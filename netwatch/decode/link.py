"""The link layer: where the network header begins and which EtherType announces it, for every link type we decode."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture import frames as link_types
from netwatch.decode.batch import ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_PPPOE_SESSION, ETHERTYPE_UNKNOWN
from netwatch.decode.llc import LARGEST_LENGTH, decode_llc
from netwatch.decode.nflog import decode_nflog
from netwatch.decode.ppp import decode_ppp
from netwatch.decode.ring_lans import decode_fddi, decode_token_ring
from netwatch.decode.shim import decode_shims
from netwatch.decode.window import EVERY, headers, holds_for_all, holds_for_any, select
from netwatch.decode.wireless import decode_ieee80211, decode_radiotap

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

ETHERNET = np.dtype([("dst", "V6"), ("src", "V6"), ("type", ">u2")])
LINUX_SLL = np.dtype([("before", "V14"), ("type", ">u2")])
LINUX_SLL2 = np.dtype([("type", ">u2"), ("after", "V18")])
IPOIB = np.dtype([("before", "V40"), ("type", ">u2"), ("after", "V2")])
# https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html, ..._SLL2.html and ..._IPOIB.html
FAMILY = np.dtype([("family", ">u4")])
PPI = np.dtype([("version", "u1"), ("flags", "u1"), ("length", "<u2"), ("link_type", "<u4")])
# CACE Per-Packet Information 1.0.10 section 3.1

LINKTYPE_PPI = 192

LINUX_802_2 = 4
"""ETH_P_802_2 of the Linux kernel: a cooked frame with an LLC header."""

AF_INET = 2
AF_INET6 = (10, 24, 28, 30)
"""Linux, NetBSD and OpenBSD, FreeBSD, Darwin."""
HDLC_STARTS = (0xFF03, 0x0F00, 0x8F00)
"""No address family, but how PPP (RFC 1662) and Cisco HDLC frames begin; some tunnel devices announce them as NULL."""


def decode_link(columns: Columns) -> None:
    """Fill `network_offset`, `ethertype` and `vlan` of every packet; unknown link types keep ETHERTYPE_UNKNOWN."""
    tags = columns.frames.stripped_tag
    if np.count_nonzero(tags):
        # IEEE 802.1Q clause 9.6: the identifier is the low 12 bits of the tag control information
        columns.vlan[:] = np.where(tags != 0, (tags & 0xFFF).astype(np.int32), -1)
    _decode_by_type(columns, EVERY, columns.frames.link_type)


def decode_ethernet(columns: Columns, rows: Rows) -> None:
    """Read Ethernet headers that begin at `network_offset`, then LLC, tags and shims."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows], ETHERNET.itemsize)
    ethertype = headers(columns.data, offset, ETHERNET)["type"].astype(np.uint16)
    _announce(columns, rows, offset + np.int32(ETHERNET.itemsize), ethertype)


def _decode_by_type(columns: Columns, rows: Rows, link_type: NDArray[np.uint16]) -> None:
    present = link_type[:1].tolist() if holds_for_all(link_type == link_type[:1]) else np.unique(link_type).tolist()
    for number in present:
        decoder = _DECODERS.get(number)
        if decoder is not None:
            decoder(columns, select(rows, link_type == number))


def _announce(columns: Columns, rows: Rows, offset: NDArray[np.int32], ethertype: NDArray[np.uint16]) -> None:
    columns.network_offset[rows] = offset
    columns.ethertype[rows] = ethertype
    if holds_for_all(ethertype == ETHERTYPE_IPV4):
        return
    length = ethertype <= LARGEST_LENGTH
    if holds_for_any(length):
        decode_llc(columns, select(rows, length))
    decode_shims(columns, rows)


def _decode_ip(columns: Columns, rows: Rows) -> None:
    rows, offset = columns.fitting(rows, columns.network_offset[rows], 1)
    version = columns.data[offset] >> 4
    columns.ethertype[rows] = np.where(version == 4, ETHERTYPE_IPV4, np.where(version == 6, ETHERTYPE_IPV6, 0))
    columns.mark_malformed(rows, (version != 4) & (version != 6))


def _decode_as(columns: Columns, rows: Rows, ethertype: int) -> None:
    columns.ethertype[rows] = ethertype
    decode_shims(columns, rows)


def _decode_null(columns: Columns, rows: Rows) -> None:
    rows, offset = columns.fitting(rows, columns.network_offset[rows], FAMILY.itemsize)
    family = headers(columns.data, offset, FAMILY)["family"].astype(np.uint32)
    framed = np.isin(family >> 16, HDLC_STARTS)
    if holds_for_any(framed):
        _decode_with_shims(columns, select(rows, framed), decode_ppp)
        rows, offset, family = select(rows, ~framed), offset[~framed], family[~framed]
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


def _decode_with_shims(columns: Columns, rows: Rows, read: Callable[[Columns, Rows], None]) -> None:
    read(columns, rows)
    decode_shims(columns, rows)


def _decode_ppi(columns: Columns, rows: Rows) -> None:
    """Read what the header says that it precedes; frames that lead to no EtherType stay at their PPI header."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows], PPI.itemsize)
    header = headers(columns.data, offset, PPI)
    length = np.maximum(header["length"].astype(np.int32), np.int32(PPI.itemsize))
    fits = columns.require(rows, offset, length) & (header["link_type"] != LINKTYPE_PPI)
    rows, begin, length, link_type = select(rows, fits), offset[fits], length[fits], header["link_type"][fits]
    columns.network_offset[rows] = begin + length
    _decode_by_type(columns, rows, link_type)
    unknown = columns.ethertype[rows] == ETHERTYPE_UNKNOWN
    columns.network_offset[select(rows, unknown)] = begin[unknown]


_DECODERS: dict[int, Callable[[Columns, Rows], None]] = {
    link_types.LINKTYPE_ETHERNET: decode_ethernet,
    link_types.LINKTYPE_RAW: _decode_ip,
    link_types.LINKTYPE_IPV4: _decode_ip,
    link_types.LINKTYPE_IPV6: partial(_decode_as, ethertype=ETHERTYPE_IPV6),
    link_types.LINKTYPE_NULL: _decode_null,
    link_types.LINKTYPE_LOOP: _decode_null,
    link_types.LINKTYPE_LINUX_SLL: partial(_decode_cooked, layout=LINUX_SLL),
    link_types.LINKTYPE_LINUX_SLL2: partial(_decode_cooked, layout=LINUX_SLL2),
    link_types.LINKTYPE_PPP: partial(_decode_with_shims, read=decode_ppp),
    link_types.LINKTYPE_PPP_HDLC: partial(_decode_with_shims, read=decode_ppp),
    link_types.LINKTYPE_C_HDLC: partial(_decode_with_shims, read=decode_ppp),
    link_types.LINKTYPE_PPP_ETHER: partial(_decode_as, ethertype=ETHERTYPE_PPPOE_SESSION),
    link_types.LINKTYPE_IEEE802_11: decode_ieee80211,
    link_types.LINKTYPE_IEEE802_11_RADIOTAP: decode_radiotap,
    link_types.LINKTYPE_NFLOG: decode_nflog,
    link_types.LINKTYPE_FDDI: partial(_decode_with_shims, read=decode_fddi),
    link_types.LINKTYPE_IEEE802_5: partial(_decode_with_shims, read=decode_token_ring),
    link_types.LINKTYPE_ATM_RFC1483: partial(_decode_with_shims, read=decode_llc),
    link_types.LINKTYPE_IPOIB: partial(_decode_cooked, layout=IPOIB),
    LINKTYPE_PPI: _decode_ppi,
}
