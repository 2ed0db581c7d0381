"""Frames made here, as the block of Frames that writers of capture files take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.frames import LINKTYPE_ETHERNET, PADDING, Frames, constant

if TYPE_CHECKING:
    from collections.abc import Sequence


def ethernet_block(packets: Sequence[tuple[float, bytes]]) -> Frames:
    """Return Ethernet frames, (seconds since the epoch, bytes) each, as one block; times are cut to microseconds."""
    count = len(packets)
    lengths = np.array([len(data) for _, data in packets], np.int32)
    return Frames(
        data=np.frombuffer(b"".join([*(data for _, data in packets), bytes(PADDING)]), np.uint8),
        time_ns=np.array([round(time * 1e6) * 1000 for time, _ in packets], np.int64),
        offset=(np.cumsum(lengths) - lengths).astype(np.int32),
        captured=lengths,
        wire_length=lengths.astype(np.uint32),
        interface=constant(0, count, np.uint16),
        link_type=constant(LINKTYPE_ETHERNET, count, np.uint16),
        direction=constant(0, count, np.uint8),
        stripped_tag=constant(0, count, np.uint32),
        flags=constant(0, count, np.uint8),
    )
