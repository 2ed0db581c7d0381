"""A recorded small network that needs no rights and no cable: the source behind `--demo`.

The recording has browsing, names, TLS, a printer that refuses, a host that never answers, a port scan, an attack on a
web server and ARP spoofing, all by real programs (tests/demo_capture.py).
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.file_source import FileSource
from netwatch.capture.frame_rows import chosen, compacted
from netwatch.capture.frames import LINKTYPE_ETHERNET, FrameInterface, Frames
from netwatch.capture.source import SourceCounters
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.capture.bpf import CaptureFilter

RECORDING: Final = Path(__file__).with_name("demo.pcap.gz")
PAUSE_NS: Final = SECOND
"""Between the last packet and the first one of the next round."""
EPHEMERAL: Final = 32768
"""Ports of clients from here on (Linux's ip_local_port_range)."""
ROUNDS: Final = 4000
"""Rounds after which the ports of clients begin anew; with the range's end, 60999, they stay below 65536."""
_ETHERNET: Final = 14
_IPV4: Final = 20
_TCP: Final = 6
_UDP: Final = 17


class DemoSource:
    """Implements Source; the recording as if it happened now, over and over, each time from other ports."""

    name = "DEMO"
    live = True
    archive = None
    backlog = 0.0
    interfaces = (FrameInterface("demo0", description="a recorded small network"),)

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Read the recording.

        Raises:
            FileError: it is missing or damaged.
        """
        self._clock = clock
        self._recorded = _read(RECORDING)
        self._after_ns = self._recorded.time_ns - self._recorded.time_ns[0]
        self._length_ns = int(self._after_ns[-1]) + PAUSE_NS
        self._began_ns = int(clock() * 1e9)
        self._round = self._next = 0
        self._frames = replace(self._recorded, time_ns=self._after_ns + self._began_ns)
        self._received = 0
        self._filter: CaptureFilter | None = None
        self._wake = threading.Event()

    def read(self, timeout: float) -> Frames | None:
        """Return the packets that are due; see Source."""
        until = self._due()
        if until == self._next:
            self._wake.wait(min(timeout, max(self._left(), 0.0)))
            self._wake.clear()
            until = self._due()
        if until == self._next:
            return None
        frames = compacted(chosen(self._frames, slice(self._next, until)))
        self._next = until
        if until == len(self._frames):
            self._begin_round()
        self._received += len(frames)
        return frames if self._filter is None else _kept(frames, self._filter)

    def wake(self) -> None:
        """See Source."""
        self._wake.set()

    def set_filter(self, capture_filter: CaptureFilter | None) -> None:
        """See Source."""
        if capture_filter is not None:
            capture_filter.program(LINKTYPE_ETHERNET)
        self._filter = capture_filter

    def counters(self) -> SourceCounters:
        """See Source; nothing is ever lost here."""
        return SourceCounters(received=self._received, dropped=0)

    def rest(self) -> tuple[()]:
        """See Source; nothing comes of itself."""
        return ()

    def close(self) -> None:
        """See Source."""
        self.wake()

    def _due(self) -> int:
        """Return how many packets of this round are due."""
        return int(np.searchsorted(self._frames.time_ns, int(self._clock() * 1e9), side="right"))

    def _left(self) -> float:
        """Return the seconds until the next packet."""
        return float(self._frames.time_ns[self._next]) / 1e9 - self._clock()

    def _begin_round(self) -> None:
        self._round += 1
        self._next = 0
        self._began_ns += self._length_ns
        moved = _moved(self._recorded, self._round % ROUNDS)
        self._frames = replace(self._recorded, data=moved, time_ns=self._after_ns + self._began_ns)


def _read(path: Path) -> Frames:
    """Return a recording of less than a block as one block."""
    source = FileSource([str(path)])
    try:
        frames = source.read(0)
    finally:
        source.close()
    if frames is None or not len(frames):
        raise ValueError("the recording of the demo holds no packets")
    return frames


def _moved(frames: Frames, by: int) -> NDArray[np.uint8]:
    """Return the bytes of Ethernet frames with IPv4 in which the ports of clients are `by` higher, checksums right."""
    data = frames.data.copy()
    at = frames.offset[frames.captured >= _ETHERNET + _IPV4 + 20].astype(np.intp)
    at = at[(data[at + 12] == 8) & (data[at + 13] == 0) & (data[at + _ETHERNET] == 0x45)]
    for protocol, checksum_at in ((_TCP, 16), (_UDP, 6)):
        transport = at[data[at + _ETHERNET + 9] == protocol] + _ETHERNET + _IPV4
        for port_at in (0, 2):
            port = _word(data, transport + port_at)
            client = transport[port >= EPHEMERAL]
            _put(data, client + port_at, port[port >= EPHEMERAL] + by)
            # RFC 1624: the checksum of a changed word from the old one
            total = (0xFFFF - _word(data, client + checksum_at)) + by
            _put(data, client + checksum_at, 0xFFFF - ((total & 0xFFFF) + (total >> 16)))
    return data


def _word(data: NDArray[np.uint8], at: NDArray[np.intp]) -> NDArray[np.int64]:
    return data[at].astype(np.int64) << 8 | data[at + 1]


def _put(data: NDArray[np.uint8], at: NDArray[np.intp], value: NDArray[np.int64]) -> None:
    data[at], data[at + 1] = value >> 8, value & 0xFF


def _kept(frames: Frames, capture_filter: CaptureFilter) -> Frames | None:
    found = capture_filter.matches(frames).nonzero()[0]
    return chosen(frames, found) if len(found) else None
