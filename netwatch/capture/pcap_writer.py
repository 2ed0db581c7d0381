"""Writer for pcap files, in nano- or microseconds, little-endian."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.capture_format import USUAL_SNAPLEN
from netwatch.capture.frame_bytes import frame_pieces
from netwatch.capture.frame_rows import positions
from netwatch.capture.frames import LINKTYPE_ETHERNET
from netwatch.errors import FileError
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.capture.frame_rows import Rows
    from netwatch.capture.frame_writer import ByteSink
    from netwatch.capture.frames import FrameInterface, Frames

RECORD_HEADER: Final = 16
_NANOSECOND_MAGIC: Final = 0xA1B23C4D
_MICROSECOND_MAGIC: Final = 0xA1B2C3D4
_LARGEST: Final = 0xFFFFFFFF


class PcapWriter:
    """Implements FrameWriter. A pcap file has one link type: that of `link_type`, else of the first frame."""

    def __init__(self, sink: ByteSink, *, link_type: int | None = None, nanoseconds: bool = True) -> None:
        """Write to `sink`, at once the file header when the link type is known.

        `nanoseconds` keeps times as they are; all programs of the last ten years read it. Without it the file is in
        microseconds, right for times that have no finer part, and what is finer is cut off.
        """
        self._sink = sink
        self._nanoseconds = nanoseconds
        self._snaplen = USUAL_SNAPLEN
        self._link_type: int | None = None
        if link_type is not None:
            self._begin(link_type)

    def add_interfaces(self, interfaces: Sequence[FrameInterface]) -> None:
        """Note the largest snaplen; pcap has no place for the rest."""
        self._snaplen = max([self._snaplen, *(interface.snaplen for interface in interfaces)])

    def write(self, frames: Frames, rows: Rows = None) -> int:
        """Write the frames that `rows` means and return how many they are.

        Raises:
            FileError: they have another link type than the file, or the sink failed.
        """
        which = positions(frames, rows)
        if not len(which):
            return 0
        link_types = np.unique(frames.link_type[which])
        if self._link_type is None:
            self._begin(int(link_types[0]))
        if len(link_types) > 1 or link_types[0] != self._link_type:
            raise FileError(
                "a pcap file holds one link type, and these packets have several", "save them as pcapng instead"
            )
        pieces, longer = frame_pieces(frames, which)
        parts: list[memoryview | bytes] = [b""] * (2 * len(which))
        parts[0::2] = self._headers(frames, which, longer)
        parts[1::2] = pieces
        self._sink.write(b"".join(parts))
        return len(which)

    def record_sizes(self, frames: Frames, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the bytes that each frame takes in the file, tags left out."""
        return frames.captured[rows].astype(np.int64) + RECORD_HEADER

    def finish(self, *, received: int | None = None, dropped: int | None = None) -> None:  # noqa: ARG002 - pcap has no place for them
        """Write the file header if there was no frame; pcap cannot say what was lost."""
        if self._link_type is None:
            self._begin(LINKTYPE_ETHERNET)

    def _begin(self, link_type: int) -> None:
        magic = _NANOSECOND_MAGIC if self._nanoseconds else _MICROSECOND_MAGIC
        self._link_type = link_type
        self._sink.write(struct.pack("<IHHiIII", magic, 2, 4, 0, 0, self._snaplen, link_type))

    def _headers(self, frames: Frames, which: NDArray[np.intp], longer: NDArray[np.int64]) -> list[bytes]:
        # seconds are unsigned 32 bit: 1970 to 2106
        time_ns = np.clip(frames.time_ns[which], 0, (_LARGEST + 1) * SECOND - 1)
        headers = np.empty((len(which), 4), "<u4")
        headers[:, 0] = time_ns // SECOND
        headers[:, 1] = time_ns % SECOND // (1 if self._nanoseconds else 1000)
        headers[:, 2] = frames.captured[which] + longer
        headers[:, 3] = np.minimum(frames.wire_length[which] + longer, _LARGEST)
        texts: list[bytes] = headers.view(f"V{RECORD_HEADER}").ravel().tolist()
        return texts
