"""IEEE 802.11 data frames, bare or behind a radiotap or PPI header, as far as the LLC header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.llc import decode_llc
from netwatch.decode.window import headers, select

if TYPE_CHECKING:
    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

CAPTURE_HEADER = np.dtype([("version", "u1"), ("pad", "u1"), ("length", "<u2"), ("link_type", "<u4")])
"""The start that radiotap (radiotap.org) and PPI (CACE PPI 1.0.10 section 3.1) have in common, little-endian;
`link_type` is meant for PPI only."""
FRAME_CONTROL = np.dtype([("control", "u1"), ("flags", "u1")])
# IEEE 802.11-2020 clause 9.2.4.1

TYPE_DATA = 2
TO_DS, FROM_DS, PROTECTED, ORDER = 0x01, 0x02, 0x40, 0x80
NO_DATA, QOS = 0x4, 0x8
BASIC_HEADER, FOURTH_ADDRESS, QOS_CONTROL, HT_CONTROL = 24, 6, 2, 4


def decode_radiotap(columns: Columns, rows: Rows) -> None:
    """Step over radiotap headers, then read the 802.11 frames."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows], 4)
    length = headers(columns.data, offset, CAPTURE_HEADER)["length"].astype(np.int32)
    columns.mark_malformed(rows, length < 8)
    rows, offset = columns.fitting(rows, offset, np.maximum(length, 8))
    columns.network_offset[rows] = offset + headers(columns.data, offset, CAPTURE_HEADER)["length"]
    decode_ieee80211(columns, rows)


def decode_ieee80211(columns: Columns, rows: Rows) -> None:
    """Read 802.11 MAC headers at `network_offset`; only unencrypted data frames lead to an LLC header.

    All other frames keep ETHERTYPE_UNKNOWN and `network_offset` at the MAC header.
    """
    rows, offset = columns.fitting(rows, columns.network_offset[rows], 2)
    start = headers(columns.data, offset, FRAME_CONTROL)
    control, flags = start["control"], start["flags"]
    subtype = control >> 4
    readable = ((control >> 2) & 3 == TYPE_DATA) & (subtype & NO_DATA == 0) & (flags & PROTECTED == 0)
    qos = subtype & QOS != 0
    length = np.full(len(offset), BASIC_HEADER, np.int32)
    length += np.where(flags & (TO_DS | FROM_DS) == TO_DS | FROM_DS, FOURTH_ADDRESS, 0).astype(np.int32)
    length += np.where(qos, QOS_CONTROL, 0).astype(np.int32)
    length += np.where(qos & (flags & ORDER != 0), HT_CONTROL, 0).astype(np.int32)
    if not readable.any():
        return
    rows, offset = columns.fitting(select(rows, readable), offset[readable] + length[readable], 3)
    columns.network_offset[rows] = offset
    decode_llc(columns, rows)
