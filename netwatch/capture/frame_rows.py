"""Choosing, cutting and joining the rows of Frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from netwatch.capture.frames import PADDING, Frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Rows: TypeAlias = "slice | NDArray[np.bool_] | NDArray[np.intp] | None"
"""Which frames of a block are meant: a slice, a mask, positions, or None for all."""

_COLUMNS: Final = tuple(name for name in Frames.__dataclass_fields__ if name not in ("data", "comments"))


def positions(frames: Frames, rows: Rows) -> NDArray[np.intp]:
    """Return `rows` as positions, shape (chosen,)."""
    everything = np.arange(len(frames), dtype=np.intp)
    return everything if rows is None else everything[rows]


def chosen(frames: Frames, rows: Rows) -> Frames:
    """Return the frames that `rows` means, sharing `data`."""
    if rows is None:
        return frames
    comments = None
    if frames.comments:
        kept = positions(frames, rows).tolist()
        comments = {place: frames.comments[row] for place, row in enumerate(kept) if row in frames.comments}
    columns = {name: getattr(frames, name)[rows] for name in _COLUMNS}
    return replace(frames, **columns, comments=comments or None)


def compacted(frames: Frames) -> Frames:
    """Return `frames` with data that holds little else: copied together when over half of the block is not theirs."""
    used = int(frames.captured.sum(dtype=np.int64))
    if 2 * used + PADDING >= len(frames.data):
        return frames
    view = frames.data.data
    begins = frames.offset.tolist()
    sizes = frames.captured.tolist()
    pieces = [view[begin : begin + size] for begin, size in zip(begins, sizes, strict=True)]
    data = np.frombuffer(bytearray().join([*pieces, bytes(PADDING)]), np.uint8)
    offset = np.zeros(len(frames), np.int32)
    np.cumsum(frames.captured[:-1], out=offset[1:], dtype=np.int32)
    return replace(frames, data=data, offset=offset)


def on_data(frames: Frames, data: NDArray[np.uint8], shift: int) -> Frames:
    """Return `frames` on another block in which their bytes lie `shift` bytes further on."""
    return replace(frames, data=data, offset=frames.offset + np.int32(shift) if shift else frames.offset)


def joined(parts: Sequence[Frames]) -> Frames | None:
    """Return the rows of `parts`, which share `data`, one after the other; None when there are no parts."""
    if len(parts) <= 1:
        return parts[0] if parts else None
    columns: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS}
    comments: dict[int, str] = {}
    start = 0
    for part in parts:
        comments.update({start + row: text for row, text in (part.comments or {}).items()})
        start += len(part)
    return replace(parts[0], **columns, comments=comments or None)


def gathered(parts: Sequence[Frames]) -> Frames:
    """Return the rows of one or more `parts`, each with its bytes in one stretch, on one new block."""
    spans = [_span(part) for part in parts]
    data = np.empty(sum(end - begin for begin, end in spans) + PADDING, np.uint8)
    data[-PADDING:] = 0
    moved = []
    at = 0
    for part, (begin, end) in zip(parts, spans, strict=True):
        data[at : at + end - begin] = part.data[begin:end]
        moved.append(on_data(part, data, at - begin))
        at += end - begin
    return joined(moved) or parts[0]


def _span(frames: Frames) -> tuple[int, int]:
    if not len(frames):
        return 0, 0
    return int(frames.offset.min()), int((frames.offset + frames.captured).max())
