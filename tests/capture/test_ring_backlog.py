"""How much of a ring waits to be read: full blocks are a backlog, the thin blocks of quiet traffic are none."""

from __future__ import annotations

import mmap
import struct
from typing import TYPE_CHECKING, cast

import pytest

from netwatch.capture.frames import LINKTYPE_ETHERNET, FrameInterface
from netwatch.capture.ring import BLOCK_LENGTH, BLOCK_SIZE, BLOCK_STATUS, TP_STATUS_USER, Ring, RingOptions

if TYPE_CHECKING:
    import socket
    from pathlib import Path

BLOCKS = 16
FULL, THIN = BLOCK_SIZE - 100, 2000
"""Bytes used of a block that was closed because it was full, or because time was up."""


class RingFile:
    """What a packet socket is to Ring, with a file for the kernel's memory."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self._file.truncate(BLOCKS * BLOCK_SIZE)

    def setsockopt(self, *_words: object) -> None:
        """Have a version already."""

    def fileno(self) -> int:
        """Return what is mapped."""
        return self._file.fileno()

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def fill(self, used: list[int]) -> None:
        """Hand over the first blocks, with so many bytes used; the others stay the kernel's."""
        with mmap.mmap(self._file.fileno(), BLOCKS * BLOCK_SIZE) as memory:
            for block, length in enumerate(used):
                struct.pack_into("=I", memory, block * BLOCK_SIZE + BLOCK_STATUS, TP_STATUS_USER)
                struct.pack_into("=I", memory, block * BLOCK_SIZE + BLOCK_LENGTH, length)


@pytest.mark.parametrize(
    ("used", "share"),
    [
        ([], 0),
        ([FULL] * 2, 0),
        ([FULL] * 3, 1 / 8),
        ([FULL] * 9, 1 / 2),
        ([FULL] * BLOCKS, 1 / 2),
        # a second of start-up with a packet now and then
        ([THIN] * 9, 0),
        ([THIN] * BLOCKS, 0),
        ([THIN] * 3, 0),
        # what came quietly and then as a flood
        ([THIN] * 7 + [FULL] * 2, 1 / 2),
    ],
)
def test_how_much_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: list[int], share: float) -> None:
    """An eighth or a half of the ring, by blocks with something in them."""
    monkeypatch.setattr("netwatch.capture.ring.set_ring", lambda *_request: None)
    memory = RingFile(tmp_path / "ring")
    memory.fill(used)
    ring = Ring(
        cast("socket.socket", memory),
        FrameInterface("v0", LINKTYPE_ETHERNET),
        0,
        RingOptions(ring_bytes=BLOCKS * BLOCK_SIZE),
    )
    assert ring.backlog == share
    ring.close()
    memory.close()
