"""One capture file of any kind as Frames: bytes read into owned blocks, unpacked, recognised, parsed."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.archive import Stretch
from netwatch.capture.byte_stream import ByteStream
from netwatch.capture.capture_format import MAX_RECORD
from netwatch.capture.compression import LONGEST_MAGIC, Unpacked, compression_of
from netwatch.capture.frames import PADDING
from netwatch.capture.pcap import PcapReader, pcap_kind
from netwatch.capture.pcapng import PcapngReader
from netwatch.capture.pcapng_section import SECTION_MAGIC
from netwatch.errors import FileError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.capture.byte_stream import Content
    from netwatch.capture.capture_format import CaptureFormat, Losses, Parsed
    from netwatch.capture.frames import Frames
    from netwatch.capture.interface_table import InterfaceTable
    from netwatch.capture.wakeup import Wakeup

BLOCK: Final = 2 << 20
"""File bytes of one Frames block: small enough for first rows to appear at once, and for a key not to wait long while
a block is looked into."""
LONG_BLOCK: Final = 4 << 20
"""The same where nobody waits at a screen: what a batch costs whatever is in it matters half as much."""
GATHER: Final = 0.02
"""Seconds that a pipe is given to fill a block once it has something."""


class CaptureFile:
    """Reads one file; never more than a block ahead."""

    def __init__(
        self, path: str, table: InterfaceTable, wakeup: Wakeup, *, follow: bool = False, block: int = BLOCK
    ) -> None:
        """Open `path` and, unless it is a pipe, read what comes first, so that a wrong file is refused here.

        Raises:
            FileError: it cannot be opened or read or is not a capture.
        """
        self.stream = ByteStream(path, follow=follow)
        self.name = self.stream.name
        self.truncated = False
        self.problem = ""
        self._table = table
        self._wakeup = wakeup
        self._size = block
        self._content: Content | None = None
        self._format: CaptureFormat | None = None
        self._block = _block(block)
        self._filled = 0
        self._base = 0
        self._source_ended = False
        self._stuck = False
        self._done = False
        self._first: Frames | None = None
        self.stretch: Stretch | None = None
        """Where the frames that `next` returned last lie; None where they cannot be read again."""
        try:
            if not self.stream.waits:
                self._first = self._advance()
        except BaseException:
            self.close()
            raise

    def next(self) -> Frames | None:
        """Return the next frames, or None when there are none just now: wait for `stream`, then ask again.

        Raises:
            EOFError: there will never be more.
            FileError: the device failed, or what came through a pipe is not a capture.
        """
        if self._first is not None:
            frames, self._first = self._first, None
            return frames
        if self._done:
            raise EOFError
        return self._advance()

    @property
    def seekable(self) -> bool:
        """True when what was read can be read again: a file that is not compressed."""
        return self._content is self.stream and self.stream.size is not None

    def losses(self) -> Losses:
        """Return what the file states of losses; may be called from any thread."""
        return self._format.losses() if self._format else (None, None, None)

    def section_comments(self) -> tuple[str, ...]:
        """Return the comments on the file, not yet printable."""
        return self._format.section_comments() if self._format else ()

    def close(self) -> None:
        """Close the file. May be called twice."""
        self._done = True
        self.stream.close()

    def _advance(self) -> Frames | None:
        grown = self._fill()
        if self._stuck and not grown and not self._source_ended:
            return None
        reader = self._format or self._recognised()
        if reader is None:
            self._stuck = True
            return None
        again = reader.continuation()
        parsed = reader.parse(self._block, self._filled)
        if parsed.frames is not None:
            self.stretch = Stretch(self._base, parsed.consumed, again) if self.seekable else None
        self._stuck = parsed.partial
        position = self._base + parsed.consumed
        frames = self._taken(parsed)
        if parsed.problem:
            self._end(reader, f"damaged at byte {position:,}: {parsed.problem}", parsed.problem)
        elif parsed.partial and self._source_ended:
            self._end(reader, self._cut_short(position, parsed.wanted), "it ends inside its header")
        elif self._filled == len(self._block) - PADDING:
            self._grow(parsed.wanted)
        return frames

    def _cut_short(self, position: int, wanted: int) -> str:
        """Return why the file ends here, empty when it is where it should end."""
        damage = self._content.problem if self._content else ""
        if self._filled:
            inside = f"ends at byte {position + self._filled:,} inside a record of {wanted:,} bytes"
            return f"{inside}: {damage}" if damage else inside
        return damage

    def _end(self, reader: CaptureFormat, problem: str, header_problem: str) -> None:
        """Stop here; a file of which not even the header could be used is no capture."""
        self._done = True
        if not reader.started:
            raise FileError(f"cannot read {self.name}: {header_problem}")
        self.problem = problem
        self.truncated = bool(problem)

    def _fill(self) -> bool:
        """Read until the block is full or there is nothing more just now; return whether anything came."""
        before = self._filled
        view = self._block.data[: len(self._block) - PADDING]
        patience = 0.0
        while self._filled < len(view) and not self._source_ended:
            content = self._content or self._opened_content()
            if content is None:
                break
            count = content.read_into(view[self._filled :])
            if count:
                self._filled += count
            elif count == 0:
                self._source_ended = True
            elif self._filled == before or not self.stream.waits:
                break
            else:
                now = time.monotonic()
                patience = patience or now + GATHER
                if now >= patience or not self.stream.wait(patience - now, self._wakeup):
                    break
        return self._filled > before

    def _opened_content(self) -> Content | None:
        """Return what unpacks the stream by its first bytes, the stream itself when it is not packed."""
        while self._filled < LONGEST_MAGIC:
            count = self.stream.read_into(self._block.data[self._filled : LONGEST_MAGIC])
            if count is None:
                return None
            if count == 0:
                break
            self._filled += count
        start = bytes(self._block[: self._filled])
        kind = compression_of(start)
        if not kind:
            self._content = self.stream
        else:
            self._content = Unpacked(self.stream, start, kind)
            self._filled = 0
        return self._content

    def _recognised(self) -> CaptureFormat | None:
        """Choose the format by the first 4 bytes; None when they are not there yet."""
        start = bytes(self._block[: min(self._filled, 4)])
        if len(start) == 4:
            kind = pcap_kind(start)
            if kind:
                self._format = PcapReader(kind, self._table)
            elif start == SECTION_MAGIC:
                self._format = PcapngReader(self._table)
        if self._format or (len(start) < 4 and not self._source_ended):
            return self._format
        damage = self._content.problem if self._content else ""
        if damage:
            raise FileError(f"cannot read {self.name}: {damage}")
        if not start:
            raise FileError(f"cannot read {self.name}: it is empty")
        raise FileError(
            f"{self.name} is not a capture file",
            "netwatch reads pcap and pcapng, also compressed with gzip, xz or zstd",
        )

    def _taken(self, parsed: Parsed) -> Frames | None:
        """Take the parsed bytes out of the block; the frames get a block that is theirs alone."""
        used = parsed.consumed
        rest = self._filled - used
        block = self._block
        frames = parsed.frames
        if frames is not None and 2 * used >= self._size:
            self._block = _block(max(self._size, 2 * rest))
            self._block[:rest] = block[used : self._filled]
            block[used : used + PADDING] = 0
            frames = replace(frames, data=block[: used + PADDING])
        else:
            if frames is not None:
                data = np.zeros(used + PADDING, np.uint8)
                data[:used] = block[:used]
                frames = replace(frames, data=data)
            if used:
                block[:rest] = block[used : self._filled]
        self._base += used
        self._filled = rest
        return frames

    def _grow(self, wanted: int) -> None:
        """Make room for a record larger than the block, by doubling: its length is only a claim until it is here."""
        room = len(self._block) - PADDING
        block = _block(min(2 * room, max(wanted, room) + self._size, MAX_RECORD + self._size))
        block[: self._filled] = self._block[: self._filled]
        self._block = block


def _block(size: int) -> NDArray[np.uint8]:
    return np.empty(size + PADDING, np.uint8)
