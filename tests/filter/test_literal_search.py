"""Bytes are found where a search through each frame by itself finds them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.filter.literal_search import LiteralSearch

SHORT = st.text("aAb", min_size=1, max_size=3).map(str.encode)


@given(
    wanted=SHORT,
    parts=st.lists(st.tuples(st.text("aAbB", max_size=5), st.text("aAb", max_size=2)), min_size=1, max_size=6),
    either_case=st.booleans(),
    backwards=st.booleans(),
)
def test_as_frame_by_frame(wanted: bytes, parts: list[tuple[str, str]], either_case: bool, backwards: bool) -> None:
    """Neither gaps nor the borders of frames count."""
    block, begins, ends = b"", [], []
    for frame, gap in parts:
        begins.append(len(block))
        ends.append(len(block) + len(frame))
        block += (frame + gap).encode()
    pattern = re.compile(re.escape(wanted), re.IGNORECASE if either_case else 0)
    rows = [row for row, (begin, end) in enumerate(zip(begins, ends, strict=True)) if pattern.search(block[begin:end])]
    expected = (rows[-1] if backwards else rows[0]) if rows else None
    search = LiteralSearch(wanted, either_case=either_case)
    assert search.first(block, begins, ends, backwards=backwards) == expected
    assert search.every(block, begins, ends) == rows


@pytest.mark.parametrize("backwards", [False, True])
def test_no_frames(backwards: bool) -> None:
    """Nothing is in nothing."""
    assert LiteralSearch(b"a", either_case=True).first(b"aaa", [], [], backwards=backwards) is None
    assert LiteralSearch(b"a", either_case=True).every(b"aaa", [], []) == []
