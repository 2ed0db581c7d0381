"""The bytes of frames as they were on the wire: the VLAN tag that the kernel took out is put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frames import LINKTYPE_ETHERNET, LINKTYPE_LINUX_SLL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.capture.frames import Frames

TAG: Final = 4
"""Bytes of a VLAN tag (IEEE 802.1Q-2022, 9.3)."""
_TAG_AT: Final = {LINKTYPE_ETHERNET: 12, LINKTYPE_LINUX_SLL: 14}
"""Where the tag belongs: before the type field. Other link types have no place for it (libpcap's vlan_offset)."""


def frame_bytes(frames: Frames, row: int) -> bytes:
    """Return the captured bytes of one frame."""
    pieces, _ = frame_pieces(frames, np.array([row]))
    return bytes(pieces[0])


def frame_pieces(frames: Frames, rows: NDArray[np.intp]) -> tuple[list[memoryview | bytes], NDArray[np.int64]]:
    """Return the captured bytes of each of `rows` without copying, except where a tag goes back in.

    The second value, shape (rows,), is by how many bytes the tag makes each frame longer.
    """
    view = frames.data.data
    begins = frames.offset[rows]
    ends = begins + frames.captured[rows]
    pieces: list[memoryview | bytes] = [
        view[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
    longer = np.zeros(len(rows), np.int64)
    tags = frames.stripped_tag[rows]
    for place in np.flatnonzero(tags).tolist():
        at = _TAG_AT.get(int(frames.link_type[rows[place]]), -1)
        piece = pieces[place]
        if 0 <= at <= len(piece):
            tag = int(tags[place]).to_bytes(TAG, "big")
            pieces[place] = b"".join((piece[:at], tag, piece[at:]))
            longer[place] = TAG
    return pieces, longer
