"""Joins small neighbouring batches into one, so that a quiet network does not fill the buffer with array objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from netwatch.capture.frames import COLUMNS as FRAME_COLUMNS
from netwatch.capture.frames import PADDING, Frames
from netwatch.decode.batch import COLUMNS, PacketBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

OFFSETS = frozenset({"network_offset", "transport_offset", "payload_offset"})


def follows(first: PacketBatch, second: PacketBatch) -> bool:
    """Return whether the packets of `second` come right after those of `first`, so that the two can be joined."""
    whole = first.numbers is None and second.numbers is None
    return whole and first.first_number + len(first) == second.first_number


def join(first: PacketBatch, second: PacketBatch) -> PacketBatch:
    """Return one batch with the packets of both; `second` must begin with the number after `first`'s last."""
    one, two = first.frames, second.frames
    shift = np.int32(len(one.data) - PADDING)
    frames = Frames(
        data=np.concatenate((one.data[:-PADDING], two.data)),
        offset=np.concatenate((one.offset, two.offset + shift)),
        comments=_comments(one, two),
        **{
            name: np.concatenate((getattr(one, name), getattr(two, name))) for name in FRAME_COLUMNS if name != "offset"
        },
    )
    columns: dict[str, NDArray[Any]] = {}
    for name in COLUMNS:
        after = getattr(second, name)
        columns[name] = np.concatenate((getattr(first, name), after + shift if name in OFFSETS else after))
    return PacketBatch(frames=frames, first_number=first.first_number, **columns)


def _comments(one: Frames, two: Frames) -> dict[int, str] | None:
    if not one.comments and not two.comments:
        return None
    moved = {position + len(one): text for position, text in (two.comments or {}).items()}
    return {**(one.comments or {}), **moved}
