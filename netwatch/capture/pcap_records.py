"""Frames out of cypcap's packet callbacks, with the nanoseconds that its Pkthdr does not give away."""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.capture.frames import PADDING, Frames, constant
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BYTES: Final = 4 << 20
"""A block is closed when it holds more; one frame may go beyond."""
MAX_FRAMES: Final = 16384

_LAYOUTS: Final = (
    np.dtype({"names": ["sec", "fraction", "captured", "wire"], "formats": ["i8", "i8", "u4", "u4"]}),
    np.dtype(
        {
            "names": ["sec", "fraction", "captured", "wire"],
            "formats": ["i8", "i4", "u4", "u4"],
            "offsets": [0, 8, 16, 20],
            "itemsize": 24,
        }
    ),
    np.dtype({"names": ["sec", "fraction", "captured", "wire"], "formats": ["i4", "i4", "u4", "u4"]}),
)
"""struct pcap_pkthdr: Linux and BSD, macOS, Windows and 32 bit systems."""
_PROBE: Final = (1_234_567, 500_000, 0x1122_3344, 0x5566_7788)


class PacketRecords:
    """Collects what cypcap's dispatch() calls back with, until it is made into Frames."""

    def __init__(self, pkthdr: type[Any]) -> None:
        self._place = _find_header(pkthdr)
        self._headers = bytearray()
        self._data = bytearray()
        self._count = 0

    @property
    def exact(self) -> bool:
        """True when headers are read from memory, so that nanoseconds come through."""
        return self._place is not None

    @property
    def full(self) -> bool:
        """True when no more should be added to this block."""
        return self._count >= MAX_FRAMES or len(self._data) >= MAX_BYTES

    def add(self, header: Any, packet: bytes) -> None:
        """Keep one packet; `header` is cypcap's Pkthdr."""
        self._count += 1
        self._data += packet
        if self._place is not None:
            offset, layout = self._place
            self._headers += ctypes.string_at(id(header) + offset, layout.itemsize)
        else:
            seconds, microseconds = divmod(round(header.ts * 1_000_000), 1_000_000)
            self._headers += np.array([(seconds, microseconds, header.caplen, header.len)], _LAYOUTS[0]).tobytes()

    def take(self, link_type: int, unit_ns: int) -> Frames | None:
        """Return what was collected as one block, None when that is nothing; `unit_ns` is the unit of the fractions."""
        if not self._count:
            return None
        layout = self._place[1] if self._place is not None else _LAYOUTS[0]
        headers = np.frombuffer(bytes(self._headers), layout)
        self._data += bytes(PADDING)
        data = np.frombuffer(self._data, np.uint8)
        self._headers, self._data, self._count = bytearray(), bytearray(), 0
        return _frames(headers, data, link_type, unit_ns)


def _frames(headers: NDArray[Any], data: NDArray[np.uint8], link_type: int, unit_ns: int) -> Frames:
    count = len(headers)
    captured = headers["captured"].astype(np.int32)
    return Frames(
        data=data,
        time_ns=headers["sec"].astype(np.int64) * SECOND + headers["fraction"].astype(np.int64) * unit_ns,
        offset=(np.cumsum(captured) - captured).astype(np.int32),
        captured=captured,
        wire_length=headers["wire"].astype(np.uint32),
        interface=constant(0, count, np.uint16),
        link_type=constant(link_type, count, np.uint16),
        direction=constant(0, count, np.uint8),
        stripped_tag=constant(0, count, np.uint32),
        flags=constant(0, count, np.uint8),
    )


def _find_header(pkthdr: type[Any]) -> tuple[int, np.dtype[Any]] | None:
    """Return where in a Pkthdr object its struct pcap_pkthdr lies, None when that cannot be made out.

    cypcap shows the time as a float of seconds, which loses nanoseconds and, at nanosecond precision, is not even
    the time. The struct is searched for once by values that stand nowhere else.
    """
    if sys.implementation.name != "cpython":
        return None
    probe = pkthdr(_PROBE[0] + _PROBE[1] / 1_000_000, _PROBE[2], _PROBE[3])
    memory = ctypes.string_at(id(probe), pkthdr.__basicsize__)
    for layout in _LAYOUTS:
        for offset in range(0, len(memory) - layout.itemsize + 1, 4):
            if tuple(np.frombuffer(memory, layout, 1, offset)[0].tolist()) == _PROBE:
                return offset, layout
    return None
