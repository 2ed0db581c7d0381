"""Saving frames as a capture file: the format by the file's name, whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from netwatch.capture.atomic import AtomicFile
from netwatch.capture.gzip_sink import GzipSink
from netwatch.capture.pcap_writer import PcapWriter
from netwatch.capture.pcapng_writer import PcapngWriter
from netwatch.errors import FileError
from netwatch.snapshot import Saved
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from netwatch.capture.frame_rows import Rows
    from netwatch.capture.frame_writer import FrameWriter
    from netwatch.capture.frames import FrameInterface, Frames

_PCAP_SUFFIXES = frozenset({".pcap", ".cap", ".dmp"})


def split_name(path: str) -> tuple[str, str]:
    """Return `path` without and its suffix, `.gz` and what stands before it taken together: `a`, `.pcap.gz`."""
    stem, suffix = os.path.splitext(path)
    if suffix.lower() != ".gz":
        return stem, suffix
    stem, inner = os.path.splitext(stem)
    return stem, inner + suffix


def is_pcap(path: str) -> bool:
    """Return whether a file of this name is to be pcap; everything else is pcapng."""
    return split_name(path)[1].lower().removesuffix(".gz") in _PCAP_SUFFIXES


def is_compressed(path: str) -> bool:
    """Return whether a file of this name is to be compressed with gzip."""
    return path.lower().endswith(".gz")


def save(
    path: str,
    batches: Iterable[tuple[Frames, Rows]],
    interfaces: Sequence[FrameInterface],
    *,
    overwrite: bool = False,
    comment: str = "",
    received: int | None = None,
    dropped: int | None = None,
    nanoseconds: bool = True,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Saved:
    """Write `batches`, each a block and its rows that are meant, to a new file whose name decides the format.

    `comment`, `received` and `dropped` go into pcapng only; `nanoseconds=False` makes a pcap file in microseconds.
    Before each batch `cancelled` is asked, after it `progress` gets the packets so far.

    Raises:
        FileError: nothing was saved: the file exists, no space, a pcap of several link types, or cancelled.
    """
    with AtomicFile(path, overwrite=overwrite) as file:
        packed = GzipSink(file) if is_compressed(path) else None
        sink = packed or file
        writer: FrameWriter
        writer = PcapWriter(sink, nanoseconds=nanoseconds) if is_pcap(path) else PcapngWriter(sink, comment=comment)
        writer.add_interfaces(interfaces)
        packets = 0
        for frames, rows in batches:
            if cancelled is not None and cancelled():
                raise FileError(f"saving {printable(path)} was cancelled")
            packets += writer.write(frames, rows)
            if progress is not None:
                progress(packets)
        writer.finish(received=received, dropped=dropped)
        if packed:
            packed.finish()
        file.commit()
        return Saved(path, packets, file.size)
