"""Where the packet begins that the Linux netfilter log carries (LINKTYPE_NFLOG), in one frame."""

from __future__ import annotations

import struct
from typing import Final

from netwatch.decode.nflog import ATTRIBUTE, FAMILIES, MOST_ATTRIBUTES, NFLOG, PAYLOAD


def nflog_packet(frame: bytes) -> int | None:
    """Return where the IP header begins that the frame logs, None where it has none; see decode_nflog."""
    at: int = NFLOG.itemsize
    if len(frame) < at + ATTRIBUTE.itemsize or frame[0] not in FAMILIES:
        return None
    order = min(_ORDERS, key=lambda order: order.unpack_from(frame, at)[0])
    for _ in range(MOST_ATTRIBUTES):
        if at + ATTRIBUTE.itemsize > len(frame):
            break
        length, kind = order.unpack_from(frame, at)
        if kind == PAYLOAD:
            return at + ATTRIBUTE.itemsize
        if length < ATTRIBUTE.itemsize:
            break
        at += length + 3 & ~3
    return None


_ORDERS: Final = (struct.Struct("<HH"), struct.Struct(">HH"))
"""Of the machine that captured: in its order the first length is short."""
