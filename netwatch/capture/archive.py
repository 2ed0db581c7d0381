"""Reading packets of capture files again by number, from where in the files they were found the first time."""

from __future__ import annotations

import os
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.capture_format import MAX_RECORD
from netwatch.capture.file_errors import cannot
from netwatch.capture.frame_rows import chosen, compacted, gathered
from netwatch.capture.frames import PADDING
from netwatch.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from netwatch.capture.capture_format import CaptureFormat
    from netwatch.capture.frames import Frames

SMALL: Final = 1 << 20
"""Bytes up to which neighbouring stretches of one file are one entry: a file that grows slowly has many."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole records of one file."""

    begin: int
    """Position of the first byte in the file."""
    length: int
    reader: Callable[[], CaptureFormat]
    """Makes a reader that knows what stands before `begin`."""


@dataclass(frozen=True, slots=True)
class Part:
    """Frames of a stretch that were handed out together with those of other files."""

    file: int
    """Position in the list of paths."""
    stretch: Stretch
    first: int
    """Position of the first of them in the stretch."""
    count: int | None
    """None for all from there on."""
    after_ns: int
    """The latest time before them in their file: they count as no earlier when files are merged."""


class FileArchive:
    """Which frames, as numbered from 1 in the order of reading, lie where. One thread notes, any thread reads."""

    def __init__(self, paths: Sequence[str], identities: Sequence[tuple[int, int]]) -> None:
        """Read files again at `paths`, as long as (device, inode) of each is what it was."""
        self._paths = tuple(paths)
        self._identities = tuple(identities)
        self._first: list[int] = []
        self._entries: list[tuple[tuple[Part, ...], int]] = []
        self._next = 1

    def note(self, parts: tuple[Part, ...], count: int) -> None:
        """Enter the next `count` frames, which are what passed the filter of `parts`."""
        if not count:
            return
        if self._entries and (whole := _whole(self._entries[-1][0], parts)):
            self._entries[-1] = whole, self._entries[-1][1] + count
        else:
            self._entries.append((parts, count))
            self._first.append(self._next)
        self._next += count

    def frames(self, number: int, filtered: Callable[[Frames], Frames] = lambda frames: frames) -> tuple[int, Frames]:
        """Return a block that holds frame `number`, and the number of its first frame.

        Raises:
            LookupError: there was no such frame.
            FileError: the file cannot be read, or is not what it was.
        """
        index = bisect_right(self._first, number) - 1
        if index < 0 or number >= self._next:
            raise LookupError(f"packet {number} was not read from a file")
        parts, count = self._entries[index]
        frames = filtered(merged([self._part(part) for part in parts]))
        if len(frames) != count:
            raise FileError("the file has changed since it was read", "read it anew")
        return self._first[index], frames

    def _part(self, part: Part) -> tuple[NDArray[np.int64], Frames]:
        frames = self._stretch(part.file, part.stretch)
        if part.first or part.count is not None:
            frames = chosen(frames, slice(part.first, None if part.count is None else part.first + part.count))
        return np.maximum.accumulate(np.maximum(frames.time_ns, part.after_ns)), frames

    def _stretch(self, file: int, stretch: Stretch) -> Frames:
        block = self._bytes(file, stretch.begin, stretch.length)
        reader = stretch.reader()
        found: list[Frames] = []
        at = 0
        while at < stretch.length:
            rest = block if not at else block[at:].copy()
            parsed = reader.parse(rest, stretch.length - at)
            if parsed.frames is not None:
                found.append(parsed.frames)
            if parsed.problem or not parsed.consumed:
                break
            at += parsed.consumed
        if not found:
            raise FileError("the file has changed since it was read", "read it anew")
        return found[0] if len(found) == 1 else gathered(found)

    def _bytes(self, file: int, begin: int, length: int) -> NDArray[np.uint8]:
        path = self._paths[file]
        block = np.zeros(length + PADDING, np.uint8)
        try:
            with open(path, "rb", buffering=0) as opened:
                status = os.fstat(opened.fileno())
                if (status.st_dev, status.st_ino) == self._identities[file] and length <= 2 * MAX_RECORD:
                    opened.seek(begin)
                    view = block.data[:length]
                    while view and (count := opened.readinto(view)):
                        view = view[count:]
                    if not view:
                        return block
        except OSError as error:
            raise cannot("read", path, error) from error
        raise FileError("the file has changed since it was read", "read it anew")


def merged(parts: Sequence[tuple[NDArray[np.int64], Frames]]) -> Frames:
    """Return the frames of several files, each with its order, in the order of time; equal times as the files come."""
    if len(parts) == 1:
        return compacted(parts[0][1])
    together = gathered([frames for _, frames in parts])
    return chosen(together, np.argsort(np.concatenate([order for order, _ in parts]), kind="stable"))


def _whole(before: tuple[Part, ...], after: tuple[Part, ...]) -> tuple[Part, ...] | None:
    """Return both as one stretch of one file, None when they are not, or are large enough already."""
    if len(before) != 1 or len(after) != 1:
        return None
    one, two = before[0].stretch, after[0].stretch
    if before[0].file != after[0].file or any(part.first or part.count is not None for part in (*before, *after)):
        return None
    if one.begin + one.length != two.begin or one.length + two.length > SMALL:
        return None
    return (Part(before[0].file, Stretch(one.begin, one.length + two.length, one.reader), 0, None, before[0].after_ns),)
