"""PPP framing: address and control fields that may be left out, protocol fields of one or two bytes, Cisco HDLC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_MPLS
from netwatch.decode.window import headers, select

if TYPE_CHECKING:
    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

START = np.dtype([("first", "u1"), ("second", "u1"), ("type", ">u2")])

ETHERTYPES = {0x0021: ETHERTYPE_IPV4, 0x0057: ETHERTYPE_IPV6, 0x0281: ETHERTYPE_MPLS}
"""PPP protocol numbers (RFC 1332, 5072, 3032) that an EtherType exists for."""


def decode_ppp(columns: Columns, rows: Rows) -> None:
    """Read PPP or Cisco HDLC frames; others than IP and MPLS keep ETHERTYPE_UNKNOWN at the protocol field."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows], 2)
    start = headers(columns.data, offset, START)
    address, control = start["first"], start["second"]
    cisco = ((address == 0x0F) | (address == 0x8F)) & (control == 0)  # RFC 1547 section 4.3.1
    framed = (address == 0xFF) & (control == 0x03)  # RFC 1662 section 3.1
    offset = offset + np.where(framed, 2, 0).astype(np.int32)
    columns.network_offset[rows] = offset
    announce_ppp(columns, select(rows, ~cisco))
    if cisco.any():
        rows, offset = columns.fitting(select(rows, cisco), offset[cisco], 4)
        columns.ethertype[rows] = headers(columns.data, offset, START)["type"]
        columns.network_offset[rows] = offset + 4


def announce_ppp(columns: Columns, rows: Rows, skip: int = 0) -> None:
    """Read the protocol field `skip` bytes after `network_offset`; known ones set `ethertype` and move past it."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows] + np.int32(skip), 2)
    start = headers(columns.data, offset, START)
    short = (start["first"] & 1).astype(bool)  # RFC 1661 section 6.5: an odd first byte is the whole field
    protocol = np.where(short, start["first"], start["first"] * np.uint16(256) + start["second"])
    for number, ethertype in ETHERTYPES.items():
        found = protocol == number
        if found.any():
            at = select(rows, found)
            columns.ethertype[at] = ethertype
            columns.network_offset[at] = (offset + np.where(short, 1, 2).astype(np.int32))[found]
