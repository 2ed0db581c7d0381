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

LARGEST_LENGTH = 1500
"""IEEE 802.3 clause 3.2.6: up to here a type field is a length and an LLC header follows."""


def decode_llc(columns: Columns, rows: Rows) -> None:
    """Read LLC headers at `network_offset`; with SNAP (RFC 1042) they announce an EtherType."""
    columns.ethertype[rows] = ETHERTYPE_LLC
    offset = columns.network_offset[rows]
    # Short frames are fine here: an LLC header without SNAP has 3 bytes
    whole = offset + LLC_SNAP.itemsize <= columns.end[rows]
    rows, offset = select(rows, whole), offset[whole]
    header = headers(columns.data, offset, LLC_SNAP)
    snap = (header["dsap_ssap"] == SNAP) & (header["control"] == UNNUMBERED_INFORMATION)
    snap &= (header["oui_high"] == 0) & np.isin(header["oui_low"], (ENCAPSULATED_ETHERNET, BRIDGE_TUNNEL))
    snap &= header["type"] > LARGEST_LENGTH
    if holds_for_any(snap):
        rows = select(rows, snap)
        columns.ethertype[rows] = header["type"][snap]
        columns.network_offset[rows] = offset[snap] + LLC_SNAP.itemsize
