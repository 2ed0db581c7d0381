"""Several capture files as one, in the order of time, each file keeping its own order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.frame_rows import chosen, compacted, gathered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.capture.byte_stream import ByteStream
    from netwatch.capture.capture_file import CaptureFile
    from netwatch.capture.frames import Frames


class Merge:
    """Takes, again and again, the frame with the smallest time among the first unread frames of all files.

    Because a file keeps its own order, a frame counts as no earlier than the latest before it in its file. Frames of
    the same time come in the order of the files.
    """

    def __init__(self, files: Sequence[CaptureFile]) -> None:
        self._lanes = [_Lane(file) for file in files]
        self.waits_for: ByteStream = files[0].stream
        """The stream that `next` was waiting for when it returned None."""

    def next(self) -> Frames | None:
        """Return the next frames, or None when a file has none just now.

        Raises:
            EOFError: all files were read to their end.
            FileError: a file cannot be read any further.
        """
        if len(self._lanes) == 1 and self._lanes[0].frames is None:
            return self._lanes[0].file.next()
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
        keys, parts = [], []
        for index, lane in enumerate(self._lanes):
            order, part = lane.take(until, including=index <= first)
            if part is not None:
                keys.append(order)
                parts.append(part)
        if len(parts) == 1:
            return compacted(parts[0])
        together = gathered(parts)
        return chosen(together, np.argsort(np.concatenate(keys), kind="stable"))


class _Lane:
    """One file and the frames of it that were read and not yet taken."""

    def __init__(self, file: CaptureFile) -> None:
        self.file = file
        self.frames: Frames | None = None
        self.order: NDArray[np.int64] = np.zeros(0, np.int64)
        self._latest = np.iinfo(np.int64).min
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
            self._latest = int(self.order[-1])
        return self.frames is not None

    def take(self, until: int, *, including: bool) -> tuple[NDArray[np.int64], Frames | None]:
        """Take the frames before `until`, or up to and `including` it; return their order and them, None for none."""
        frames = self.frames
        count = int(np.searchsorted(self.order, until, side="right" if including else "left"))
        if frames is None or not count:
            return self.order[:0], None
        order = self.order[:count]
        self.order = self.order[count:]
        if count == len(frames):
            self.frames = None
            return order, frames
        self.frames = chosen(frames, slice(count, None))
        return order, chosen(frames, slice(0, count))
