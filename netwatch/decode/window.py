"""Windows: the same header read at a different place of every packet, in one numpy call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Rows: TypeAlias = "slice | NDArray[np.intp]"
"""Positions in a batch: `EVERY` for all of them, else an index array. Most batches need no index at all."""

EVERY = slice(None)


def headers(data: NDArray[np.uint8], offsets: NDArray[Any], layout: np.dtype[Any]) -> NDArray[Any]:
    """Return the header that begins at each of `offsets` as a structured array of shape (len(offsets),).

    `layout` is a packed dtype of at most PADDING bytes with big-endian fields. Offsets must lie inside the block's
    frames; a header may reach past the end of its frame, so whoever uses a field checks first that it was captured.
    """
    size = layout.itemsize
    # An opaque V type is copied with memmove per element; a structured one would be copied field by field, and
    # take() would first copy the whole overlapping array.
    windows = np.ndarray((len(data) - size + 1,), dtype=f"V{size}", buffer=data.data, strides=(1,))
    found: NDArray[Any] = windows[offsets].view(layout)
    return found


def select(rows: Rows, keep: NDArray[np.bool_]) -> Rows:
    """Return those of `rows` for which `keep` (one value a row) holds."""
    if holds_for_all(keep):
        return rows
    if isinstance(rows, slice):
        return np.flatnonzero(keep)
    return rows[keep]


def holds_for_any(mask: NDArray[np.bool_]) -> bool:
    """Return mask.any(); counting takes a third of its time on columns as short as those of a batch."""
    return bool(np.count_nonzero(mask))


def holds_for_all(mask: NDArray[np.bool_]) -> bool:
    """Return mask.all(), in a third of its time."""
    return int(np.count_nonzero(mask)) == len(mask)


def is_empty(rows: Rows) -> bool:
    """Return True when no row is meant; EVERY is taken to be non-empty."""
    return not isinstance(rows, slice) and len(rows) == 0
