"""Reader for pcap files of either byte order, in micro- and nanoseconds, Kuznetsov's modified records included."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.capture_format import (
    MAX_RECORD,
    Parsed,
    link_type_of,
    records_at,
    usable_snaplen,
)
from netwatch.capture.frames import DIRECTION_IN, DIRECTION_OUT, DIRECTION_UNKNOWN, FrameInterface, Frames, constant
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.capture.capture_format import Losses
    from netwatch.capture.interface_table import InterfaceTable

FILE_HEADER: Final = 24
"""Bytes of the file header (draft-ietf-opsawg-pcap, section 4)."""
_PACKET_OUTGOING: Final = 4
"""linux/if_packet.h; modified records hold the kernel's packet type."""


@dataclass(frozen=True, slots=True)
class PcapKind:
    """What the magic number of a pcap file says."""

    order: str
    """`<` or `>`."""
    tick_ns: int
    """Nanoseconds of one unit of the second time field."""
    record_header: int
    """Bytes before each frame."""


_MAGICS: Final = ((0xA1B2C3D4, 1000, 16), (0xA1B23C4D, 1, 16), (0xA1B2CD34, 1000, 24))


def pcap_kind(start: bytes) -> PcapKind | None:
    """Return the kind of pcap file that begins with these 4 bytes, None when it is not one."""
    for order in "<>":
        for magic, tick_ns, record_header in _MAGICS:
            if start[:4] == struct.pack(order + "I", magic):
                return PcapKind(order, tick_ns, record_header)
    return None


class PcapReader:
    """Implements CaptureFormat."""

    def __init__(self, kind: PcapKind, table: InterfaceTable) -> None:
        self.started = False
        self._kind = kind
        self._table = table
        self._link_type = 0
        self._interface = 0
        self._layout = np.dtype(
            [(name, kind.order + "u4") for name in ("seconds", "fraction", "captured", "wire")]
            + ([("device", "V6"), ("packet_type", "u1"), ("_", "V1")] if kind.record_header > 16 else [])
        )
        self._captured: Callable[[memoryview, int], tuple[int]] = struct.Struct(kind.order + "I").unpack_from

    def parse(self, block: NDArray[np.uint8], filled: int) -> Parsed:
        """Read the records in `block[:filled]`, the file header first."""
        if self.started:
            return self._records(block, 0, filled)
        if filled < FILE_HEADER:
            return Parsed(None, 0, partial=True, wanted=FILE_HEADER)
        problem = self._file_header(bytes(block[:FILE_HEADER]))
        if problem:
            return Parsed(None, 0, partial=True, problem=problem)
        return self._records(block, FILE_HEADER, filled)

    def continuation(self) -> Callable[[], PcapReader]:
        """See CaptureFormat: behind the file header there is nothing to remember."""
        return (lambda: self) if self.started else partial(PcapReader, self._kind, self._table)

    def losses(self) -> Losses:
        """Return three times None: a pcap file says nothing of losses."""
        return None, None, None

    def section_comments(self) -> tuple[str, ...]:
        """Return nothing: pcap has no comments."""
        return ()

    def _file_header(self, header: bytes) -> str:
        major, minor, _, _, snaplen, network = struct.unpack(self._kind.order + "HHiIII", header[4:])
        if major != 2:  # 2.5 of a broken program is read as 2.4, as Wireshark does
            return f"pcap version {major}.{minor} is not known"
        self._link_type = link_type_of(network)
        interface = FrameInterface("", self._link_type, snaplen=usable_snaplen(snaplen))
        self._interface = self._table.number(interface)
        self.started = True
        return ""

    def _records(self, block: NDArray[np.uint8], start: int, filled: int) -> Parsed:
        size = self._kind.record_header
        positions = np.array(self._walk(block, start, filled), np.intp)
        positions = positions[positions + size <= filled]
        headers = records_at(block, positions, self._layout)
        ends = positions + size + headers["captured"]
        complete = len(ends)
        # each record begins where the one before ends, so only the last can reach past the bytes there are
        if complete and ends[-1] > filled:
            complete -= 1
        consumed = int(ends[complete - 1]) if complete else start
        wanted = int(ends[complete] - positions[complete]) if complete < len(ends) else size
        frames = self._frames(block, positions[:complete], headers[:complete]) if complete else None
        problem = f"a packet of {wanted - size:,} bytes" if wanted > MAX_RECORD else ""
        return Parsed(frames, consumed, partial=True, wanted=wanted, problem=problem)

    def _walk(self, block: NDArray[np.uint8], start: int, filled: int) -> list[int]:
        """Return where records begin; the last one or two may be cut short by the end of the block."""
        positions: list[int] = []
        append = positions.append
        header = self._kind.record_header
        captured = self._captured
        lengths = block.data[8:filled]
        position = start
        try:
            for _ in repeat(None, filled // header + 1):
                append(position)
                position += header + captured(lengths, position)[0]
        except struct.error:
            pass  # the captured length of the last record is not there yet
        return positions

    def _frames(self, block: NDArray[np.uint8], positions: NDArray[np.intp], headers: NDArray[np.void]) -> Frames:
        count = len(positions)
        time_ns = headers["seconds"].astype(np.int64) * SECOND
        time_ns += headers["fraction"].astype(np.int64) * self._kind.tick_ns
        return Frames(
            data=block,
            time_ns=time_ns,
            offset=(positions + self._kind.record_header).astype(np.int32),
            captured=headers["captured"].astype(np.int32),
            wire_length=headers["wire"].astype(np.uint32),
            interface=constant(self._interface, count, np.uint16),
            link_type=constant(self._link_type, count, np.uint16),
            direction=self._direction(headers),
            stripped_tag=constant(0, count, np.uint32),
            flags=constant(0, count, np.uint8),
        )

    def _direction(self, headers: NDArray[np.void]) -> NDArray[np.uint8]:
        if self._kind.record_header == 16:
            return constant(DIRECTION_UNKNOWN, len(headers), np.uint8)
        outgoing = headers["packet_type"] == _PACKET_OUTGOING
        return np.where(outgoing, np.uint8(DIRECTION_OUT), np.uint8(DIRECTION_IN))
