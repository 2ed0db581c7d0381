"""Capture files, standard input or a growing file as a source of frames."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from netwatch.capture.archive import FileArchive
from netwatch.capture.byte_stream import STDIN
from netwatch.capture.capture_file import BLOCK, CaptureFile
from netwatch.capture.capture_format import summed
from netwatch.capture.frame_rows import chosen, compacted
from netwatch.capture.frames import LINKTYPE_ETHERNET, LINKTYPE_IEEE802_11_RADIOTAP
from netwatch.capture.interface_table import InterfaceTable
from netwatch.capture.merge import Merge
from netwatch.capture.source import SourceCounters
from netwatch.capture.wakeup import Wakeup
from netwatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.capture.bpf import CaptureFilter
    from netwatch.capture.frames import FrameInterface, Frames
    from netwatch.capture.source import FrameArchive

_LIKELY: Final = frozenset({LINKTYPE_ETHERNET, LINKTYPE_IEEE802_11_RADIOTAP})
"""Link types that a filter is tried with before a pipe has said what it carries."""
_SMALLEST_BLOCK: Final = 64 << 10


class FileSource:
    """Implements Source for one capture file or for several, merged by time.

    Files are told apart by their first bytes, never by their names: pcap and pcapng, plain or packed with gzip, xz or
    Zstandard. A file that ends inside a record gives all before it, then `counters().truncated`; that is no error.
    """

    live = False
    backlog = 0.0

    def __init__(self, paths: Sequence[str], *, follow: bool = False, block: int = BLOCK) -> None:
        """Open the files at `paths`; `-` is standard input. With `follow` the one file is expected to grow.

        About `block` bytes are read at once; how many changes no number.

        Raises:
            FileError: a file cannot be opened or is not a capture.
            UsageError: no file, or more than one to follow or to read from standard input.
        """
        if not paths:
            raise UsageError("no capture file was given")
        if follow and len(paths) > 1:
            raise UsageError("only one file can be followed")
        if list(paths).count(STDIN) > 1:
            raise UsageError("standard input can be read only once")
        self._follow = follow
        self._caught_up = False
        """All that is in the followed file was read."""
        self._table = InterfaceTable()
        self._wakeup = Wakeup()
        self._filter: CaptureFilter | None = None
        self._filtered_types: tuple[tuple[int, str], ...] = ()
        self._files: list[CaptureFile] = []
        block = max(block // len(paths), _SMALLEST_BLOCK)
        try:
            for path in paths:
                self._files.append(CaptureFile(path, self._table, self._wakeup, follow=follow, block=block))
        except BaseException:
            self.close()
            raise
        self._merge = Merge(self._files)
        self._archive: FileArchive | None = FileArchive(paths, [file.stream.identity for file in self._files])

    @property
    def name(self) -> str:
        """The file's name without its folder, printable; with several files the first and how many more."""
        more = len(self._files) - 1
        return f"{self._files[0].name} and {more} more" if more else self._files[0].name

    @property
    def interfaces(self) -> tuple[FrameInterface, ...]:
        """The interfaces met so far; pcap files have one without a name."""
        return self._table.interfaces()

    @property
    def archive(self) -> FrameArchive | None:
        """What reads frames again; None where the files are piped or compressed."""
        return self if self._archive is not None else None

    def reread(self, number: int) -> tuple[int, Frames]:
        """See FrameArchive."""
        if self._archive is None:
            raise LookupError(f"packet {number} cannot be read again")
        return self._archive.frames(number, self._filtered)

    @property
    def section_comments(self) -> tuple[str, ...]:
        """Comments on the files themselves as far as they were read, not yet printable."""
        return tuple(comment for file in self._files for comment in file.section_comments())

    def read(self, timeout: float) -> Frames | None:
        """Return the next block, or None when nothing came within `timeout` seconds or `wake` was called.

        Raises:
            EOFError: all files were read to their end.
            FileError: a file broke, or was truncated, replaced or deleted while it was followed.
        """
        deadline = time.monotonic() + timeout
        while True:
            frames = self._merge.next()
            if frames is None:
                self._caught_up = self._follow
                if not self._merge.waits_for.wait(deadline - time.monotonic(), self._wakeup):
                    return None
                continue
            self._caught_up = False
            parts = self._merge.parts
            frames = self._filtered(frames)
            if self._archive is not None and parts:
                self._archive.note(parts, len(frames))
            else:
                self._archive = None  # what is missing in between would give all that follow another number
            if len(frames):
                return frames
            if time.monotonic() >= deadline:
                return None

    def wake(self) -> None:
        """Make a `read` that waits in another thread return at once."""
        self._wakeup.ring()

    def set_filter(self, capture_filter: CaptureFilter | None) -> None:
        """Let only frames pass that match; blocks that were handed out already stay as they are.

        Raises:
            FilterError: it compiles for none of the link types met so far. Where it compiles for some only, frames of
                the others do not pass, and `counters().message` says so.
        """
        if capture_filter is not None:
            known = {interface.link_type for interface in self.interfaces} or _LIKELY
            refused = {link_type: capture_filter.problem(link_type) for link_type in known}
            if all(refused.values()):
                capture_filter.program(min(refused))
        self._filter = capture_filter
        self._filtered_types = ()

    def counters(self) -> SourceCounters:
        """Return what was read so far and what the files state of their own losses."""
        known = [file.losses() for file in self._files]
        received, dropped, interface_dropped = summed(known)
        problems = [f"{file.name} {file.problem}" for file in self._files if file.problem]
        problems += [
            f"link type {number} is left out by the filter: {why}" for number, why in self._filtered_types if why
        ]
        return SourceCounters(
            received=received,
            dropped=dropped,
            interface_dropped=interface_dropped,
            progress=self._progress(),
            read_bytes=sum(file.stream.position for file in self._files),
            growing=self._caught_up,
            truncated=any(file.truncated for file in self._files),
            message="; ".join(problems),
        )

    def rest(self) -> tuple[()]:
        """See Source; nothing comes of itself."""
        return ()

    def close(self) -> None:
        """Close the files. May be called twice."""
        for file in self._files:
            file.close()
        self._wakeup.close()

    def _filtered(self, frames: Frames) -> Frames:
        if self._filter is None:
            return frames
        link_types = dict.fromkeys(interface.link_type for interface in self.interfaces)
        if len(link_types) != len(self._filtered_types):
            self._filtered_types = tuple((number, self._filter.problem(number)) for number in link_types)
        keep = self._filter.matches(frames)
        return frames if keep.all() else compacted(chosen(frames, keep))

    def _progress(self) -> float | None:
        sizes = [file.stream.size for file in self._files]
        if any(size is None for size in sizes):
            return None
        total = sum(size or 0 for size in sizes)
        read = sum(file.stream.position for file in self._files)
        return min(read / total, 1.0) if total else 1.0
