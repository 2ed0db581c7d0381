"""Blocks of a TPACKET_V3 ring as Frames: walk the packet headers, gather their fields, note stripped VLAN tags."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frames import (
    CHECKSUM_NOT_READY,
    DIRECTION_IN,
    DIRECTION_OUT,
    LINKTYPE_LINUX_SLL2,
    PADDING,
    Frames,
    constant,
)
from netwatch.capture.ring_chain import ALIGNMENT, headers_of
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.capture.block_memory import BlockMemory

# linux/if_packet.h
BLOCK_HEADER: Final = struct.Struct("=IIIIII")
"""struct tpacket_block_desc as far as blk_len: version, offset_to_priv, block_status, num_pkts,
offset_to_first_pkt, blk_len."""
TP_STATUS_CSUMNOTREADY: Final = 1 << 3
TP_STATUS_VLAN_VALID: Final = 1 << 4
TP_STATUS_VLAN_TPID_VALID: Final = 1 << 6
PACKET_OUTGOING: Final = 4
ARPHRD_LOOPBACK: Final = 772
TPID_8021Q: Final = 0x8100

PACKET_HEADER: Final = np.dtype(
    [
        ("next_offset", "=u4"),
        ("seconds", "=u4"),
        ("nanoseconds", "=u4"),
        ("captured", "=u4"),
        ("wire_length", "=u4"),
        ("status", "=u4"),
        ("mac", "=u2"),
        ("net", "=u2"),
        ("hash", "=u4"),
        ("vlan_tci", "=u4"),
        ("vlan_tpid", "=u2"),
        ("padding", "V10"),
        ("family", "=u2"),
        ("protocol", ">u2"),
        ("interface", "=i4"),
        ("arphrd", "=u2"),
        ("packet_type", "u1"),
        ("address_length", "u1"),
        ("address", "V8"),
    ]
)
"""struct tpacket3_hdr (48 bytes with its padding) and the struct sockaddr_ll behind it."""

SLL2: Final = np.dtype(
    [
        ("protocol", ">u2"),
        ("reserved", ">u2"),
        ("interface", ">u4"),
        ("arphrd", ">u2"),
        ("packet_type", "u1"),
        ("address_length", "u1"),
        ("address", "V8"),
    ]
)
"""https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html"""


def read_blocks(blocks: Sequence[memoryview], memory: BlockMemory, interface: int, link_type: int) -> Frames:
    """Return the frames of ready blocks; the bytes are copied, so the blocks may be given back afterwards.

    Each of `blocks` begins at its block header and is at least as long as that says. `interface` is the index that
    all frames get.
    """
    data, positions = _copied(blocks, memory)
    header = _headers(data, positions)
    offset = (positions + header["mac"]).astype(np.int32)
    return Frames(
        data=data,
        offset=offset,
        captured=header["captured"].astype(np.int32),
        wire_length=header["wire_length"].astype(np.uint32),
        interface=constant(interface, len(positions), np.uint16),
        link_type=constant(link_type, len(positions), np.uint16),
        direction=_direction(header["packet_type"]),
        stripped_tag=_tags(header),
        time_ns=_times(header),
        flags=_flags(header["status"]),
    )


def read_cooked_blocks(blocks: Sequence[memoryview], memory: BlockMemory, interface_of: dict[int, int]) -> Frames:
    """Return the frames of ready blocks of a SOCK_DGRAM socket, each with an SLL2 header in front.

    The kernel leaves 28 unused bytes between the socket address and the packet, which the header of 20 bytes is
    written to. Loopback's outgoing copies are left out, as libpcap does, or each packet would appear twice.
    `interface_of` maps kernel interface indexes to positions in the source's `interfaces`; others become 0.
    """
    data, positions = _copied(blocks, memory)
    header = _headers(data, positions)
    twice = (header["arphrd"] == ARPHRD_LOOPBACK) & (header["packet_type"] == PACKET_OUTGOING)
    if twice.any():
        positions, header = positions[~twice], header[~twice]
    cooked = np.zeros(len(positions), SLL2)
    for field in ("protocol", "interface", "arphrd", "packet_type", "address_length", "address"):
        cooked[field] = header[field]
    offset = (positions + header["mac"] - SLL2.itemsize).astype(np.int32)
    windows = np.ndarray((len(data) - SLL2.itemsize + 1,), f"V{SLL2.itemsize}", data.data, strides=(1,))
    windows[offset] = cooked.view(f"V{SLL2.itemsize}")
    known = np.array([interface_of.get(index, 0) for index in header["interface"].tolist()], np.uint16)
    return Frames(
        data=data,
        offset=offset,
        captured=header["captured"].astype(np.int32) + np.int32(SLL2.itemsize),
        wire_length=header["wire_length"].astype(np.uint32) + np.uint32(SLL2.itemsize),
        interface=known,
        link_type=constant(LINKTYPE_LINUX_SLL2, len(positions), np.uint16),
        direction=_direction(header["packet_type"]),
        stripped_tag=_tags(header),
        time_ns=_times(header),
        flags=_flags(header["status"]),
    )


def _copied(blocks: Sequence[memoryview], memory: BlockMemory) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the bytes of the blocks one behind the other, and where in them the packet headers are."""
    headers = [BLOCK_HEADER.unpack_from(block) for block in blocks]
    sizes = [-(-used // ALIGNMENT) * ALIGNMENT for *_, used in headers]
    total = sum(sizes)
    data = memory.take(total + PADDING)
    data[total:] = 0
    words = data[:total].view(np.uint64)
    positions = []
    start = 0
    for block, size, (_, _, _, count, first, used) in zip(blocks, sizes, headers, strict=True):
        data[start : start + used] = np.frombuffer(block, np.uint8, used)
        data[start + used : start + size] = 0
        found = headers_of(words[start // ALIGNMENT : (start + size) // ALIGNMENT], first // ALIGNMENT, count)
        positions.append(start + found * ALIGNMENT)
        start += size
    return data, np.concatenate(positions)


def _headers(data: NDArray[np.uint8], positions: NDArray[np.int64]) -> NDArray[np.void]:
    size = PACKET_HEADER.itemsize
    windows = np.ndarray((len(data) - size + 1,), f"V{size}", data.data, strides=(1,))
    result: NDArray[np.void] = windows[positions].view(PACKET_HEADER)
    return result


def _times(header: NDArray[np.void]) -> NDArray[np.int64]:
    times: NDArray[np.int64] = header["seconds"].astype(np.int64) * SECOND + header["nanoseconds"]
    return times


def _direction(packet_type: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.where(packet_type == PACKET_OUTGOING, np.uint8(DIRECTION_OUT), np.uint8(DIRECTION_IN))


def _flags(status: NDArray[np.uint32]) -> NDArray[np.uint8]:
    return np.where(status & TP_STATUS_CSUMNOTREADY, np.uint8(CHECKSUM_NOT_READY), np.uint8(0))


def _tags(header: NDArray[np.void]) -> NDArray[np.uint32]:
    status = header["status"]
    valid = (status & TP_STATUS_VLAN_VALID) != 0
    if not valid.any():
        return constant(0, len(header), np.uint32)
    tpid = np.where(status & TP_STATUS_VLAN_TPID_VALID, header["vlan_tpid"], TPID_8021Q).astype(np.uint32)
    tag = (tpid << np.uint32(16)) | (header["vlan_tci"].astype(np.uint32) & np.uint32(0xFFFF))
    return np.where(valid, tag, np.uint32(0))
