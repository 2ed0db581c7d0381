"""Regular expressions that are typed: they mean what they mean in Python, and none is searched for without an end."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.errors import FilterError
from netwatch.filter.display_filter import compile_filter
from netwatch.filter.error import DisplayFilterError
from netwatch.filter.patterns import LONGEST, compiled
from netwatch.view.find import Finder

PARTS = ("a", "b", "[ab]", "a+", "b*", "(ab|b)", "(?:a|bc)", r"\n", ".", "a{1,3}", "c?", ".*", ".*?", ".+", "|", r"\b")
MANY = 1 << 16
WHOLE = st.builds(
    lambda begin, middle, end: begin + "".join(middle) + end,
    st.sampled_from(["", "^", "(?i)"]),
    st.lists(st.sampled_from(PARTS), max_size=9),
    st.sampled_from(["", "$"]),
)


@settings(max_examples=400, deadline=None)
@given(WHOLE, st.sampled_from([0, re.DOTALL, re.MULTILINE, re.IGNORECASE]), st.text("abc\n", max_size=12))
def test_they_mean_what_they_mean_to_python(source: str, flags: int, data: str) -> None:
    """Whether in bytes or in a text, unless they are refused."""
    wanted = re.compile(source, flags).search(data) is not None
    for as_text in (True, False):
        value: Any = data if as_text else data.encode()
        try:
            found = compiled(source, flags, as_text=as_text).search(value)
        except FilterError:
            continue
        assert found == wanted


@pytest.mark.parametrize("source", ["a.*b.*a.*b.*c", "(a|x).*(b|y).+[ab]+.*c", r"a.*b.*a.*b.*\d+c", "^.*a.*b.*c.*c"])
def test_anything_between_costs_nothing(source: str) -> None:
    """Python would try every way to divide 64 KiB among the repetitions, which takes hours."""
    for flags in (0, re.DOTALL):
        pattern = compiled(source, flags)
        assert not pattern.search(b"ab" * (MANY // 2))
        assert pattern.search(b"ab" * (MANY // 2) + b"7c7c")


@pytest.mark.parametrize(
    "source",
    ["(a+)+b", "(a|aa)*c", r"(\w+).*\1", "[^b]*a[^c]*b", "a{,9999}a{,9999}b", "(?:.*a){9}", "(?x)a * b", "(?=.*a.*b)c"],
)
def test_what_could_take_minutes_is_refused(source: str) -> None:
    """In one sentence, at the expression, whoever asks."""
    with pytest.raises(FilterError, match="regular expression"):
        compiled(source, re.DOTALL)
    with pytest.raises(FilterError):
        Finder("regex", source)
    with pytest.raises(DisplayFilterError) as refused:
        compile_filter(f'frame matches "{source}"'.replace("\\", "\\\\"))
    assert refused.value.position == len("frame matches ")


@pytest.mark.parametrize("at", [0, LONGEST - 3, LONGEST // 2, 40_000, MANY - 6])
def test_a_match_is_found_anywhere_in_a_large_packet(at: int) -> None:
    """Expressions whose time grows faster than the bytes are looked for in stretches, which overlap."""
    data = bytearray(b"1" * MANY)
    data[at : at + 6] = b"x12.3y"
    assert compiled(r"x\d+\.\d+y", 0).search(bytes(data))
    assert not compiled(r"x\d+\.\d+z", 0).search(bytes(data))
