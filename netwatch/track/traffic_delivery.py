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
from netwatch.decode.window import headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.capture.frames import Frames

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


def delivery_of(frames: Frames) -> NDArray[np.uint8]:
    """Return UNICAST, MULTICAST or BROADCAST for each frame, UNKNOWN where its link type does not say it."""
    link_type = frames.link_type
    first = int(link_type[0])
    if np.count_nonzero(link_type == first) == len(frames):
        return _delivery(frames, first, np.arange(len(frames)) if first != LINKTYPE_ETHERNET else None)
    result = np.zeros(len(frames), np.uint8)
    for number in _READERS:
        rows = np.flatnonzero(link_type == number)
        if len(rows):
            result[rows] = _delivery(frames, number, rows)
    return result


def _delivery(frames: Frames, link_type: int, rows: NDArray[np.intp] | None) -> NDArray[np.uint8]:
    """Do so for `rows`, None for all, which are of one `link_type`."""
    offset = frames.offset if rows is None else frames.offset[rows]
    captured = frames.captured if rows is None else frames.captured[rows]
    reader = _READERS.get(link_type)
    return np.zeros(len(offset), np.uint8) if reader is None else reader(frames.data, offset, captured)


def _by_address(
    data: NDArray[np.uint8], offset: NDArray[np.int32], captured: NDArray[np.int32], place: int = 0
) -> NDArray[np.uint8]:
    """Frames of which less than the address was captured are unknown; PADDING lets us read behind them."""
    begin = offset if place == 0 else offset + np.int32(place)
    group = data.take(begin) & np.uint8(_GROUP_BIT)
    result: NDArray[np.uint8] = group + np.uint8(UNICAST)
    groups = np.flatnonzero(group)
    if len(groups):
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
