"""Any bytes of any link type: no exception, no warning, sane columns, and every packet depends on itself alone."""

from __future__ import annotations

import numpy as np
import pytest
from decoded import check, chosen, columns_of
from frame_examples import EXAMPLES
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.capture.frames import CHECKSUM_NOT_READY
from netwatch.decode.decoder import decode
from tests.frames import frames

LINK_TYPES = sorted({link_type for link_type, _ in EXAMPLES.values()})
MOST_FRAMES = 8


@st.composite
def mutated(draw):
    """Return an example with some bytes changed, cut, or continued with the end of another example."""
    link_type, frame = draw(st.sampled_from(list(EXAMPLES.values())))
    content = bytearray(frame)
    for position, value in draw(st.lists(st.tuples(st.integers(0, len(frame) - 1), st.integers(0, 255)), max_size=4)):
        content[position] = value
    length = draw(st.integers(0, len(frame)))
    if draw(st.booleans()):
        _, other = draw(st.sampled_from(list(EXAMPLES.values())))
        return link_type, bytes(content[:length]) + other[min(length, len(other)) :]
    return link_type, bytes(content[: draw(st.sampled_from([length, len(frame)]))])


ANY_BYTES = st.tuples(st.sampled_from(LINK_TYPES), st.binary(max_size=160))
FRAMES = st.lists(st.one_of(mutated(), ANY_BYTES), min_size=1, max_size=MOST_FRAMES)
MORE_ON_THE_WIRE = st.lists(
    st.sampled_from([0, 0, 0, 1, 40, 2000, 70000, 0xFFFFFFFF]), min_size=MOST_FRAMES, max_size=MOST_FRAMES
)
TAGS = st.lists(st.one_of(st.just(0), st.integers(0, 0xFFFFFFFF)), min_size=MOST_FRAMES, max_size=MOST_FRAMES)


def block_of(contents, more, tags, between=b""):
    link_types, frame_bytes = zip(*contents, strict=True)
    count = len(contents)
    wire = [min(len(frame) + extra, 0xFFFFFFFF) for frame, extra in zip(frame_bytes, more[:count], strict=True)]
    flags = [CHECKSUM_NOT_READY * (tag & 1) for tag in tags[:count]]
    return frames(frame_bytes, link_type=link_types, wire=wire, tags=tags[:count], flags=flags, between=between)


@settings(max_examples=100)
@given(FRAMES, MORE_ON_THE_WIRE, TAGS, st.binary(max_size=130), st.randoms(use_true_random=False))
def test_any_frames(contents, more, tags, between, random):
    block = block_of(contents, more, tags)
    batch = decode(block, 1)
    check(batch)
    table = columns_of(batch)
    assert np.array_equal(columns_of(decode(block_of(contents, more, tags, between), 1)), table)
    order = random.sample(range(len(contents)), len(contents))
    assert np.array_equal(columns_of(decode(chosen(block, order), 1)), table[order])
    for position in range(len(contents)):
        alone = decode(chosen(block, slice(position, position + 1)), 1)
        assert columns_of(alone)[0] == table[position]


@pytest.mark.parametrize("link_type", LINK_TYPES)
@pytest.mark.parametrize("byte", [0x00, 0x45, 0x60, 0xFF])
def test_frames_of_one_byte_over_and_over(link_type, byte):
    contents = [bytes([byte]) * length for length in range(200)]
    batch = decode(frames(contents, link_type=link_type, wire=[300] * len(contents)), 1)
    check(batch)
    other = decode(frames(contents, link_type=link_type, wire=[300] * len(contents), between=b"\xaa" * 99), 1)
    assert np.array_equal(columns_of(batch), columns_of(other))
