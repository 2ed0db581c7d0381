"""To whom the link layer delivers a frame: one station, a group of them, or all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frames import (
    LINKTYPE_ETHERNET,
    LINKTYPE_IEEE802_11,
    LINKTYPE_IEEE802_11_RADIOTAP,
    LINKTYPE_LINUX_SLL,
    LINKTYPE_LINUX_SLL2,
)
from netwatch.decode.window import EVERY, headers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from netwatch.capture.frames import Frames
    from netwatch.decode.window import Rows

UNKNOWN, UNICAST, MULTICAST, BROADCAST = range(4)

_MAC: Final = np.dtype([("high", ">u2"), ("low", ">u4")])
_GROUP_BIT: Final = 1
"""Lowest bit of the first byte (IEEE 802 clause 8.4)."""
_RECEIVER: Final = 4
"""Where the receiver's address stands in a frame of 802.11; control frames begin with one too."""
_RADIOTAP: Final = np.dtype([("version", "u1"), ("pad", "u1"), ("length", "<u2")])
_PACKET_TYPES: Final = np.array([UNICAST, BROADCAST, MULTICAST, UNICAST, UNKNOWN], np.uint8)
"""By PACKET_HOST, _BROADCAST, _MULTICAST, _OTHERHOST and _OUTGOING of the Linux kernel (linux/if_packet.h)."""
_SLL_TYPE_END, _SLL2_TYPE_END = 2, 11


def link_types_of(frames: Frames) -> dict[int, Rows]:
    """Return which frames of a block that is not empty are of each link type; first come, first listed."""
    column = frames.link_type
    first = int(column[0])
    if np.count_nonzero(column == first) == len(frames):
        return {first: EVERY}
    present, at = np.unique(column, return_index=True)
    return {number: np.flatnonzero(column == number) for number in present[np.argsort(at)].tolist()}


def delivery_of(frames: Frames, link_types: Mapping[int, Rows]) -> NDArray[np.uint8]:
    """Return UNICAST, MULTICAST or BROADCAST for each frame, UNKNOWN where its link type does not say it.

    `link_types` is that of `link_types_of`.
    """
    result = np.zeros(len(frames), np.uint8)
    for number, rows in link_types.items():
        reader = _READERS.get(number)
        if reader is not None:
            result[rows] = reader(frames.data, frames.offset[rows], frames.captured[rows])
    return result


def _by_address(
    data: NDArray[np.uint8], offset: NDArray[np.int32], captured: NDArray[np.int32], place: int = 0
) -> NDArray[np.uint8]:
    """Frames of which less than the address was captured are unknown; PADDING lets us read behind them."""
    begin = offset if place == 0 else offset + np.int32(place)
    group = data.take(begin) & np.uint8(_GROUP_BIT)
    result: NDArray[np.uint8] = group + np.uint8(UNICAST)
    if np.count_nonzero(group):
        groups = np.flatnonzero(group)
        address = headers(data, begin[groups], _MAC)
        result[groups[(address["high"] == 0xFFFF) & (address["low"] == 0xFFFFFFFF)]] = BROADCAST
    short = captured < place + _MAC.itemsize
    if np.count_nonzero(short):
        result[short] = UNKNOWN
    return result


def _behind_radiotap(
    data: NDArray[np.uint8], offset: NDArray[np.int32], captured: NDArray[np.int32]
) -> NDArray[np.uint8]:
    length = headers(data, offset, _RADIOTAP)["length"].astype(np.int32)
    length = np.where(captured >= _RADIOTAP.itemsize, np.minimum(length, captured), captured).astype(np.int32)
    return _by_address(data, offset + length, captured - length, _RECEIVER)


def _by_packet_type(
    data: NDArray[np.uint8], offset: NDArray[np.int32], captured: NDArray[np.int32], end: int
) -> NDArray[np.uint8]:
    kind = data.take(offset + np.int32(end - 1))
    known = (kind < len(_PACKET_TYPES)) & (captured >= end)
    return np.where(known, _PACKET_TYPES.take(kind, mode="clip"), np.uint8(UNKNOWN))


_READERS: Final[dict[int, Callable[[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]], NDArray[np.uint8]]]] = {
    LINKTYPE_ETHERNET: _by_address,
    LINKTYPE_IEEE802_11: partial(_by_address, place=_RECEIVER),
    LINKTYPE_IEEE802_11_RADIOTAP: _behind_radiotap,
    LINKTYPE_LINUX_SLL: partial(_by_packet_type, end=_SLL_TYPE_END),
    LINKTYPE_LINUX_SLL2: partial(_by_packet_type, end=_SLL2_TYPE_END),
}
