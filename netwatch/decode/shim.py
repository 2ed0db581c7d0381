"""What may stand between the link and the network header: VLAN, backbone and VN tags, PPPoE, NSH and MPLS labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_MPLS,
    ETHERTYPE_MPLS_UPSTREAM,
    ETHERTYPE_PPPOE_SESSION,
    ETHERTYPE_QINQ,
    ETHERTYPE_VLAN,
)
from netwatch.decode.llc import LARGEST_LENGTH, decode_llc
from netwatch.decode.ppp import announce_ppp
from netwatch.decode.window import headers, holds_for_any, is_empty, select

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

TAG = np.dtype([("control", ">u2"), ("type", ">u2")])
LABEL = np.dtype([("label", ">u4"), ("next", "u1")])

MOST_TAGS = 8
"""Tags or labels read of one frame; Wireshark warns above this too, and no network stacks so many."""

ETHERTYPE_OLD_QINQ = 0x9100
"""The tag type that switches used before 802.1ad."""

LONG_TAGS = {0x8926: 6, 0x88E7: 18}
"""Bytes of a VN-Tag (IEEE 802.1BR) and of a backbone service tag with addresses (IEEE 802.1Q clause 9.7)."""

ETHERTYPE_NSH = 0x894F
NSH = np.dtype([("version", "u1"), ("length", "u1"), ("metadata", "u1"), ("next", "u1")])  # RFC 8300 section 2.2
SHORTEST_NSH = 8
"""Its base and its service path header."""
NSH_PAYLOADS = {1: ETHERTYPE_IPV4, 2: ETHERTYPE_IPV6, 5: ETHERTYPE_MPLS}

PPPOE_HEADER = 6
"""RFC 2516 section 4: version and type, code, session identifier, length."""


def decode_shims(columns: Columns, rows: Rows) -> None:
    """Read tags, PPPoE session headers and labels at `network_offset` of `rows` until a network header begins."""
    ethertype = columns.ethertype[rows]
    # One cheap test for the usual frame: all shims have EtherTypes from 0x8100 on, but so has IPv6
    special = (ethertype >= ETHERTYPE_VLAN) & (ethertype != ETHERTYPE_IPV6)
    if not holds_for_any(special):
        return
    rows = select(rows, special)
    _decode_tags(columns, rows)
    _decode_service_headers(columns, rows)
    _decode_pppoe(columns, rows)
    _decode_labels(columns, rows)


def _decode_tags(columns: Columns, rows: Rows) -> None:
    for _ in range(MOST_TAGS):
        _decode_long_tags(columns, rows)
        rows = select(rows, _is_tag(columns.ethertype[rows]))
        rows, offset = columns.fitting(rows, columns.network_offset[rows], TAG.itemsize)
        if is_empty(rows):
            return
        tag = headers(columns.data, offset, TAG)
        identifier = (tag["control"] & 0xFFF).astype(np.int32)
        known = columns.vlan[rows]
        inner = np.where(known < 0x1000, known + ((identifier + 1) << 12), known)
        columns.vlan[rows] = np.where(known < 0, identifier, inner)
        columns.ethertype[rows] = tag["type"]
        columns.network_offset[rows] = offset + TAG.itemsize
        length = tag["type"] <= LARGEST_LENGTH
        if holds_for_any(length):
            decode_llc(columns, select(rows, length))
    columns.mark_malformed(rows, _is_tag(columns.ethertype[rows]))


def _decode_long_tags(columns: Columns, rows: Rows) -> None:
    """Step over tags that hold no VLAN of ours; the EtherType behind them is their last field."""
    ethertype = columns.ethertype[rows]
    for code, size in LONG_TAGS.items():
        found = ethertype == code
        if holds_for_any(found):
            at, offset = columns.fitting(select(rows, found), columns.network_offset[select(rows, found)], size)
            columns.ethertype[at] = headers(columns.data, offset + np.int32(size - TAG.itemsize), TAG)["type"]
            columns.network_offset[at] = offset + np.int32(size)


def _decode_service_headers(columns: Columns, rows: Rows) -> None:
    rows = select(rows, columns.ethertype[rows] == ETHERTYPE_NSH)
    rows, offset = columns.fitting(rows, columns.network_offset[rows], NSH.itemsize)
    if is_empty(rows):
        return
    header = headers(columns.data, offset, NSH)
    length = (header["length"] & 0x3F).astype(np.int32) << 2
    columns.mark_malformed(rows, length < SHORTEST_NSH)
    fits = columns.require(rows, offset, length) & (length >= SHORTEST_NSH)
    for code, ethertype in NSH_PAYLOADS.items():
        found = fits & (header["next"] == code)
        at = select(rows, found)
        columns.ethertype[at] = ethertype
        columns.network_offset[at] = offset[found] + length[found]


def _is_tag(ethertype: NDArray[np.uint16]) -> NDArray[np.bool_]:
    result: NDArray[np.bool_] = (
        (ethertype == ETHERTYPE_VLAN) | (ethertype == ETHERTYPE_QINQ) | (ethertype == ETHERTYPE_OLD_QINQ)
    )
    return result


def _decode_pppoe(columns: Columns, rows: Rows) -> None:
    rows = select(rows, columns.ethertype[rows] == ETHERTYPE_PPPOE_SESSION)
    rows, _ = columns.fitting(rows, columns.network_offset[rows], PPPOE_HEADER)
    announce_ppp(columns, rows, PPPOE_HEADER)


def _decode_labels(columns: Columns, rows: Rows) -> None:
    ethertype = columns.ethertype[rows]
    rows = select(rows, (ethertype == ETHERTYPE_MPLS) | (ethertype == ETHERTYPE_MPLS_UPSTREAM))
    offset = columns.network_offset[rows]
    for _ in range(MOST_TAGS):
        rows, offset = columns.fitting(rows, offset, LABEL.itemsize)
        if is_empty(rows):
            return
        entry = headers(columns.data, offset, LABEL)
        bottom = (entry["label"] & 0x100) != 0  # RFC 3032 section 2.1: the S bit
        version = entry["next"] >> 4  # nothing else tells what the labels carry (RFC 4928 section 1)
        for value, code in ((4, ETHERTYPE_IPV4), (6, ETHERTYPE_IPV6)):
            found = bottom & (version == value)
            if holds_for_any(found):
                at = select(rows, found)
                columns.ethertype[at] = code
                columns.network_offset[at] = offset[found] + 4
        rows, offset = select(rows, ~bottom), offset[~bottom] + np.int32(4)
