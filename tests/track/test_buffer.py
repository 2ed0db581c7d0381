"""The packet buffer: bounded, numbered, joined without a change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.capture.frame_bytes import frame_bytes
from netwatch.decode.batch import COLUMNS
from netwatch.decode.decoder import decode
from netwatch.track.buffer import PacketBuffer, find
from tests.scenes import day, frames_of

PACKETS = day(4)


def test_it_never_exceeds_its_capacity_but_for_one_batch() -> None:
    """Old batches leave whole and are counted."""
    buffer = PacketBuffer(200_000)
    number = 1
    for _ in range(300):
        batch = decode(frames_of(PACKETS), number)
        number += len(batch)
        buffer.append(batch)
        assert buffer.bytes == sum(batch.nbytes for batch in buffer.batches)
        assert buffer.bytes <= 200_000
    assert buffer.evicted + sum(len(batch) for batch in buffer.batches) == number - 1
    assert buffer.batches[0].first_number == buffer.evicted + 1


def test_the_newest_batch_always_stays() -> None:
    """A batch larger than the buffer is kept until the next one comes."""
    buffer = PacketBuffer(1)
    buffer.append(decode(frames_of(PACKETS), 1))
    assert len(buffer.batches) == 1
    buffer.append(decode(frames_of(PACKETS), 1 + len(PACKETS)))
    assert buffer.batches[0].first_number == 1 + len(PACKETS)
    assert buffer.evicted == len(PACKETS)


def test_zero_keeps_nothing_and_counts_nothing() -> None:
    """A report needs no buffer."""
    buffer = PacketBuffer(0)
    buffer.append(decode(frames_of(PACKETS), 1))
    assert (buffer.batches, buffer.evicted) == ((), 0)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=25))
def test_joined_batches_hold_the_same_packets(sizes: list[int]) -> None:
    """However packets arrive, every column and every byte reads the same."""
    packets = (PACKETS * 5)[: sum(sizes)]
    whole = decode(frames_of(packets), 1)
    buffer = PacketBuffer(1 << 30)
    number = 0
    for size in sizes:
        part = frames_of(packets[number : number + size], first_ns=int(whole.frames.time_ns[number]))
        buffer.append(decode(part, number + 1))
        number += size
    for position in range(len(packets)):
        batch, here = find(buffer.batches, position + 1)
        assert frame_bytes(batch.frames, here) == packets[position]
        for name in COLUMNS:
            value, wanted = getattr(batch, name)[here], getattr(whole, name)[position]
            if name.endswith("_offset"):
                value, wanted = value - batch.frames.offset[here], wanted - whole.frames.offset[position]
            assert value == wanted, name
        assert batch.frames.time_ns[here] == whole.frames.time_ns[position]


def test_a_quiet_network_makes_few_batches() -> None:
    """A thousand batches of one packet become a handful."""
    buffer = PacketBuffer(1 << 30)
    frames = frames_of(PACKETS[:1])
    for number in range(1, 1001):
        buffer.append(decode(frames, number))
    assert len(buffer.batches) < 20
    assert buffer.batches[-1].last_number == 1000


def test_find_knows_what_is_not_there() -> None:
    """Numbers before, behind and in a gap are not found."""
    batches = (decode(frames_of(PACKETS[:5]), 11), decode(frames_of(PACKETS[:5]), 21))
    assert find(batches, 11)[1] == 0
    assert find(batches, 25)[1] == 4
    for number in (1, 10, 16, 20, 26):
        with pytest.raises(LookupError):
            find(batches, number)


def test_newest_is_bounded() -> None:
    """Holding takes the newest batches, never more than asked for, at least one."""
    buffer = PacketBuffer(1 << 30)
    size = 0
    for turn in range(5):
        batch = decode(frames_of(PACKETS * 60), 1 + turn * len(PACKETS) * 60)
        size = batch.nbytes
        buffer.append(batch)
    assert len(buffer.newest(size * 2)) == 2
    assert buffer.newest(size * 2)[-1] is buffer.batches[-1]
    assert len(buffer.newest(1)) == 1
    assert np.all([len(buffer.newest(1 << 40)) == 5])
