"""GRE headers (RFC 2784, 2890, 1701 and, for PPTP, 2637), also with ERSPAN or EoIP behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import ETHERTYPE_UNKNOWN
from netwatch.decode.window import headers, holds_for_any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns

GRE = np.dtype([("flags", "u1"), ("version", "u1"), ("type", ">u2")])
CHECKSUM, ROUTING, KEY, SEQUENCE = 0x80, 0x40, 0x20, 0x10
VERSION, VERSION_1, ACKNOWLEDGMENT = 0x07, 0x01, 0x80
"""In the second byte; the flag is one of version 1 (RFC 2637 section 4.1)."""
FIELD = 4
"""Bytes of each optional field; checksum and offset are there when either CHECKSUM or ROUTING is set."""

ROUTE = np.dtype([("family", ">u2"), ("offset", "u1"), ("length", "u1")])
"""A source route entry (RFC 1701); one of length 0 is the last."""
MOST_ROUTES = 4

TYPE_BRIDGING = 0x6558
"""Transparent Ethernet bridging (RFC 1701): the payload is an Ethernet frame."""
TYPE_PPP = 0x880B
TYPE_EOIP = 0x6400
"""MikroTik's Ethernet over IP, in version 1: a length and a tunnel number take the place of the key."""
TYPE_ERSPAN_2, TYPE_ERSPAN_3 = 0x88BE, 0x22EB
"""draft-foschiano-erspan; type I has the number of type II, but no sequence number and no header of its own."""
ERSPAN_2_HEADER, ERSPAN_3_HEADER, ERSPAN_3_SUBHEADER = 8, 12, 8
ERSPAN_3 = np.dtype([("before", "V11"), ("last", "u1")])
HAS_SUBHEADER = 0x01


def read_gre(
    columns: Columns, rows: NDArray[np.intp], offset: NDArray[np.int32]
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Return the EtherType of what each GRE packet of `rows` carries, whose header is at `offset`, and its place.

    An Ethernet frame is TYPE_BRIDGING whichever way it is announced, ETHERTYPE_UNKNOWN nothing that we can find.
    """
    whole = columns.require(rows, offset, GRE.itemsize)
    header = headers(columns.data, np.where(whole, offset, 0), GRE)
    flags, version = np.where(whole, header["flags"], 0), np.where(whole, header["version"], 0)
    carried = np.where(whole, header["type"], ETHERTYPE_UNKNOWN).astype(np.uint16)
    begin = offset + np.int32(GRE.itemsize)
    begin += FIELD * (flags & (CHECKSUM | ROUTING) != 0)
    begin += FIELD * (flags & KEY != 0)
    begin += FIELD * (flags & SEQUENCE != 0)
    begin += FIELD * (version == (VERSION_1 | ACKNOWLEDGMENT))
    begin, lost = _after_routes(columns, rows, begin, (version & VERSION == 0) & (flags & ROUTING != 0))
    begin, carried = _after_erspan(columns, rows, begin, carried, flags & SEQUENCE != 0)
    carried[(carried == TYPE_EOIP) & (version == VERSION_1)] = TYPE_BRIDGING
    acknowledges = (carried == TYPE_PPP) & (flags & SEQUENCE == 0)  # and carries nothing
    carried[(version & VERSION > VERSION_1) | acknowledges | lost] = ETHERTYPE_UNKNOWN
    return carried, begin


def _after_routes(
    columns: Columns, rows: NDArray[np.intp], begin: NDArray[np.int32], routed: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Step over source route entries where `routed` holds; return also where more are left than we step over."""
    for _ in range(MOST_ROUTES):
        if not holds_for_any(routed):
            break
        there = routed & (begin + ROUTE.itemsize <= columns.end[rows])
        entry = headers(columns.data, np.where(there, begin, 0), ROUTE)
        begin = begin + np.where(there, ROUTE.itemsize + entry["length"].astype(np.int32), 0).astype(np.int32)
        routed = there & (entry["length"] != 0)
    return begin, routed


def _after_erspan(
    columns: Columns,
    rows: NDArray[np.intp],
    begin: NDArray[np.int32],
    carried: NDArray[np.uint16],
    numbered: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.uint16]]:
    """Step over ERSPAN headers, behind which there is an Ethernet frame."""
    second, third = carried == TYPE_ERSPAN_2, carried == TYPE_ERSPAN_3
    begin = begin + ERSPAN_2_HEADER * (second & numbered)
    if holds_for_any(third):
        third &= columns.require(rows, begin, ERSPAN_3.itemsize * third)
        last = headers(columns.data, np.where(third, begin, 0), ERSPAN_3)["last"]
        begin = begin + ERSPAN_3_HEADER * third + ERSPAN_3_SUBHEADER * (third & (last & HAS_SUBHEADER != 0))
    return begin.astype(np.int32), np.where(second | third, np.uint16(TYPE_BRIDGING), carried)
