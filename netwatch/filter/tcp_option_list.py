"""The options of a TCP header, one by one (RFC 9293 section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.filter.packets import Packets

END: Final = 0
PADDING: Final = 1
HEADER: Final = 20
SACK: Final = 5
SACK_PLACES: Final = (22, 34)
"""Where in a header everybody has the option: behind two paddings, and behind timestamps too."""


def options_of(packets: Packets, row: int) -> list[tuple[int, bytes]]:
    """Return (kind, data) of each option of a segment; one that contradicts itself ends the list."""

    def read() -> list[tuple[int, bytes]]:
        begin = packets.batch.transport_offset.item(row)
        return _options(packets.block[begin + HEADER : packets.batch.payload_offset.item(row)])

    return packets.read("tcp.options", row, read)


def _options(data: bytes) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        kind = data[at]
        if kind in (END, PADDING):
            found.append((kind, b""))
            at += 1
            if kind == END:
                break
            continue
        size = data[at + 1] if at + 1 < len(data) else 0
        if size < 2 or at + size > len(data):
            break
        found.append((kind, data[at + 2 : at + size]))
        at += size
    return found


def window_scale(data: bytes) -> int:
    """Return the shift that the options of a SYN offer, -1 for none; 14 is the most (RFC 7323 section 2.3)."""
    return next((min(value[0], 14) for kind, value in _options(data) if kind == 3 and value), -1)


def selective(batch: PacketBatch, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return how many bytes each of `rows` acknowledges selectively, 0 for none (RFC 2018)."""
    data, begin = batch.frames.data, batch.transport_offset[rows].astype(np.int64)
    end = batch.payload_offset[rows].astype(np.int64)
    found = np.zeros(len(rows), np.int64)
    there = np.zeros(len(rows), np.bool_)
    for place in SACK_PLACES:
        inside = np.flatnonzero(begin + place + 10 <= end)
        there[inside] |= data[begin[inside] + place] == SACK
    for at in np.flatnonzero(there).tolist():
        for kind, edges in _options(data[begin[at] + HEADER : end[at]].tobytes()):
            for place in range(0, len(edges) - 7, 8) if kind == SACK else ():
                left, right = edges[place : place + 4], edges[place + 4 : place + 8]
                found[at] += (int.from_bytes(right, "big") - int.from_bytes(left, "big")) & 0x7FFF_FFFF
    return found
