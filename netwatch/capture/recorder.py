"""Recording while capturing (`-w`): every block goes to a file, to a ring of files, or to standard output."""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.autostop import Limits
from netwatch.capture.frame_rows import positions
from netwatch.capture.pcap_writer import PcapWriter
from netwatch.capture.pcapng_writer import PcapngWriter
from netwatch.capture.recording_file import STDOUT, GrowingFile, StandardOutput
from netwatch.capture.save import is_pcap, split_name
from netwatch.errors import FileError, UsageError
from netwatch.snapshot import Recording
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from numpy.typing import NDArray

    from netwatch.capture.frame_rows import Rows
    from netwatch.capture.frame_writer import FrameWriter
    from netwatch.capture.frames import FrameInterface, Frames
    from netwatch.capture.recording_file import RecordingFile


AT_ONCE: Final = 1 << 20
"""Bytes of one write, however long the blocks of the source are: on a full disk so much is missing at most that would
have fitted, and after kill -9 of the last packets."""


class _Next(Enum):
    """What follows a stretch of rows, the weaker first."""

    GO_ON = 0
    NEW_FILE = 1
    STOP = 2


class Recorder:
    """Writes frames as they come; one thread appends and closes, `state` and `finished` may be read by any.

    A file is valid up to its last whole block at every moment, whatever ends the process. When a write fails, the
    recording ends with the error in `state` and capture goes on.
    """

    def __init__(
        self,
        path: str,
        interfaces: Sequence[FrameInterface],
        *,
        overwrite: bool = False,
        ring: Limits | None = None,
        autostop: Limits | None = None,
        comment: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Create the first file, of a kind that `is_pcap` chooses; `-` is standard output.

        With `ring` files are called NAME_00001_YYYYmmddHHMMSS.pcapng by number and local time, as dumpcap does.

        Raises:
            FileError: the file exists and `overwrite` is False, or cannot be created; standard output is a terminal.
            UsageError: a ring on standard output, or `autostop` has a file size beside a ring.
        """
        _refuse_contradictions(path, ring, autostop)
        self._path, self._overwrite, self._comment, self._clock = path, overwrite, comment, clock
        self._interfaces = tuple(interfaces)
        self._ring = ring
        self._autostop = autostop or Limits()
        self._kept: deque[str] = deque()
        self._opened = 0
        self._packets = self._packets_before = self._bytes_before = 0
        self._began_ns: int | None = None
        self._file_began_ns: int | None = None
        self._full = False
        self._closed = True
        self._closer = ThreadPoolExecutor(1, "recording")
        """Brings files to the disk, which takes longer than the kernel's ring can wait."""
        self._closing: Future[None] | None = None
        self.finished = False
        self._file: RecordingFile
        self._writer: FrameWriter
        self._open()
        self.state = Recording(printable(self._file.path), 0, self._file.size)

    def append(self, frames: Frames, interfaces: Sequence[FrameInterface] = (), rows: Rows = None) -> bool:
        """Write the frames that `rows` means; return False once the recording ended by its autostop.

        `interfaces` are the source's now, of which those known before are the first.
        """
        if self.finished or self.state.error:
            return not self.finished
        try:
            if len(interfaces) > len(self._interfaces):
                self._interfaces = tuple(interfaces)
                self._writer.add_interfaces(self._interfaces)
            self._append(frames, positions(frames, rows))
        except FileError as error:
            self._fail(error)
        self._tell()
        return not self.finished

    def close(self, *, received: int | None = None, dropped: int | None = None) -> None:
        """Complete the file, with what the capture received and lost. May be called twice."""
        try:
            if not self._closed:
                self._finish(received, dropped)
            self._synchronised()
        except FileError as error:
            self._fail(error)
        self._closer.shutdown()
        self._tell()

    def _append(self, frames: Frames, rows: NDArray[np.intp]) -> None:
        while len(rows) and not self.finished:
            if self._full:
                self._finish(None, None)
                self._open()
            sizes = self._writer.record_sizes(frames, rows)
            sizes = sizes[: max(int(np.searchsorted(np.cumsum(sizes), AT_ONCE, "right")), 1)]
            time_ns = frames.time_ns[rows[: len(sizes)]]
            if self._began_ns is None:
                self._began_ns = int(time_ns[0])
            if self._file_began_ns is None:
                self._file_began_ns = int(time_ns[0])
            # how far records shrink is known only afterwards: a compressed file ends with the block that fills it
            count, following = self._room(time_ns, np.zeros_like(sizes) if self._file.compressed else sizes)
            self._packets += self._writer.write(frames, rows[:count])
            rows = rows[count:]
            last_file = self._opened == self._autostop.files
            self._full = following is _Next.NEW_FILE
            self.finished = following is _Next.STOP or (self._full and last_file)

    def _room(self, time_ns: NDArray[np.int64], sizes: NDArray[np.int64]) -> tuple[int, _Next]:
        """Return how many of the next rows go into this file, and what follows them."""
        here, size = self._packets - self._packets_before, self._file.size
        found = [
            (len(time_ns), _Next.GO_ON),
            *_reached(self._autostop, _Next.STOP, time_ns, self._began_ns, self._packets, sizes, size),
        ]
        if self._ring:
            found += _reached(self._ring, _Next.NEW_FILE, time_ns, self._file_began_ns, here, sizes, size)
        return min(found, key=lambda end: (end[0], -end[1].value))

    def _open(self) -> None:
        path = self._path
        self._opened += 1
        if self._ring:
            stem, suffix = split_name(path)
            moment = time.strftime("%Y%m%d%H%M%S", time.localtime(self._clock()))
            path = f"{stem}_{self._opened:05d}_{moment}{suffix}"
        file = StandardOutput() if path == STDOUT else GrowingFile(path, overwrite=self._overwrite)
        try:
            self._writer = self._new_writer(file)
            file.publish()
        except BaseException:
            file.abandon()
            raise
        self._file = file
        self._closed = self._full = False
        self._file_began_ns = None
        self._packets_before = self._packets
        self._kept.append(path)
        while self._ring and self._ring.files and len(self._kept) > self._ring.files:
            with contextlib.suppress(OSError):  # somebody else removed it already
                os.unlink(self._kept.popleft())

    def _new_writer(self, file: RecordingFile) -> FrameWriter:
        if not is_pcap(file.path):
            return PcapngWriter(file, self._interfaces, comment=self._comment)
        link_types = {interface.link_type for interface in self._interfaces}
        if len(link_types) > 1:
            raise FileError(
                "a pcap file holds one link type, and these interfaces have several", "record to a .pcapng file instead"
            )
        # a pipe that has not said anything yet has no interface: then the first packet decides
        return PcapWriter(file, link_type=link_types.pop() if link_types else None)

    def _finish(self, received: int | None, dropped: int | None) -> None:
        """Complete the file; the disk gets it while the next one grows."""
        self._writer.finish(received=received, dropped=dropped)
        self._file.end()
        self._closed = True
        self._bytes_before += self._file.size
        self._synchronised()
        self._closing = self._closer.submit(self._file.close)

    def _synchronised(self) -> None:
        """Wait until the file before is on the disk; raises FileError when it could not be brought there."""
        if self._closing is not None:
            closing, self._closing = self._closing, None
            closing.result()

    def _fail(self, error: FileError) -> None:
        self.state = replace(self.state, packets=self._packets, error=str(error))
        if not self._closed:
            self._file.abandon()
            self._closed = True
            self._bytes_before += self._file.size

    def _tell(self) -> None:
        size = self._bytes_before + (0 if self._closed else self._file.size)
        self.state = Recording(printable(self._file.path), self._packets, size, self.state.error, self._opened)


def _refuse_contradictions(path: str, ring: Limits | None, autostop: Limits | None) -> None:
    if ring and path == STDOUT:
        raise UsageError("a ring of files cannot go to standard output")
    if ring and autostop and autostop.filesize:
        raise UsageError("with -b it is -b filesize:KB that ends a file", "leave out -a filesize")


def _reached(
    limits: Limits,
    following: _Next,
    time_ns: NDArray[np.int64],
    began_ns: int | None,
    packets: int,
    sizes: NDArray[np.int64],
    size: int,
) -> list[tuple[int, _Next]]:
    """Return after how many of the next rows each of `limits` is reached, for those that are."""
    ends = []
    if limits.packets is not None:
        ends.append(limits.packets - packets)
    if limits.duration_ns is not None and began_ns is not None:
        late = np.flatnonzero(time_ns - began_ns >= limits.duration_ns)
        ends += late[:1].tolist()
    if limits.filesize is not None:
        # the packet that reaches the size is the last; each file gets one at least
        ends.append(int(np.searchsorted(np.cumsum(sizes), limits.filesize - size)) + 1)
    return [(end, following) for end in ends if end <= len(time_ns)]
