"""Ring blocks made by hand: their frames, one block or several at once, bytes that no frame owns."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from netwatch.capture.block_memory import BlockMemory
from netwatch.capture.frames import LINKTYPE_ETHERNET
from netwatch.capture.ring_block import BLOCK_HEADER, PACKET_HEADER, read_blocks

FIRST = 48
"""Where the kernel puts the first packet header."""


def block(packets: list[bytes], seconds: int, slack: int = 0) -> memoryview:
    """Return a block with these packets; its length needs not be a multiple of eight."""
    body = bytearray()
    for index, packet in enumerate(packets):
        header = np.zeros((), PACKET_HEADER)
        size = -(-(PACKET_HEADER.itemsize + len(packet)) // 8) * 8
        header["next_offset"] = size
        header["seconds"], header["nanoseconds"] = seconds, index
        header["captured"], header["wire_length"], header["mac"] = len(packet), len(packet) + 1, PACKET_HEADER.itemsize
        body += (header.tobytes() + packet).ljust(size, b"\0")
    length = FIRST + len(body) - slack
    start = BLOCK_HEADER.pack(1, 0, 1, len(packets), FIRST, length).ljust(FIRST, b"\0")
    return memoryview(bytes(start + body).ljust(1 << 16, b"\xee"))


def packets_of(blocks: list[memoryview]) -> list[tuple[bytes, int, int]]:
    """Return (bytes, time, wire length) of each frame."""
    frames = read_blocks(blocks, BlockMemory(), 3, LINKTYPE_ETHERNET)
    assert set(frames.interface.tolist()) <= {3}
    data = frames.data.tobytes()
    ends = zip(frames.offset.tolist(), frames.captured.tolist(), strict=True)
    bodies = [data[start : start + size] for start, size in ends]
    return list(zip(bodies, frames.time_ns.tolist(), frames.wire_length.tolist(), strict=True))


@pytest.mark.parametrize("slack", [0, 1, 3])
def test_blocks_together_are_as_blocks_alone(slack: int) -> None:
    """Whatever their lengths: the headers of the next block are found behind any of them."""
    first = block([b"a" * 60, b"b" * 61, b"c" * 1500], 10, slack)
    second = block([b"d" * 14], 11)
    third = block([], 12)
    alone = [packet for each in (first, second, third) for packet in packets_of([each])]
    assert packets_of([first, second, third]) == alone
    assert [time for _, time, _ in alone] == [10 * 10**9, 10 * 10**9 + 1, 10 * 10**9 + 2, 11 * 10**9]
    assert alone[0] == (b"a" * 60, 10 * 10**9, 61)


def test_an_empty_block() -> None:
    """The kernel retires blocks without packets."""
    assert packets_of([block([], 1)]) == []
    assert struct.calcsize("=IIIIII") == BLOCK_HEADER.size
