"""Several capture files as one, in the order of time, each file keeping its own order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.archive import Part, merged
from netwatch.capture.frame_rows import chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.capture.byte_stream import ByteStream
    from netwatch.capture.capture_file import CaptureFile
    from netwatch.capture.frames import Frames


EARLIEST: Final = int(np.iinfo(np.int64).min)


class Merge:
    """Takes, again and again, the frame with the smallest time among the first unread frames of all files.

    Because a file keeps its own order, a frame counts as no earlier than the latest before it in its file. Frames of
    the same time come in the order of the files.
    """

    def __init__(self, files: Sequence[CaptureFile]) -> None:
        self._lanes = [_Lane(file, place) for place, file in enumerate(files)]
        self.parts: tuple[Part, ...] = ()
        """Where the frames that `next` returned last lie; empty where they cannot be read again."""
        self.waits_for: ByteStream = files[0].stream
        """The stream that `next` was waiting for when it returned None."""

    def next(self) -> Frames | None:
        """Return the next frames, or None when a file has none just now.

        Raises:
            EOFError: all files were read to their end.
            FileError: a file cannot be read any further.
        """
        if len(self._lanes) == 1 and self._lanes[0].frames is None:
            frames = self._lanes[0].file.next()
            stretch = self._lanes[0].file.stretch
            self.parts = (Part(self._lanes[0].place, stretch, 0, None, EARLIEST),) if stretch else ()
            return frames
        for lane in self._lanes:
            if not lane.ready():
                self.waits_for = lane.file.stream
                return None
        self._lanes = [lane for lane in self._lanes if lane.frames is not None]
        if not self._lanes:
            raise EOFError
        # the file whose block ends first decides how far the others may go
        first = min(range(len(self._lanes)), key=lambda index: int(self._lanes[index].order[-1]))
        until = int(self._lanes[first].order[-1])
        taken, parts = [], []
        for index, lane in enumerate(self._lanes):
            order, part, frames = lane.take(until, including=index <= first)
            if frames is not None:
                taken.append((order, frames))
                parts.append(part)
        self.parts = tuple(part for part in parts if part is not None)
        if len(self.parts) < len(parts):
            self.parts = ()
        return merged(taken)


class _Lane:
    """One file and the frames of it that were read and not yet taken."""

    def __init__(self, file: CaptureFile, place: int) -> None:
        self.file = file
        self.place = place
        """Position among the files."""
        self.frames: Frames | None = None
        self.order: NDArray[np.int64] = np.zeros(0, np.int64)
        self._latest = EARLIEST
        self._before = EARLIEST
        """The latest time of the file before the first frame of the block."""
        self._taken = 0
        """Frames of the block that were taken."""
        self._ended = False

    def ready(self) -> bool:
        """Return whether frames are at hand or there will never be more."""
        if self.frames is not None or self._ended:
            return True
        try:
            frames = self.file.next()
        except EOFError:
            self._ended = True
            self.file.close()
            return True
        if frames is not None and len(frames):
            self.frames = frames
            self.order = np.maximum.accumulate(np.maximum(frames.time_ns, self._latest))
            self._before, self._latest = self._latest, int(self.order[-1])
            self._taken = 0
        return self.frames is not None

    def take(self, until: int, *, including: bool) -> tuple[NDArray[np.int64], Part | None, Frames | None]:
        """Take the frames before `until`, or up to and `including` it; return their order, their place and them.

        The place is None where they cannot be read again, the frames where there are none.
        """
        frames = self.frames
        count = int(np.searchsorted(self.order, until, side="right" if including else "left"))
        if frames is None or not count:
            return self.order[:0], None, None
        stretch = self.file.stretch
        part = Part(self.place, stretch, self._taken, count, self._before) if stretch else None
        order = self.order[:count]
        self.order = self.order[count:]
        self._taken += count
        self._before = int(order[-1])
        if count == len(frames):
            self.frames = None
            return order, part, frames
        self.frames = chosen(frames, slice(count, None))
        return order, part, chosen(frames, slice(0, count))
