"""IEEE 802.2 LLC headers: SNAP leads to an EtherType, everything else stays ETHERTYPE_LLC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import ETHERTYPE_LLC
from netwatch.decode.window import headers, holds_for_any, select

if TYPE_CHECKING:
    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

LLC_SNAP = np.dtype([("dsap_ssap", ">u2"), ("control", "u1"), ("oui_high", "u1"), ("oui_low", ">u2"), ("type", ">u2")])

SNAP, UNNUMBERED_INFORMATION = 0xAAAA, 0x03
ENCAPSULATED_ETHERNET, BRIDGE_TUNNEL = 0x0000, 0x00F8
"""Low halves of the organisations whose protocol identifiers are EtherTypes: RFC 1042, IEEE 802.1H."""

SHORTEST = 3
"""Service access points and control field; supervisory and information frames have 4 bytes."""

LARGEST_LENGTH = 1500
"""IEEE 802.3 clause 3.2.6: up to here a type field is a length and an LLC header follows."""


def decode_llc(columns: Columns, rows: Rows) -> None:
    """Read LLC headers at `network_offset`; with SNAP (RFC 1042) they announce an EtherType."""
    columns.ethertype[rows] = ETHERTYPE_LLC
    rows, offset = columns.fitting(rows, columns.network_offset[rows], SHORTEST)
    header = headers(columns.data, offset, LLC_SNAP)
    snap = (header["dsap_ssap"] == SNAP) & (header["control"] == UNNUMBERED_INFORMATION)
    if not holds_for_any(snap):
        return
    rows, offset = columns.fitting(select(rows, snap), offset[snap], LLC_SNAP.itemsize)
    header = headers(columns.data, offset, LLC_SNAP)
    known = (header["oui_high"] == 0) & np.isin(header["oui_low"], (ENCAPSULATED_ETHERNET, BRIDGE_TUNNEL))
    known &= header["type"] > LARGEST_LENGTH
    rows = select(rows, known)
    columns.ethertype[rows] = header["type"][known]
    columns.network_offset[rows] = offset[known] + LLC_SNAP.itemsize
