"""Writer for pcapng files: interfaces, times in nanoseconds, directions, comments and statistics."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch import __version__
from netwatch.capture.frame_bytes import frame_pieces
from netwatch.capture.frame_rows import positions
from netwatch.capture.frames import DIRECTION_IN, DIRECTION_OUT, FrameInterface
from netwatch.capture.pcapng_section import (
    BYTE_ORDER_MAGIC,
    ENHANCED_PACKET_BLOCK,
    IF_DESCRIPTION,
    IF_FILTER,
    IF_NAME,
    IF_TSRESOL,
    INTERFACE_BLOCK,
    ISB_IFDROP,
    ISB_IFRECV,
    OPTION_COMMENT,
    OPTION_FLAGS,
    SECTION_BLOCK,
    STATISTICS_BLOCK,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.capture.frame_rows import Rows
    from netwatch.capture.frame_writer import ByteSink
    from netwatch.capture.frames import Frames

RECORD_OVERHEAD: Final = 32
"""Bytes of an enhanced packet block without the frame, its padding and options."""
_SHB_USERAPPL: Final = 4
_NANOSECONDS: Final = b"\x09"
_LONGEST_TEXT: Final = 0xFFFE
"""Bytes; an option holds one more, which a filter needs."""
_LARGEST: Final = 0xFFFFFFFF


class PcapngWriter:
    """Implements FrameWriter; one section, little-endian."""

    def __init__(self, sink: ByteSink, interfaces: Sequence[FrameInterface] = (), *, comment: str = "") -> None:
        """Write the section header with `comment` and the `interfaces` known so far to `sink`."""
        self._sink = sink
        self._given: list[FrameInterface] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._last_time_ns = 0
        self._layout = np.dtype([("before", "<u4"), ("head", "<u4", 7)])
        section = struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, -1)
        name = _option(_SHB_USERAPPL, f"netwatch {__version__}".encode())
        header = _block(SECTION_BLOCK, section, _comment(comment) + name)
        sink.write(header + self._described(interfaces))

    def add_interfaces(self, interfaces: Sequence[FrameInterface]) -> None:
        """Write descriptions of those of `interfaces` that are new."""
        blocks = self._described(interfaces)
        if blocks:
            self._sink.write(blocks)

    def write(self, frames: Frames, rows: Rows = None) -> int:
        """Write the frames that `rows` means and return how many they are.

        Raises:
            FileError: the sink failed.
        """
        which = positions(frames, rows)
        count = len(which)
        if not count:
            return 0
        descriptions, numbers = self._interfaces(frames, which)
        pieces, longer = frame_pieces(frames, which)
        captured = frames.captured[which] + longer
        tails = self._tails(frames, which, captured)
        sizes = np.fromiter(map(len, tails), np.int64, count)
        length = captured + sizes + RECORD_OVERHEAD
        time_ns = np.maximum(frames.time_ns[which], 0)
        # each header is preceded by the length that ends the block before, so that a frame takes three parts
        headers = np.empty(count, self._layout)
        headers["before"][1:] = length[:-1]
        head = headers["head"]
        head[:, 0] = ENHANCED_PACKET_BLOCK
        head[:, 1] = length
        head[:, 2] = numbers
        head[:, 3] = time_ns >> 32
        head[:, 4] = time_ns & _LARGEST
        head[:, 5] = captured
        head[:, 6] = np.minimum(frames.wire_length[which] + longer, _LARGEST)
        parts: list[memoryview | bytes] = [b""] * (3 * count)
        parts[0::3] = headers.view(f"V{self._layout.itemsize}").tolist()
        parts[1::3] = pieces
        parts[2::3] = tails
        parts[0] = descriptions + bytes(parts[0])[4:]
        parts.append(int(length[-1]).to_bytes(4, "little"))
        self._sink.write(b"".join(parts))
        self._last_time_ns = max(self._last_time_ns, int(time_ns.max()))
        return count

    def record_sizes(self, frames: Frames, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the bytes that each frame takes in the file, options and tags left out."""
        captured = frames.captured[rows].astype(np.int64)
        return captured + (-captured & 3) + RECORD_OVERHEAD

    def finish(self, *, received: int | None = None, dropped: int | None = None) -> None:
        """Write a statistics block when there is something to state; it is counted for the first interface."""
        if (received is None and dropped is None) or not self._numbers:
            return
        # the kernel's drops go where dumpcap puts them and Wireshark shows them
        stated = ((ISB_IFRECV, received), (ISB_IFDROP, dropped))
        counters = b"".join(_option(code, struct.pack("<Q", value)) for code, value in stated if value is not None)
        fixed = struct.pack("<III", 0, self._last_time_ns >> 32, self._last_time_ns & _LARGEST)
        self._sink.write(_block(STATISTICS_BLOCK, fixed, counters))

    def _interfaces(self, frames: Frames, which: NDArray[np.intp]) -> tuple[bytes, NDArray[np.int64]]:
        """Return blocks for interfaces that the file lacks, and the number in the file of each frame's interface."""
        keys = frames.interface[which].astype(np.int64) << 16 | frames.link_type[which]
        if (keys == keys[0]).all():
            interface, link_type = int(keys[0]) >> 16, int(keys[0]) & 0xFFFF
            blocks, number = self._number(interface, link_type)
            return blocks, np.full(len(which), number)
        found, place = np.unique(keys, return_inverse=True)
        entered = [self._number(int(key) >> 16, int(key) & 0xFFFF) for key in found]
        return b"".join(blocks for blocks, _ in entered), np.array([number for _, number in entered])[place]

    def _number(self, interface: int, link_type: int) -> tuple[bytes, int]:
        """Return the number in the file of `interface`, with a block that describes it if there is none yet."""
        known = self._numbers.get((interface, link_type))
        if known is not None:
            return b"", known
        known_as = self._given[interface] if interface < len(self._given) else FrameInterface("")
        return self._enter(interface, replace(known_as, link_type=link_type)), len(self._numbers) - 1

    def _described(self, interfaces: Sequence[FrameInterface]) -> bytes:
        first = len(self._given)
        self._given.extend(interfaces[first:])
        return b"".join(
            self._enter(index, interface)
            for index, interface in enumerate(self._given[first:], first)
            if (index, interface.link_type) not in self._numbers
        )

    def _enter(self, index: int, interface: FrameInterface) -> bytes:
        self._numbers[index, interface.link_type] = len(self._numbers)
        texts = ((IF_NAME, interface.name), (IF_DESCRIPTION, interface.description))
        named = b"".join(_option(code, _encoded(text)) for code, text in texts if text)
        filtered = _option(IF_FILTER, b"\0" + _encoded(interface.filter)) if interface.filter else b""
        fixed = struct.pack("<HHI", interface.link_type, 0, interface.snaplen)
        return _block(INTERFACE_BLOCK, fixed, named + _option(IF_TSRESOL, _NANOSECONDS) + filtered)

    def _tails(self, frames: Frames, which: NDArray[np.intp], captured: NDArray[np.int64]) -> list[bytes]:
        """Return padding and options for each frame."""
        directions = [b"", _ended(_flags(DIRECTION_IN)), _ended(_flags(DIRECTION_OUT))]
        kinds = [bytes(padding) + options for options in directions for padding in range(4)]
        direction = np.minimum(frames.direction[which], 3) % 3
        tails = [kinds[kind] for kind in ((-captured & 3) + 4 * direction).tolist()]
        if frames.comments:
            for place, row in enumerate(which.tolist()):
                if row in frames.comments:
                    flags = _flags(int(direction[place])) if direction[place] else b""
                    tails[place] = bytes(-int(captured[place]) & 3) + _ended(_comment(frames.comments[row]) + flags)
        return tails


def _block(kind: int, fixed: bytes, options: bytes) -> bytes:
    body = fixed + _ended(options)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _ended(options: bytes) -> bytes:
    return options + bytes(4) if options else b""


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) & 3)


def _comment(text: str) -> bytes:
    return _option(OPTION_COMMENT, _encoded(text)) if text else b""


def _flags(direction: int) -> bytes:
    return _option(OPTION_FLAGS, struct.pack("<I", direction))


def _encoded(text: str) -> bytes:
    """Return `text` as UTF-8 that fits an option, cut between two characters."""
    return text.encode("utf-8", "replace")[:_LONGEST_TEXT].decode("utf-8", "ignore").encode()
