"""Copies of packets that alerts rest on: the same packets, and hardly more memory than their bytes."""

from __future__ import annotations

import numpy as np

from netwatch.capture.frames import COLUMNS as FRAME_COLUMNS
from netwatch.capture.frames import PADDING
from netwatch.decode.batch import COLUMNS
from netwatch.decode.decoder import decode
from netwatch.run.kept_packets import MOST_PACKETS, KeptPackets
from tests.frames import frames
from tests.reachable import bytes_reachable
from tests.run.sessions import PACKETS

BESIDES = 1500
"""Bytes that a copy may have besides those of the packet; decoded columns are 9,500."""
OFFSETS = ("offset", "network_offset", "transport_offset", "payload_offset")
"""Columns of places in the bytes of all packets."""


def test_a_copy_says_what_the_packet_said() -> None:
    """Whatever the packet is; its number stays too."""
    batch = decode(frames(PACKETS), 101)
    kept = KeptPackets()
    kept.keep(range(101, 101 + len(batch)), (batch,))
    for position in range(len(batch)):
        copy = kept.get(101 + position)
        assert copy is not None
        begin = int(batch.frames.offset[position])
        size = int(batch.frames.captured[position])
        assert (len(copy), copy.number(0)) == (1, 101 + position)
        assert copy.frames.data.tobytes() == batch.frames.data[begin : begin + size].tobytes() + bytes(PADDING)
        for whole, columns in ((batch.frames, FRAME_COLUMNS), (batch, COLUMNS)):
            for name in columns:
                was, here = getattr(whole, name)[position], getattr(copy if whole is batch else copy.frames, name)
                assert here.dtype == was.dtype, name
                assert here[0] == (was - begin if name in OFFSETS else was), name


def test_copies_take_little_more_than_their_bytes() -> None:
    """Two thousand with all their columns were 19 MiB, which a quiet capture filled over an hour."""
    size = 200
    batch = decode(frames([bytes(size)] * (MOST_PACKETS + 100)), 1)
    kept = KeptPackets()
    empty = bytes_reachable(kept)
    kept.keep(range(1, 1 + len(batch)), (batch,))
    assert len(kept.numbers) == MOST_PACKETS
    assert kept.get(1) is None
    assert bytes_reachable(kept) - empty < MOST_PACKETS * (size + BESIDES)
    assert np.array_equal(np.array(kept.numbers), np.arange(101, 101 + MOST_PACKETS))
