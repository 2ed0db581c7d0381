"""The options of a TCP header, one by one (RFC 9293 section 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netwatch.filter.packets import Packets

END: Final = 0
PADDING: Final = 1
HEADER: Final = 20


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
