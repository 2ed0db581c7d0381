"""FDDI and Token Ring: an LLC header follows the addresses, on Token Ring behind a route where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.llc import decode_llc
from netwatch.decode.window import headers, select

if TYPE_CHECKING:
    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

FDDI: Final = np.dtype([("control", "u1"), ("addresses", "V12")])
TOKEN_RING: Final = np.dtype(
    [("access", "u1"), ("control", "u1"), ("destination", "V6"), ("source", "u1"), ("rest", "V5")]
)
ROUTE: Final = np.dtype([("control", "u1")])
# https://www.tcpdump.org/linktypes/LINKTYPE_FDDI.html and ..._IEEE802_5.html
FDDI_LLC, FDDI_KIND = 0x50, 0xF0
"""Frame control of asynchronous LLC frames (ANSI X3.139), and its bits that say so."""
TOKEN_RING_LLC, TOKEN_RING_KIND = 0x40, 0xC0
"""The same of IEEE 802.5."""
ROUTED: Final = 0x80
"""Bit of the source address that announces a route (IEEE 802.5 clause 3.2.4.2)."""
ROUTE_LENGTH: Final = 0x1F
"""Bits of the first byte of a route that hold its length."""


def decode_fddi(columns: Columns, rows: Rows) -> None:
    """Read FDDI headers, then LLC; frames that carry none keep ETHERTYPE_UNKNOWN."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows], FDDI.itemsize)
    found = headers(columns.data, offset, FDDI)["control"] & FDDI_KIND == FDDI_LLC
    rows = select(rows, found)
    columns.network_offset[rows] = offset[found] + np.int32(FDDI.itemsize)
    decode_llc(columns, rows)


def decode_token_ring(columns: Columns, rows: Rows) -> None:
    """Read Token Ring headers, then LLC; frames that carry none keep ETHERTYPE_UNKNOWN."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows], TOKEN_RING.itemsize)
    header = headers(columns.data, offset, TOKEN_RING)
    found = header["control"] & TOKEN_RING_KIND == TOKEN_RING_LLC
    rows, routed = select(rows, found), header["source"][found] & ROUTED != 0
    begin = offset[found] + np.int32(TOKEN_RING.itemsize)
    fits = columns.require(rows, begin, routed.astype(np.int32))
    rows, begin, routed = select(rows, fits), begin[fits], routed[fits]
    route = headers(columns.data, begin, ROUTE)["control"] & ROUTE_LENGTH
    columns.network_offset[rows] = begin + np.where(routed, route, 0).astype(np.int32)
    decode_llc(columns, rows)
