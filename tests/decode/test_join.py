"""Joining batches: the same packets, columns, bytes and comments as if they had come at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.capture.frame_bytes import frame_bytes
from netwatch.capture.frames import COLUMNS as FRAME_COLUMNS
from netwatch.capture.frames import PADDING, constant
from netwatch.decode.batch import COLUMNS
from netwatch.decode.decoder import decode
from netwatch.decode.join import OFFSETS, join
from tests.frames import frames
from tests.scenes import day, frames_of

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch

PACKETS = day(2)


def equal(one: PacketBatch, two: PacketBatch) -> None:
    """Check that both hold the same packets; offsets count from each frame's begin."""
    assert (len(one), one.first_number, one.last_number) == (len(two), two.first_number, two.last_number)
    for name in COLUMNS:
        left, right = getattr(one, name), getattr(two, name)
        if name in OFFSETS:
            left, right = left - one.frames.offset, right - two.frames.offset
        assert left.dtype == right.dtype, name
        assert np.array_equal(left, right), name
    for name in FRAME_COLUMNS:
        left, right = getattr(one.frames, name), getattr(two.frames, name)
        assert left.dtype == right.dtype, name
        assert name == "offset" or np.array_equal(left, right), name
    for position in range(len(one)):
        assert frame_bytes(one.frames, position) == frame_bytes(two.frames, position)


@settings(max_examples=30)
@given(
    st.lists(st.one_of(st.binary(max_size=80), st.sampled_from(PACKETS)), max_size=12),
    st.lists(st.one_of(st.binary(max_size=80), st.sampled_from(PACKETS)), max_size=12),
    st.binary(max_size=9),
)
def test_any_two_batches(first: list[bytes], second: list[bytes], between: bytes) -> None:
    """Of any bytes, empty frames and empty batches too, with rubbish between the frames as a ring has it."""
    one = frames(first, between=between, tags=0x81000005, flags=1)
    two = frames(second, between=between, tags=0x81000007)
    two = replace(two, time_ns=two.time_ns + len(first), interface=two.interface + np.uint16(3))
    whole = frames(
        first + second,
        between=between,
        tags=[0x81000005] * len(first) + [0x81000007] * len(second),
        flags=[1] * len(first) + [0] * len(second),
    )
    interface = np.array([0] * len(first) + [3] * len(second), np.uint16)
    joined = join(decode(one, 7), decode(two, 7 + len(first)))
    equal(joined, decode(replace(whole, interface=interface), 7))
    assert not joined.frames.data[-PADDING:].any()
    assert len(joined.frames.data) == len(one.data) + len(two.data) - PADDING


def test_joining_is_associative() -> None:
    """Three batches are the same whichever pair is joined first."""
    parts = [decode(frames_of(PACKETS[begin : begin + 5]), 1 + begin) for begin in (0, 5, 10)]
    equal(join(join(parts[0], parts[1]), parts[2]), join(parts[0], join(parts[1], parts[2])))


def test_comments_move_with_their_packets() -> None:
    """Of either batch or both; none stay none."""
    one, two = frames_of(PACKETS[:3]), frames_of(PACKETS[3:7])

    def comments(left: dict[int, str] | None, right: dict[int, str] | None) -> object:
        batches = decode(replace(one, comments=left), 1), decode(replace(two, comments=right), 4)
        return join(*batches).frames.comments

    assert comments(None, None) is None
    assert comments({}, None) is None
    assert comments({0: "a"}, None) == {0: "a"}
    assert comments(None, {3: "b"}) == {6: "b"}
    assert comments({2: "a"}, {0: "b", 1: "c"}) == {2: "a", 3: "b", 4: "c"}


def test_what_is_joined_stays_as_it_was() -> None:
    """Others may still read the two batches."""
    one, two = decode(frames_of(PACKETS[:5]), 1), decode(frames_of(PACKETS[5:]), 6)
    before = [frame_bytes(two.frames, position) for position in range(len(two))]
    offsets = two.payload_offset.copy()
    joined = join(one, two)
    assert np.array_equal(two.payload_offset, offsets)
    assert [frame_bytes(two.frames, position) for position in range(len(two))] == before
    assert not np.shares_memory(joined.frames.data, two.frames.data)


def test_columns_without_memory_of_their_own() -> None:
    """Broadcast columns, as a ring hands them over, are joined like others."""
    parts = [
        replace(frames_of(PACKETS[begin : begin + 5]), interface=constant(begin, 5, np.uint16)) for begin in (0, 5)
    ]
    joined = join(decode(parts[0], 1), decode(parts[1], 6))
    assert joined.frames.interface.tolist() == [0] * 5 + [5] * 5
