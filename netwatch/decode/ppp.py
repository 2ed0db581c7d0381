"""PPP framing: address and control fields that may be left out, protocol fields of one or two bytes, Cisco HDLC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_MPLS, ETHERTYPE_MPLS_UPSTREAM
from netwatch.decode.window import headers, holds_for_any, select

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

START = np.dtype([("first", "u1"), ("second", "u1"), ("type", ">u2")])

ETHERTYPES = {
    0x0021: ETHERTYPE_IPV4,
    0x0057: ETHERTYPE_IPV6,
    0x0281: ETHERTYPE_MPLS,
    0x0283: ETHERTYPE_MPLS_UPSTREAM,
}
"""PPP protocol numbers (RFC 1332, 5072, 3032) that an EtherType exists for."""

CISCO_HEADER = 4
CISCO_UNICAST, CISCO_MULTICAST = 0x0F, 0x8F
"""RFC 1547 section 4.3.1."""


def decode_ppp(columns: Columns, rows: Rows) -> None:
    """Read PPP or Cisco HDLC frames; others than IP and MPLS keep ETHERTYPE_UNKNOWN at the protocol field."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows], 2)
    start = headers(columns.data, offset, START)
    address, control = start["first"], start["second"]
    cisco = ((address == CISCO_UNICAST) | (address == CISCO_MULTICAST)) & (control == 0)
    framed = (address == 0xFF) & (control == 0x03)  # RFC 1662 section 3.1
    columns.network_offset[rows] = offset + np.where(framed, 2, 0).astype(np.int32)
    announce_ppp(columns, select(rows, ~cisco))
    if holds_for_any(cisco):
        decode_cisco(columns, select(rows, cisco))


def decode_cisco(columns: Columns, rows: Rows) -> None:
    """Read Cisco HDLC headers; others than IP and MPLS keep ETHERTYPE_UNKNOWN: their types are Cisco's own."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows], CISCO_HEADER)
    ethertype = headers(columns.data, offset, START)["type"].astype(np.uint16)
    known = np.isin(ethertype, list(ETHERTYPES.values()))
    rows = select(rows, known)
    columns.ethertype[rows] = ethertype[known]
    columns.network_offset[rows] = offset[known] + np.int32(CISCO_HEADER)


def announce_ppp(columns: Columns, rows: Rows, skip: int = 0) -> None:
    """Read the protocol field `skip` bytes after `network_offset`; known ones set `ethertype` and move past it."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows] + np.int32(skip), 2)
    start = headers(columns.data, offset, START)
    short = (start["first"] & 1).astype(bool)  # RFC 1661 section 6.5: an odd first byte is the whole field
    protocol = np.where(short, start["first"], start["first"] * np.uint16(256) + start["second"])
    for number, ethertype in ETHERTYPES.items():
        _announce(columns, rows, protocol == number, ethertype, offset + np.where(short, 1, 2).astype(np.int32))


def _announce(
    columns: Columns, rows: Rows, found: NDArray[np.bool_], ethertype: int, offset: NDArray[np.int32]
) -> None:
    if holds_for_any(found):
        at = select(rows, found)
        columns.ethertype[at] = ethertype
        columns.network_offset[at] = offset[found]
