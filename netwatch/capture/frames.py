"""Frames: what every source hands over, one block of captured bytes with a few equal-length columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

PADDING: Final = 128
"""Zero bytes at the end of every block, so that a header window may reach past the last frame."""

DIRECTION_UNKNOWN: Final = 0
DIRECTION_IN: Final = 1
DIRECTION_OUT: Final = 2

CHECKSUM_NOT_READY: Final = 1
"""Flag: the kernel had not filled in the checksum yet (TP_STATUS_CSUMNOTREADY), so it must not be judged."""

LINKTYPE_NULL: Final = 0
LINKTYPE_ETHERNET: Final = 1
LINKTYPE_IEEE802_5: Final = 6
LINKTYPE_PPP: Final = 9
LINKTYPE_FDDI: Final = 10
LINKTYPE_ATM_RFC1483: Final = 100
LINKTYPE_RAW: Final = 101
LINKTYPE_C_HDLC: Final = 104
LINKTYPE_IEEE802_11: Final = 105
LINKTYPE_LOOP: Final = 108
LINKTYPE_LINUX_SLL: Final = 113
LINKTYPE_IEEE802_11_RADIOTAP: Final = 127
LINKTYPE_PPP_HDLC: Final = 50
LINKTYPE_PPP_ETHER: Final = 51
LINKTYPE_IPV4: Final = 228
LINKTYPE_IPV6: Final = 229
LINKTYPE_NFLOG: Final = 239
LINKTYPE_IPOIB: Final = 242
LINKTYPE_LINUX_SLL2: Final = 276
# https://www.tcpdump.org/linktypes.html; files hold these LINKTYPE_ values, which differ from DLT_ only for raw IP


@dataclass(frozen=True, slots=True)
class FrameInterface:
    """One interface that frames were captured on, as a live source or a pcapng file states it."""

    name: str
    link_type: int = LINKTYPE_ETHERNET
    description: str = ""
    snaplen: int = 262144
    filter: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """A block of captured frames in the order of their arrival; `n` is the number of frames.

    All columns have shape (n,). Nothing here is changed after construction and nothing refers to memory that
    somebody else writes to.
    """

    data: NDArray[np.uint8]
    """The bytes that hold all frames (with whatever lies between them), ending in PADDING zero bytes."""
    time_ns: NDArray[np.int64]
    """Capture time, nanoseconds since the epoch."""
    offset: NDArray[np.int32]
    """Where each frame begins in `data`."""
    captured: NDArray[np.int32]
    """Bytes of the frame that are in `data`."""
    wire_length: NDArray[np.uint32]
    """Bytes of the frame on the wire; may exceed `captured`."""
    interface: NDArray[np.uint16]
    """Index into the source's `interfaces`."""
    link_type: NDArray[np.uint16]
    """LINKTYPE_ value of the frame's first header."""
    direction: NDArray[np.uint8]
    """DIRECTION_UNKNOWN, DIRECTION_IN or DIRECTION_OUT."""
    stripped_tag: NDArray[np.uint32]
    """The VLAN tag that the kernel took out of the frame, TPID in the high and TCI in the low 16 bits; 0 for none.
    `captured` and `wire_length` do not count it."""
    flags: NDArray[np.uint8]
    """CHECKSUM_NOT_READY or 0."""
    comments: Mapping[int, str] | None = None
    """Comments that a pcapng file has on frames, by position in this block."""

    def __len__(self) -> int:
        return len(self.time_ns)


COLUMNS: Final = (
    "time_ns",
    "offset",
    "captured",
    "wire_length",
    "interface",
    "link_type",
    "direction",
    "stripped_tag",
    "flags",
)
"""The names of the columns that have one value a frame."""


def constant(value: int, count: int, dtype: type[np.unsignedinteger]) -> NDArray[np.unsignedinteger]:
    """Return a read-only column of `count` times `value` that takes no memory of its own."""
    import numpy as np  # interfaces are opened before the first screen, which numpy's import would hold up

    return np.broadcast_to(dtype(value), count)
