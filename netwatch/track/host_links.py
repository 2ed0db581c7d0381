"""The MAC addresses that packets came from and went to, and what they tell of the addresses beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frames import LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2
from netwatch.decode.batch import ETHERTYPE_IPV4, ETHERTYPE_IPV6
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

ETHERNET_SOURCE: Final = 6
"""Where the sender's address begins in an Ethernet header, behind the receiver's."""


def mac_addresses(batch: PacketBatch, positions: NDArray[np.intp]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the MAC addresses of sender and receiver of the packets at `positions`, 0 where the link has none.

    Tunnelled packets have none: the frame around them belongs to somebody else.
    """
    source = np.zeros(len(positions), np.uint64)
    destination = np.zeros(len(positions), np.uint64)
    frames = batch.frames
    link_type = frames.link_type[positions]
    plain = batch.tunnel_depth[positions] == 0
    ethernet = np.flatnonzero(plain & (link_type == LINKTYPE_ETHERNET))
    _fill(batch, positions, ethernet, ETHERNET_SOURCE, source)
    _fill(batch, positions, ethernet, 0, destination)
    for number, layout, place in (
        (LINKTYPE_LINUX_SLL, LINUX_SLL, LINUX_SLL_ADDRESS),
        (LINKTYPE_LINUX_SLL2, LINUX_SLL2, LINUX_SLL2_ADDRESS),
    ):
        cooked = np.flatnonzero(plain & (link_type == number))
        if len(cooked):
            length = headers(frames.data, frames.offset[positions[cooked]], layout)["length"]
            _fill(batch, positions, cooked[length == MAC.itemsize], place, source)
    return source, destination


def learn_links(
    columns: HostColumns,
    batch: PacketBatch,
    positions: NDArray[np.intp],
    source: NDArray[np.intp],
    destination: NDArray[np.intp],
) -> bool:
    """Note the MAC addresses of the packets at `positions`, whose hosts are `source` and `destination`.

    Returns whether anything changed that decides which addresses are one machine.
    """
    sender, receiver = mac_addresses(batch, positions)
    single = receiver & np.uint64(GROUP_MAC) == 0
    changed = _note(columns.mac_from, source, sender, sender != 0)
    changed |= _note(columns.mac_to, destination, receiver, single & (receiver != 0))
    _note_broadcast(columns, batch, positions, destination, receiver)
    src = batch.src_high[positions], batch.src_low[positions]
    dst = batch.dst_high[positions], batch.dst_low[positions]
    ip = np.isin(batch.ethertype[positions], (ETHERTYPE_IPV4, ETHERTYPE_IPV6)) & (batch.tunnel_depth[positions] == 0)
    outward = ip & single & is_private(*src) & is_public(*dst)
    inward = ip & is_public(*src) & is_private(*dst)
    for rows in (destination[outward], source[inward]):
        new = rows[~columns.marked(HostFlag.BEYOND, rows) & (rows != NOBODY)]
        columns.mark(new, HostFlag.BEYOND)
        changed |= len(new) > 0
    return changed


def _fill(
    batch: PacketBatch,
    positions: NDArray[np.intp],
    which: NDArray[np.intp],
    place: int,
    column: NDArray[np.uint64],
) -> None:
    frames = batch.frames
    which = which[frames.captured[positions[which]] >= place + MAC.itemsize]
    address = headers(frames.data, frames.offset[positions[which]] + np.int32(place), MAC)
    column[which] = address["high"].astype(np.uint64) << np.uint64(32) | address["low"]


def _note(
    column: NDArray[np.uint64], rows: NDArray[np.intp], mac: NDArray[np.uint64], known: NDArray[np.bool_]
) -> bool:
    known = known & (rows != NOBODY)
    rows, mac = rows[known], mac[known]
    changes = column[rows] != mac
    if not changes.any():
        return False
    # Of several addresses for one row the last one stays
    column[rows] = mac
    return True


def _note_broadcast(
    columns: HostColumns,
    batch: PacketBatch,
    positions: NDArray[np.intp],
    rows: NDArray[np.intp],
    receiver: NDArray[np.uint64],
) -> None:
    to_all = (receiver == BROADCAST_MAC) & (batch.ethertype[positions] == ETHERTYPE_IPV4)
    columns.mark(rows[to_all], HostFlag.BROADCAST)
