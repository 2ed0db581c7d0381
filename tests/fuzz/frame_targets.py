"""Frames: what the decoder, the rows, the trackers and Scapy make of changed ones, one by one or thousands at once."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frames import (
    LINKTYPE_ETHERNET,
    LINKTYPE_IEEE802_11,
    LINKTYPE_IEEE802_11_RADIOTAP,
    LINKTYPE_IPV4,
    LINKTYPE_IPV6,
    LINKTYPE_LINUX_SLL,
    LINKTYPE_LINUX_SLL2,
    LINKTYPE_LOOP,
    LINKTYPE_NFLOG,
    LINKTYPE_NULL,
    LINKTYPE_PPP,
    LINKTYPE_PPP_ETHER,
    LINKTYPE_PPP_HDLC,
    LINKTYPE_RAW,
    PADDING,
)
from netwatch.decode.decoder import decode
from netwatch.decode.link import LINKTYPE_PPI
from netwatch.decode.row import packet_row
from tests.decode.decoded import check, chosen, row
from tests.frames import frames
from tests.fuzz.trackers import Trackers

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames
    from netwatch.decode.batch import PacketBatch

LINK_TYPES: Final = (
    LINKTYPE_ETHERNET, LINKTYPE_RAW, LINKTYPE_NULL, LINKTYPE_LOOP, LINKTYPE_PPP, LINKTYPE_PPP_HDLC, LINKTYPE_PPP_ETHER,
    LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, LINKTYPE_IEEE802_11, LINKTYPE_IEEE802_11_RADIOTAP, LINKTYPE_NFLOG,
    LINKTYPE_PPI, LINKTYPE_IPV4, LINKTYPE_IPV6, 195, 12345,
)  # fmt: skip
MOST_FRAMES: Final = 64
HEADERS: Final = 120
"""Bytes from the begin of a frame that are worth changing most."""
WORDS: Final = np.array([0, 1, 0x7F, 0x80, 0xFF, 4, 0x45, 0x60, 0x88, 0x81, 0x2C, 0x3C, 0xC0], np.uint8)
"""Bytes that lengths, versions, types and flags turn on."""
INTERFACES: Final = 2
"""What comes on both may be a packet that is sent on."""
ALONE: Final = 2
"""Frames of a block that are decoded once more without the others."""
ROWS: Final = 40
"""Rows written of such a block."""


def frame(data: bytes) -> None:
    """Decode `data` as frames, each with a length of two bytes and a link type before it, and use the batch."""
    found, kinds = [], []
    while len(data) > 3 and len(found) < MOST_FRAMES:
        size = int.from_bytes(data[:2], "big")
        kinds.append(LINK_TYPES[data[2] % len(LINK_TYPES)])
        found.append(data[3 : 3 + size])
        data = data[3 + size :]
    if found:
        interface = np.arange(len(found), dtype=np.uint16) % INTERFACES
        block = replace(frames(found), link_type=np.array(kinds, np.uint16), interface=interface)
        batch = decode(block, 1)
        check(batch)
        _rows(batch, range(len(batch)))
        _trackers().feed(block)


def dissection(data: bytes) -> None:
    """Take `data` apart with Scapy as a frame of the link type that its first byte chooses."""
    from netwatch.decode.dissect import dissect

    if len(data) > 1:
        kind = LINK_TYPES[data[0] % len(LINK_TYPES)]
        block = replace(frames([data[1:]]), link_type=np.array([kind], np.uint16))
        dissect(data[1:], kind, packet_row(decode(block, 1), 0, "eth0"))


def grind(block: Frames, random: np.random.Generator, *, tracked: bool) -> None:
    """Change all frames of a block and decode it."""
    batch = decode(changed(block, random), 1)
    check(batch)
    for position in random.integers(0, len(batch), ALONE).tolist():
        _check_alone(batch, position)
    if tracked:
        _rows(batch, random.integers(0, len(batch), ROWS).tolist())
        _trackers().feed(batch.frames)


def changed(block: Frames, random: np.random.Generator) -> Frames:
    """Return the block with some bytes of each frame changed, lengths and link types too, and a share of it cut."""
    data = block.data.copy()
    count = len(block)
    reach = np.where(random.random(count) < 0.9, np.minimum(block.captured, HEADERS), block.captured)
    whole = reach > 0
    for _ in range(random.integers(1, 6)):
        at = block.offset[whole] + random.integers(0, reach[whole])
        random_bytes = random.integers(0, 256, len(at)).astype(np.uint8)
        flipped = data[at] ^ (np.uint8(1) << random.integers(0, 8, len(at)).astype(np.uint8))
        known = WORDS[random.integers(0, len(WORDS), len(at))]
        data[at] = np.choose(random.integers(0, 3, len(at)), (random_bytes, flipped, known))
    captured = np.where(random.random(count) < 0.2, random.integers(0, block.captured + 1), block.captured)
    other = np.array(LINK_TYPES, np.uint16)[random.integers(0, len(LINK_TYPES), count)]
    return replace(
        block,
        data=data,
        captured=captured.astype(np.int32),
        wire_length=np.maximum(captured, block.wire_length * (random.random(count) < 0.9)).astype(np.uint32),
        link_type=np.where(random.random(count) < 0.03, other, block.link_type),
        interface=random.integers(0, INTERFACES, count).astype(np.uint16),
        stripped_tag=np.where(random.random(count) < 0.02, np.uint32(0x81000005), block.stripped_tag),
    )


def _check_alone(batch: PacketBatch, position: int) -> None:
    """Decode a copy of a frame's own bytes: nothing that lies around it in the block may have told of it."""
    block = chosen(batch.frames, slice(position, position + 1))
    begin = block.offset.item()
    own = np.zeros(block.captured.item() + PADDING, np.uint8)
    own[:-PADDING] = block.data[begin : begin + len(own) - PADDING]
    alone = decode(replace(block, data=own, offset=np.zeros_like(block.offset)), 1)
    assert row(alone, 0) == row(batch, position), own.tobytes()[:-PADDING].hex()


def _rows(batch: PacketBatch, positions: range | list[int]) -> None:
    for position in positions:
        shown = packet_row(batch, position, "eth0")
        assert shown.info.isprintable(), shown.info


@cache
def _trackers() -> Trackers:
    return Trackers()
