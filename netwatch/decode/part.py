"""Some packets of a batch as a batch of their own, over the same bytes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.frames import COLUMNS as FRAME_COLUMNS
from netwatch.decode.batch import COLUMNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch


def taken(batch: PacketBatch, which: slice | NDArray[np.intp]) -> PacketBatch:
    """Return the packets at `which` positions, ascending; they keep their numbers and comments."""
    frames = replace(
        batch.frames,
        comments=_comments(batch, which) if batch.frames.comments else None,
        **{name: getattr(batch.frames, name)[which] for name in FRAME_COLUMNS},
    )
    columns = {name: getattr(batch, name)[which] for name in COLUMNS}
    if isinstance(which, slice) and batch.numbers is None:
        return replace(batch, frames=frames, first_number=batch.first_number + (which.start or 0), **columns)
    numbers = batch.numbered()[which]
    first = int(numbers[0]) if len(numbers) else batch.first_number
    return replace(batch, frames=frames, first_number=first, numbers=numbers, **columns)


def _comments(batch: PacketBatch, which: slice | NDArray[np.intp]) -> dict[int, str] | None:
    said = batch.frames.comments or {}
    positions = np.arange(len(batch))[which].tolist()
    return {place: said[position] for place, position in enumerate(positions) if position in said} or None
