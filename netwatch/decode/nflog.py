"""Linux netfilter log: a header and attributes, one of which is the packet that a firewall rule logged (NFLOG)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_UNKNOWN
from netwatch.decode.window import headers, holds_for_any, select

if TYPE_CHECKING:
    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

# https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html
NFLOG: Final = np.dtype([("family", "u1"), ("version", "u1"), ("resource", ">u2")])
ATTRIBUTE: Final = np.dtype([("length", "<u2"), ("type", "<u2")])
PAYLOAD: Final = 9
"""NFULA_PAYLOAD, the attribute that holds the packet from its network header on."""
MOST_ATTRIBUTES: Final = 32
"""Linux knows 19 kinds."""
FAMILIES: Final = {2: ETHERTYPE_IPV4, 10: ETHERTYPE_IPV6}
"""AF_INET and AF_INET6 of Linux."""


def decode_nflog(columns: Columns, rows: Rows) -> None:
    """Step over attributes to the packet; one that is not there or of another family leaves EtherType unknown."""
    need = NFLOG.itemsize + ATTRIBUTE.itemsize
    rows, begin = columns.fitting(rows, columns.network_offset[rows], need)
    at, end = begin + np.int32(NFLOG.itemsize), columns.end[rows]
    first = headers(columns.data, at, ATTRIBUTE)["length"]
    # In the byte order of the machine that captured, and the first one is short
    swapped = first.byteswap() < first
    looking, found = np.ones(len(at), np.bool_), np.zeros(len(at), np.bool_)
    for _ in range(MOST_ATTRIBUTES):
        looking &= at + np.int32(ATTRIBUTE.itemsize) <= end
        if not holds_for_any(looking):
            break
        attribute = headers(columns.data, np.where(looking, at, 0), ATTRIBUTE)
        length, kind = (
            np.where(swapped, attribute[name].byteswap(), attribute[name]).astype(np.int32)
            for name in ("length", "type")
        )
        found |= looking & (kind == PAYLOAD)
        columns.mark_malformed(rows, looking & ~found & (length < ATTRIBUTE.itemsize))
        looking &= ~found & (length >= ATTRIBUTE.itemsize)
        at = np.where(looking, at + (length + 3 & ~3), at).astype(np.int32)
    columns.mark_malformed(rows, looking)
    columns.require(rows, at, ATTRIBUTE.itemsize)
    ethertype = np.full(len(at), ETHERTYPE_UNKNOWN, np.uint16)
    family = headers(columns.data, begin, NFLOG)["family"]
    for number, known in FAMILIES.items():
        ethertype[family == number] = known
    found &= ethertype != ETHERTYPE_UNKNOWN
    columns.network_offset[select(rows, found)] = at[found] + np.int32(ATTRIBUTE.itemsize)
    columns.ethertype[select(rows, found)] = ethertype[found]
