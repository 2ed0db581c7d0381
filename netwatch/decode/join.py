"""Joins batches into one: small neighbours, so that a quiet network fills no buffer, and what a filter left of many."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from netwatch.capture.frame_rows import compacted as compacted_frames
from netwatch.capture.frames import COLUMNS as FRAME_COLUMNS
from netwatch.capture.frames import PADDING, Frames
from netwatch.decode.batch import COLUMNS, PacketBatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

OFFSETS = frozenset({"network_offset", "transport_offset", "payload_offset"})


def follows(first: PacketBatch, second: PacketBatch) -> bool:
    """Return whether the packets of `second` come right after those of `first`, so that the two can be joined."""
    whole = first.numbers is None and second.numbers is None
    return whole and first.first_number + len(first) == second.first_number


def join(*batches: PacketBatch) -> PacketBatch:
    """Return one batch with the packets of all `batches`, one or more, whose numbers ascend."""
    if len(batches) == 1:
        return batches[0]
    sizes = [len(batch.frames.data) - PADDING for batch in batches]
    shifts = [np.int32(shift) for shift in np.cumsum([0, *sizes[:-1]])]
    blocks = [batch.frames.data[:-PADDING] for batch in batches[:-1]]
    frames = [batch.frames for batch in batches]
    return PacketBatch(
        frames=Frames(
            data=np.concatenate((*blocks, frames[-1].data)),
            comments=_comments(frames),
            **{name: _column(frames, name, shifts if name == "offset" else None) for name in FRAME_COLUMNS},
        ),
        first_number=batches[0].first_number,
        numbers=_numbers(batches),
        **{name: _column(batches, name, shifts if name in OFFSETS else None) for name in COLUMNS},
    )


def compacted(batch: PacketBatch) -> PacketBatch:
    """Return `batch` on a block of its own when over half of its block are bytes of other packets."""
    frames = compacted_frames(batch.frames)
    if frames is batch.frames:
        return batch
    moved = frames.offset - batch.frames.offset
    return replace(batch, frames=frames, **{name: getattr(batch, name) + moved for name in OFFSETS})


def _column(parts: Sequence[object], name: str, shifts: Sequence[np.int32] | None) -> NDArray[Any]:
    columns = [getattr(part, name) for part in parts]
    if shifts is not None:
        columns = [column + shift for column, shift in zip(columns, shifts, strict=True)]
    return np.concatenate(columns)


def _numbers(batches: Sequence[PacketBatch]) -> NDArray[np.int64] | None:
    if all(follows(first, second) for first, second in pairwise(batches)):
        return None
    return np.concatenate([batch.numbered() for batch in batches])


def _comments(parts: Sequence[Frames]) -> dict[int, str] | None:
    moved: dict[int, str] = {}
    start = 0
    for frames in parts:
        moved.update({start + position: text for position, text in (frames.comments or {}).items()})
        start += len(frames)
    return moved or None
