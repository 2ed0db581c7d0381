"""Capture files as bytes, made field by field, and what a reader found in them as plain tuples."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.capture_file import BLOCK, CaptureFile
from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import PADDING, FrameInterface, Frames
from netwatch.capture.interface_table import InterfaceTable
from netwatch.capture.save import save
from netwatch.capture.wakeup import Wakeup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


INTERFACES = (
    FrameInterface("eth0", 1, "the first", 96, "tcp port 80"),
    FrameInterface("wlan0", 127),
    FrameInterface("", 101, "ünnamed"),
)
"""Interfaces to write files of."""

MICRO, NANO, MODIFIED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34
SHB, IDB, OPB, SPB, NRB, ISB, EPB, DSB, CUSTOM = 0x0A0D0D0A, 1, 2, 3, 4, 5, 6, 10, 0xBAD


def pcap_header(order="<", magic=MICRO, network=1, snaplen=262144, version=(2, 4)) -> bytes:
    return struct.pack(order + "IHHiIII", magic, *version, 0, 0, snaplen, network)


def pcap_record(frame: bytes, time_ns=0, wire=None, order="<", magic=MICRO, packet_type=0) -> bytes:
    seconds, rest = divmod(time_ns, 10**9)
    fraction = rest if magic == NANO else rest // 1000
    head = struct.pack(order + "IIII", seconds, fraction, len(frame), len(frame) if wire is None else wire)
    if magic == MODIFIED:
        head += struct.pack(order + "IHBB", 2, 0x0800, packet_type, 0)
    return head + frame


def pcap(frames: Iterable[bytes], **header) -> bytes:
    """One record a microsecond from second 1 on."""
    both = {key: header[key] for key in ("order", "magic") if key in header}
    records = [pcap_record(frame, 10**9 + 1000 * place, **both) for place, frame in enumerate(frames)]
    return pcap_header(**header) + b"".join(records)


def option(code: int, value: bytes, order="<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) & 3)


def block(kind: int, body: bytes, order="<", ragged=False) -> bytes:
    padded = body + bytes(-len(body) & 3)
    length = struct.pack(order + "I", 12 + len(body if ragged else padded))
    return struct.pack(order + "I", kind) + length + padded + length


def shb(order="<", options=b"", major=1, minor=0) -> bytes:
    return block(SHB, struct.pack(order + "IHHq", 0x1A2B3C4D, major, minor, -1) + options, order)


def idb(link_type=1, snaplen=0, options=b"", order="<") -> bytes:
    return block(IDB, struct.pack(order + "HHI", link_type, 0, snaplen) + options, order)


def epb(frame: bytes, ticks=0, interface=0, wire=None, options=b"", order="<", captured=None, ragged=False) -> bytes:
    wire = len(frame) if wire is None else wire
    captured = len(frame) if captured is None else captured
    head = struct.pack(order + "IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, captured, wire)
    tail = bytes(-len(frame) & 3) if options else b""
    return block(EPB, head + frame + tail + options, order, ragged)


def opb(frame: bytes, ticks=0, interface=0, drops=0, options=b"", order="<") -> bytes:
    head = struct.pack(order + "HHIIII", interface, drops, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
    return block(OPB, head + frame + bytes(-len(frame) & 3) + options, order)


def spb(frame: bytes, wire=None, order="<") -> bytes:
    return block(SPB, struct.pack(order + "I", len(frame) if wire is None else wire) + frame, order)


def isb(interface=0, order="<", **counters: int) -> bytes:
    codes = {"received": 4, "interface_dropped": 5, "system_dropped": 7}
    options = b"".join(option(codes[name], struct.pack(order + "Q", n), order) for name, n in counters.items())
    return block(ISB, struct.pack(order + "III", interface, 0, 0) + options, order)


@dataclass(frozen=True)
class Row:
    time_ns: int
    data: bytes
    wire: int
    interface: int = 0
    link_type: int = 1
    direction: int = 0
    comment: str | None = None


def rows_of(blocks: Iterable[Frames]) -> list[Row]:
    """All frames of `blocks`, checking what every block has to keep to."""
    rows = []
    for frames in blocks:
        assert len(frames) > 0
        assert not frames.data[-PADDING:].any()
        assert {len(getattr(frames, name)) for name in frames.__dataclass_fields__ if name[:2] not in ("da", "co")} == {
            len(frames)
        }
        raw = frames.data.tobytes()
        comments = frames.comments or {}
        for row in range(len(frames)):
            start, size = int(frames.offset[row]), int(frames.captured[row])
            assert 0 <= start <= start + size <= len(raw) - PADDING
            rows.append(
                Row(
                    int(frames.time_ns[row]),
                    raw[start : start + size],
                    int(frames.wire_length[row]),
                    int(frames.interface[row]),
                    int(frames.link_type[row]),
                    int(frames.direction[row]),
                    comments.get(row),
                )
            )
    return rows


def blocks_of(source: FileSource) -> list[Frames]:
    """Everything that a source gives."""
    blocks = []
    while True:
        try:
            frames = source.read(1.0)
        except EOFError:
            return blocks
        if frames is not None:
            blocks.append(frames)


def read_in_blocks(path: Path, size: int = BLOCK) -> tuple[list[Row], CaptureFile, InterfaceTable]:
    """Read a file in blocks of `size` bytes."""
    table, wakeup = InterfaceTable(), Wakeup()
    try:
        file = CaptureFile(str(path), table, wakeup, block=size)
        blocks = []
        while True:
            try:
                frames = file.next()
            except EOFError:
                break
            if frames is not None:
                blocks.append(frames)
        file.close()
        return rows_of(blocks), file, table
    finally:
        wakeup.close()


def frames_of(rows, tags=None):
    """A block that holds `rows`, with some bytes between the frames as in a kernel ring."""
    data = bytearray(b"\xaa" * 7)
    offsets = []
    for row in rows:
        offsets.append(len(data))
        data += row.data + b"\xaa" * (len(row.data) % 5)

    def column(values, kind):
        return np.array(list(values), kind)

    return Frames(
        data=np.frombuffer(bytes(data) + bytes(PADDING), np.uint8),
        time_ns=column((row.time_ns for row in rows), np.int64),
        offset=column(offsets, np.int32),
        captured=column((len(row.data) for row in rows), np.int32),
        wire_length=column((row.wire for row in rows), np.uint32),
        interface=column((row.interface for row in rows), np.uint16),
        link_type=column((row.link_type for row in rows), np.uint16),
        direction=column((row.direction for row in rows), np.uint8),
        stripped_tag=column(tags or [0] * len(rows), np.uint32),
        flags=np.zeros(len(rows), np.uint8),
        comments={n: row.comment for n, row in enumerate(rows) if row.comment} or None,
    )


def saved(path, batches, interfaces=INTERFACES, **options):
    done = save(str(path), batches, interfaces, **options)
    assert (done.path, done.bytes) == (str(path), path.stat().st_size)
    source = FileSource([str(path)])
    rows = rows_of(blocks_of(source))
    assert len(rows) == done.packets
    assert not source.counters().truncated
    source.close()
    return rows, source


def frames_from(path: Path, content: bytes) -> Sequence[Frames]:
    """Write `content` to `path` and read it back."""
    path.write_bytes(content)
    source = FileSource([str(path)])
    try:
        return blocks_of(source)
    finally:
        source.close()
