"""The packet headers of a ring block, each of which tells where the next one is: searched for, or walked to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALIGNMENT: Final = 8
"""Bytes; of packet headers in a block (V3_ALIGNMENT of the Linux kernel), and so of blocks that are put together."""
PLACES: Final = 24 // ALIGNMENT
"""Where struct tpacket3_hdr has tp_mac, tp_net and tp_rxhash: the same in all packets of one kind of interface."""
FAMILY: Final = 48 // ALIGNMENT
"""Where struct sockaddr_ll behind it has sll_family, in the lowest 16 bits."""
AF_PACKET: Final = 17
SPARSE: Final = 2048
"""Bytes a packet above which walking from header to header is faster than to search the whole block: 0.25 us a packet
against 0.1 us a KiB."""


def headers_of(words: NDArray[np.uint64], first: int, count: int) -> NDArray[np.int64]:
    """Return where in `words`, those of one block, its `count` packet headers begin, the first of them at `first`."""
    if not count:
        return np.zeros(0, np.int64)
    found = _searched(words, first, count) if len(words) * ALIGNMENT < SPARSE * count else None
    return _walked(words, first, count) if found is None else found


def _searched(words: NDArray[np.uint64], first: int, count: int) -> NDArray[np.int64] | None:
    """Return what looks like a header if that is the whole chain; None when a packet's own bytes look like one."""
    places = words[first + PLACES :]
    found = np.flatnonzero(places == places[0]) + first
    # The kernel leaves what was there between the address and the packet: places of a header of earlier times
    found = found[words.take(found + FAMILY, mode="clip") & np.uint64(0xFFFF) == AF_PACKET]
    if len(found) != count:
        return None
    return found if np.array_equal(found[1:] - found[:-1], _steps(words, found[:-1])) else None


def _walked(words: NDArray[np.uint64], first: int, count: int) -> NDArray[np.int64]:
    """Go from header to header; those of other kinds, such as frames with a VLAN tag, are found as well."""
    next_offset = words.data.cast("B").cast("I")
    found = []
    position = first
    for _ in range(count):
        found.append(position)
        position += next_offset[2 * position] // ALIGNMENT
    return np.array(found, np.int64)


def _steps(words: NDArray[np.uint64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return tp_next_offset, the first 32 bits of each header, in words."""
    steps: NDArray[np.int64] = words.view(np.uint32)[2 * at].astype(np.int64) // ALIGNMENT
    return steps
