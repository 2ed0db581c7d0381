"""MAC addresses of packets that have no network address: Ethernet and Linux cooked captures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from netwatch.capture.frames import LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2
from netwatch.decode.batch import MAC_HIGH, PROTOCOL_NONE
from netwatch.decode.window import headers, holds_for_any

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns

    Places: TypeAlias = tuple[NDArray[np.int32], NDArray[np.int32]]
    """Where destination and source address begin, relative to the frame; NOWHERE for none."""

MAC = np.dtype([("high", ">u2"), ("low", ">u4")])
LINUX_SLL = np.dtype([("before", "V4"), ("length", ">u2")])
LINUX_SLL2 = np.dtype([("before", "V11"), ("length", "u1")])
LINUX_SLL_ADDRESS, LINUX_SLL2_ADDRESS = 6, 12
NOWHERE = -1


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


_PLACES: dict[int, Callable[[Columns, NDArray[np.intp]], Places]] = {
    LINKTYPE_ETHERNET: _in_ethernet,
    LINKTYPE_LINUX_SLL: partial(_in_cooked, layout=LINUX_SLL, place=LINUX_SLL_ADDRESS),
    LINKTYPE_LINUX_SLL2: partial(_in_cooked, layout=LINUX_SLL2, place=LINUX_SLL2_ADDRESS),
}
