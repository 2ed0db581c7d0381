"""What a BPF program can know of frames: their bytes, their lengths and what the kernel knows beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.bpf_program import (
    AD_PKTTYPE,
    AD_PROTOCOL,
    AD_VLAN_TAG,
    AD_VLAN_TAG_PRESENT,
    AD_VLAN_TPID,
)
from netwatch.capture.frames import DIRECTION_OUT, DIRECTION_UNKNOWN, LINKTYPE_ETHERNET

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.capture.frames import Frames

_PACKET_HOST, _PACKET_OUTGOING = 0, 4  # linux/if_packet.h
_FIRST_ETHERTYPE = 0x600  # ETH_P_802_3_MIN: less is a length, IEEE 802.3
_ETH_P_802_2 = 4


@dataclass(frozen=True, slots=True, eq=False)
class FrameFacts:
    """Some frames of one block; all columns have shape (n,) for n frames."""

    data: NDArray[np.uint8]
    base: NDArray[np.int64]
    """Where each frame begins in `data`."""
    captured: NDArray[np.int64]
    wire_length: NDArray[np.uint32]
    stripped_tag: NDArray[np.uint32]
    direction: NDArray[np.uint8]
    ethernet: NDArray[np.bool_]
    shortest: int
    """The least of `captured`, 0 without frames."""

    @classmethod
    def of(cls, frames: Frames, rows: NDArray[np.intp]) -> FrameFacts:
        """Take the frames at the positions `rows`."""
        captured = frames.captured[rows].astype(np.int64)
        return cls(
            frames.data,
            frames.offset[rows].astype(np.int64),
            captured,
            frames.wire_length[rows],
            frames.stripped_tag[rows],
            frames.direction[rows],
            frames.link_type[rows] == LINKTYPE_ETHERNET,
            int(captured.min()) if len(captured) else 0,
        )

    def load(self, base: NDArray[np.int64], start: int | NDArray[np.int64], size: int) -> NDArray[np.uint32]:
        """Return the big-endian number of `size` bytes at `start` of the frames that begin at `base`.

        The bytes must lie inside the frames. Byte by byte, because take() of single bytes is several times faster
        than any gather of unaligned words.
        """
        if isinstance(start, int):
            data, at = self.data[min(start, len(self.data) - 1) :], base
        else:
            data, at = self.data, base + start
        value = data.take(at, mode="clip").astype(np.uint32)
        for index in range(1, size):
            value <<= np.uint32(8)
            value |= data[index:].take(at, mode="clip")
        return value

    def ancillary(self, kind: int, rows: NDArray[np.intp]) -> tuple[NDArray[np.bool_], NDArray[np.uint32]]:
        """Return whether the kernel's fact `kind` (an AD_ constant) is known of each of `rows`, and its value.

        The index of the interface is not: Frames number the interfaces of their source, not those of a kernel. Nor
        are marks, queues, hashes and processors.
        """
        tag = self.stripped_tag.take(rows)
        everywhere = np.ones(len(rows), np.bool_)
        if kind == AD_VLAN_TAG:
            return everywhere, tag & np.uint32(0xFFFF)
        if kind == AD_VLAN_TAG_PRESENT:
            return everywhere, (tag != 0).astype(np.uint32)
        if kind == AD_VLAN_TPID:
            return everywhere, tag >> np.uint32(16)
        if kind == AD_PKTTYPE:
            direction = self.direction.take(rows)
            pkttype = np.where(direction == DIRECTION_OUT, _PACKET_OUTGOING, _PACKET_HOST).astype(np.uint32)
            return direction != DIRECTION_UNKNOWN, pkttype
        if kind == AD_PROTOCOL:
            known = self.ethernet.take(rows) & (self.captured.take(rows) >= 14)
            ethertype = self.load(self.base.take(rows), 12, 2)
            return known, np.where(ethertype < _FIRST_ETHERTYPE, np.uint32(_ETH_P_802_2), ethertype)
        return ~everywhere, np.zeros(len(rows), np.uint32)
