"""MAC addresses of packets that have no network address: Ethernet, Linux cooked captures and IEEE 802.11."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from netwatch.capture.frames import (
    LINKTYPE_ETHERNET,
    LINKTYPE_IEEE802_11,
    LINKTYPE_IEEE802_11_RADIOTAP,
    LINKTYPE_LINUX_SLL,
    LINKTYPE_LINUX_SLL2,
)
from netwatch.decode.batch import MAC_HIGH, PROTOCOL_NONE
from netwatch.decode.link import LINKTYPE_PPI, PPI
from netwatch.decode.window import headers, holds_for_any
from netwatch.decode.wireless import FRAME_CONTROL, FROM_DS, RADIOTAP, TO_DS, TYPE_DATA

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns

    Places: TypeAlias = tuple[NDArray[np.int32], NDArray[np.int32]]
    """Where destination and source address begin, relative to the frame; NOWHERE for none."""

MAC = np.dtype([("high", ">u2"), ("low", ">u4")])
LINUX_SLL = np.dtype([("before", "V4"), ("length", ">u2")])
LINUX_SLL2 = np.dtype([("before", "V11"), ("length", "u1")])
NOWHERE = -1
BEYOND = 1 << 30
"""Longer than any frame."""

TYPE_CONTROL = 1
FIRST, SECOND, THIRD, FOURTH = 4, 10, 16, 24
"""Where the addresses of an 802.11 frame are (IEEE 802.11-2020 clause 9.3.2.1)."""
WITH_TRANSMITTER = (8, 9, 10, 11, 14, 15)
"""Control frames with a second address: block ack request and block ack, PS-Poll, RTS, CF-End (clause 9.3.1)."""


def decode_hardware(columns: Columns) -> None:
    """Fill the address columns of packets without network addresses."""
    bare = columns.protocol == PROTOCOL_NONE
    if not holds_for_any(bare):
        return
    rows = np.flatnonzero(bare & (columns.src_low == 0) & (columns.dst_low == 0))
    link_type = columns.frames.link_type[rows]
    for number, places in _PLACES.items():
        at = rows[link_type == number]
        if len(at):
            destination, source = places(columns, at)
            _fill(columns, at, destination, columns.dst_high, columns.dst_low)
            _fill(columns, at, source, columns.src_high, columns.src_low)


def _fill(
    columns: Columns,
    rows: NDArray[np.intp],
    place: NDArray[np.int32],
    high: NDArray[np.uint64],
    low: NDArray[np.uint64],
) -> None:
    there = (place != NOWHERE) & (place + MAC.itemsize <= columns.frames.captured[rows])
    rows = rows[there]
    address = headers(columns.data, columns.frames.offset[rows] + place[there], MAC)
    high[rows] = MAC_HIGH
    low[rows] = address["high"].astype(np.uint64) << np.uint64(32) | address["low"]


def _in_ethernet(_columns: Columns, rows: NDArray[np.intp]) -> Places:
    return np.zeros(len(rows), np.int32), np.full(len(rows), MAC.itemsize, np.int32)


def _in_cooked(columns: Columns, rows: NDArray[np.intp], layout: np.dtype[np.void], place: int) -> Places:
    """Only the sender's address is in these headers, and its length says whether it is a MAC address."""
    length = headers(columns.data, columns.frames.offset[rows], layout)["length"]
    return np.full(len(rows), NOWHERE, np.int32), np.where(length == MAC.itemsize, place, NOWHERE).astype(np.int32)


def _in_ieee80211(columns: Columns, rows: NDArray[np.intp], skip: NDArray[np.int32] | int = 0) -> Places:
    there = columns.frames.captured[rows] >= skip + np.int32(FRAME_CONTROL.itemsize)
    start = headers(columns.data, np.where(there, columns.frames.offset[rows] + skip, 0), FRAME_CONTROL)
    kind, subtype = start["control"] >> 2 & 3, start["control"] >> 4
    data = kind == TYPE_DATA
    to, of = data & (start["flags"] & TO_DS != 0), data & (start["flags"] & FROM_DS != 0)
    destination = np.where(to, THIRD, FIRST)
    source = np.where(of, np.where(to, FOURTH, THIRD), SECOND)
    silent = (kind == TYPE_CONTROL) & ~np.isin(subtype, WITH_TRANSMITTER)
    destination = np.where(there & (kind <= TYPE_DATA), destination + skip, NOWHERE)
    source = np.where(there & (kind <= TYPE_DATA) & ~silent, source + skip, NOWHERE)
    return destination.astype(np.int32), source.astype(np.int32)


def _in_radiotap(columns: Columns, rows: NDArray[np.intp]) -> Places:
    length = headers(columns.data, columns.frames.offset[rows], RADIOTAP)["length"].astype(np.int32)
    return _in_ieee80211(columns, rows, length)


def _in_ppi(columns: Columns, rows: NDArray[np.intp]) -> Places:
    header = headers(columns.data, columns.frames.offset[rows], PPI)
    wireless = header["link_type"] == LINKTYPE_IEEE802_11
    return _in_ieee80211(columns, rows, np.where(wireless, header["length"], BEYOND).astype(np.int32))


_PLACES: dict[int, Callable[[Columns, NDArray[np.intp]], Places]] = {
    LINKTYPE_ETHERNET: _in_ethernet,
    LINKTYPE_LINUX_SLL: lambda columns, rows: _in_cooked(columns, rows, LINUX_SLL, 6),
    LINKTYPE_LINUX_SLL2: lambda columns, rows: _in_cooked(columns, rows, LINUX_SLL2, 12),
    LINKTYPE_IEEE802_11: _in_ieee80211,
    LINKTYPE_IEEE802_11_RADIOTAP: _in_radiotap,
    LINKTYPE_PPI: _in_ppi,
}
