"""Numbers have the width that their columns rely on, whatever they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.tui.format import bits, clock, count, since, size, sparkline

NUMBERS = st.integers(0, 10**17) | st.floats(0, 1e17)


@given(NUMBERS)
def test_widths(value: float) -> None:
    """No number is wider than promised."""
    assert len(count(value)) <= 6
    assert len(bits(value)) <= 11
    assert len(size(value)) <= 8


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (950, "950"), (999.6, "1.00k"), (12_345, "12.3k"), (999_600, "1.00M"), (1e9, "1.00G")],
)
def test_counts(value: float, shown: str) -> None:
    """Three digits and a unit; what rounds up takes the next unit."""
    assert count(value) == shown


def test_sizes_and_rates() -> None:
    """Bytes by 1024, bits by 1000."""
    assert size(1536) == "1.50 KiB"
    assert bits(3_120_000) == "3.12 Mb/s"


@given(st.lists(st.floats(0, 1e12), max_size=40), st.integers(0, 30), st.sampled_from(("braille", "block", "ascii")))
def test_sparklines_are_as_wide_as_asked(values: list[float], width: int, glyphs: str) -> None:
    """Any values, any width; only the ASCII mode is ASCII."""
    shown = sparkline(values, width, glyphs)
    assert len(shown) == width
    assert shown.isascii() or glyphs != "ascii"


def test_sparklines_tell_little_from_nothing() -> None:
    """The newest value is on the right, the largest is full, the smallest that is not zero can be seen."""
    assert sparkline([0, 1, 1000], 4, "block") == "  ▁█"
    assert sparkline([1, 1], 1, "braille") == "⣿"


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.sampled_from((9, 11)))
def test_times_fit_their_column(moment: int, first: int, width: int) -> None:
    """As many decimals as fit, and the seconds in any case."""
    shown = since(moment, first, width)
    seconds = shown.split(".")[0]
    assert len(shown) <= max(width, len(seconds))
    assert abs(int(seconds)) == abs(moment - first) // 10**9
    assert ("-" in shown) == (moment < first)


def test_times() -> None:
    """Microseconds first; decimals give way to digits."""
    assert since(1_500_000_000, 0) == "1.500000"
    assert since(123_456_789_012_345, 0, 9) == "123456.78"
    assert since(0, 1_500_000_000) == "-1.500000"


@given(st.integers(-(2**63), 2**63 - 1))
def test_clocks_never_raise(moment: int) -> None:
    """A pcap may claim any second."""
    assert len(clock(moment)) <= 15
