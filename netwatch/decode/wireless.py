"""IEEE 802.11 data frames, bare or behind a radiotap header, as far as the LLC header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.llc import decode_llc
from netwatch.decode.window import headers, holds_for_any, is_empty, select

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

RADIOTAP = np.dtype([("version", "u1"), ("pad", "u1"), ("length", "<u2"), ("present", "<u4")])
MASK = np.dtype([("present", "<u4")])
# radiotap.org: a header, further masks of present fields as long as MORE is set, then the fields

PRESENT_TIME_STAMP, PRESENT_FLAGS, PRESENT_MORE = 1 << 0, 1 << 1, 1 << 31
TIME_STAMP_LENGTH = 8
FLAG_CHECKSUM, FLAG_PADDED = 0x10, 0x20
CHECKSUM_LENGTH = 4
MOST_MASKS = 8
"""One for each antenna or vendor; drivers write at most five."""

FRAME_CONTROL = np.dtype([("control", "u1"), ("flags", "u1")])
# IEEE 802.11-2020 clause 9.2.4.1

TYPE_DATA = 2
TO_DS, FROM_DS, PROTECTED, ORDER = 0x01, 0x02, 0x40, 0x80
NO_DATA, QOS = 0x4, 0x8
BASIC_HEADER, FOURTH_ADDRESS, QOS_CONTROL, HT_CONTROL = 24, 6, 2, 4
AGGREGATED = 0x80
"""In the first byte of the QoS control field (clause 9.2.4.5): the body is a row of A-MSDU subframes."""
SUBFRAME_HEADER = 14


def decode_radiotap(columns: Columns, rows: Rows) -> None:
    """Step over radiotap headers, then read the 802.11 frames without their checksum."""
    rows, offset = columns.fitting(rows, columns.network_offset[rows], RADIOTAP.itemsize)
    length = headers(columns.data, offset, RADIOTAP)["length"].astype(np.int32)
    columns.mark_malformed(rows, length < RADIOTAP.itemsize)
    rows, begin = columns.fitting(rows, offset + np.maximum(length, RADIOTAP.itemsize), 0)
    length = begin - columns.network_offset[rows]
    flags = _radiotap_flags(columns, begin - length, length)
    columns.network_offset[rows] = begin
    checksum = np.where(flags & FLAG_CHECKSUM, CHECKSUM_LENGTH, 0).astype(np.int32)
    columns.wire_end[rows] = np.maximum(columns.wire_end[rows] - checksum, begin)
    columns.end[rows] = np.minimum(columns.end[rows], columns.wire_end[rows])
    padded = np.zeros(len(columns.frames), np.bool_)
    padded[rows] = flags & FLAG_PADDED != 0
    decode_ieee80211(columns, rows, padded)


def _radiotap_flags(columns: Columns, offset: NDArray[np.int32], length: NDArray[np.int32]) -> NDArray[np.uint8]:
    """Return the flags field of each radiotap header, 0 where there is none.

    It follows the masks, behind the time stamp if there is one, which is aligned to 8 bytes.
    """
    first = mask = headers(columns.data, offset, RADIOTAP)["present"]
    position = np.full(len(offset), RADIOTAP.itemsize, np.int32)
    for _ in range(MOST_MASKS):
        more = mask & PRESENT_MORE != 0
        if not holds_for_any(more):
            break
        inside = more & (position + MASK.itemsize <= length)
        mask = np.where(inside, headers(columns.data, offset + position, MASK)["present"], 0)
        position += np.where(more, MASK.itemsize, 0).astype(np.int32)
    stamped = (position + 7 & ~7) + TIME_STAMP_LENGTH
    position = np.where(first & PRESENT_TIME_STAMP, stamped, position)
    found = (first & PRESENT_FLAGS != 0) & (position < length) & (mask & PRESENT_MORE == 0)
    return np.where(found, columns.data[offset + np.where(found, position, 0)], 0).astype(np.uint8)


def decode_ieee80211(
    columns: Columns, rows: Rows, padded: NDArray[np.bool_] | None = None, *, swappable: bool = False
) -> None:
    """Read 802.11 MAC headers at `network_offset`; only unencrypted data frames lead to an LLC header.

    All other frames keep ETHERTYPE_UNKNOWN and `network_offset` at the MAC header. Where `padded` (one value a packet
    of the batch) holds, the body is aligned to 4 bytes. Of an aggregate (A-MSDU) the first part is read. Some access
    points swap the bytes of the frame control field in their tunnels; where `swappable`, data frames are known so too.
    """
    rows, offset = columns.fitting(rows, columns.network_offset[rows], FRAME_CONTROL.itemsize)
    start = headers(columns.data, offset, FRAME_CONTROL)
    control, flags = start["control"], start["flags"]
    if swappable:
        swapped = (control >> 2 & 3 != TYPE_DATA) & (flags & 0x0F == TYPE_DATA << 2)
        control, flags = np.where(swapped, flags, control), np.where(swapped, control, flags)
    readable = ((control >> 2) & 3 == TYPE_DATA) & ((control >> 4) & NO_DATA == 0) & (flags & PROTECTED == 0)
    rows, offset = select(rows, readable), offset[readable]
    if is_empty(rows):
        return
    qos = control[readable] >> 4 & QOS != 0
    flags = flags[readable]
    addresses = offset + BASIC_HEADER + _bytes(flags & (TO_DS | FROM_DS) == TO_DS | FROM_DS, FOURTH_ADDRESS)
    begin = addresses + _bytes(qos, QOS_CONTROL) + _bytes(qos & (flags & ORDER != 0), HT_CONTROL)
    if padded is not None:
        begin += _bytes(padded[rows], 1) * (offset - begin & 3)
    aggregated = qos & (begin <= columns.end[rows])
    aggregated &= columns.data[np.where(aggregated, addresses, 0)] & AGGREGATED != 0
    begin += _bytes(aggregated, SUBFRAME_HEADER)
    rows, begin = columns.fitting(rows, begin, 0)
    columns.network_offset[rows] = begin
    decode_llc(columns, rows)


def _bytes(present: NDArray[np.bool_], length: int) -> NDArray[np.int32]:
    """Return `length` where a field is present, 0 elsewhere."""
    return np.where(present, np.int32(length), np.int32(0))
