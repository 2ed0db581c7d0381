"""The MAC addresses that packets came from and went to, and what they tell of the addresses beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frames import LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2
from netwatch.decode.hardware import (
    LINUX_SLL,
    LINUX_SLL2,
    LINUX_SLL2_ADDRESS,
    LINUX_SLL_ADDRESS,
    MAC,
)
from netwatch.decode.window import headers
from netwatch.track.host_columns import HostFlag
from netwatch.track.host_index import NOBODY
from netwatch.track.host_scope import BROADCAST_MAC, GROUP_MAC, is_private, is_public

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.host_columns import HostColumns
    from netwatch.track.host_pending import Meetings

_ETHERNET: Final = np.dtype([("dst_high", ">u2"), ("dst_low", ">u4"), ("src_high", ">u2"), ("src_low", ">u4")])


def mac_addresses(batch: PacketBatch, positions: NDArray[np.intp]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the MAC addresses of sender and receiver of the packets at `positions`, 0 where the link has none.

    Tunnelled packets have none: the frame around them belongs to somebody else.
    """
    source = np.zeros(len(positions), np.uint64)
    destination = np.zeros(len(positions), np.uint64)
    frames = batch.frames
    plain = batch.tunnel_depth[positions] == 0
    link_type = frames.link_type[positions]
    ethernet = plain & (link_type == LINKTYPE_ETHERNET) & (frames.captured[positions] >= _ETHERNET.itemsize)
    if ethernet.any():
        header = headers(frames.data, frames.offset[positions[ethernet]], _ETHERNET)
        source[ethernet] = _number(header["src_high"], header["src_low"])
        destination[ethernet] = _number(header["dst_high"], header["dst_low"])
    if not ethernet.all():
        for number, layout, place in (
            (LINKTYPE_LINUX_SLL, LINUX_SLL, LINUX_SLL_ADDRESS),
            (LINKTYPE_LINUX_SLL2, LINUX_SLL2, LINUX_SLL2_ADDRESS),
        ):
            cooked = plain & (link_type == number) & (frames.captured[positions] >= place + MAC.itemsize)
            offset = frames.offset[positions[cooked]]
            address = headers(frames.data, offset + np.int32(place), MAC)
            is_mac = headers(frames.data, offset, layout)["length"] == MAC.itemsize
            source[cooked] = _number(address["high"], address["low"]) * is_mac
    return source, destination


def learn_links(
    columns: HostColumns, packets: Meetings, source: NDArray[np.intp], destination: NDArray[np.intp]
) -> bool:
    """Note the MAC addresses of `packets`, which the hosts `source` sent to `destination`.

    Returns whether anything changed that decides which addresses are one machine.
    """
    single = packets.receiver & np.uint64(GROUP_MAC) == 0
    changed = _note(columns.mac_from, source, packets.sender, packets.sender != 0)
    changed |= _note(columns.mac_to, destination, packets.receiver, single & (packets.receiver != 0))
    columns.mark(destination[packets.direct & (packets.receiver == BROADCAST_MAC)], HostFlag.BROADCAST)
    for near, far, direct in ((source, destination, packets.direct & single), (destination, source, packets.direct)):
        new = columns.flags[far] & np.uint8(HostFlag.PUBLIC | HostFlag.BEYOND) == HostFlag.PUBLIC
        new &= direct & columns.marked(HostFlag.PRIVATE, near)
        if new.any():
            columns.mark(far[new], HostFlag.BEYOND)
            changed = True
    return changed


def scope_flags(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return HostFlag.PRIVATE or HostFlag.PUBLIC for IPv4 addresses that are so, else 0."""
    private, public = is_private(high, low), is_public(high, low)
    return (private * np.uint8(HostFlag.PRIVATE) | public * np.uint8(HostFlag.PUBLIC)).astype(np.uint8)


def _number(high: NDArray[np.uint16], low: NDArray[np.uint32]) -> NDArray[np.uint64]:
    result: NDArray[np.uint64] = high.astype(np.uint64) << np.uint64(32) | low
    return result


def _note(
    column: NDArray[np.uint64], rows: NDArray[np.intp], mac: NDArray[np.uint64], known: NDArray[np.bool_]
) -> bool:
    known = known & (rows != NOBODY)
    rows, mac = rows[known], mac[known]
    if (column[rows] == mac).all():
        return False
    # Of several addresses for one row the last one stays
    column[rows] = mac
    return True
