"""Areas and bars: exact widths, the peak at the top, nothing above zero unseen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.tui.graph import area, bar, owners, per_cell, strip

GLYPHS = ("braille", "block", "ascii")


def test_a_slope() -> None:
    """From nothing to the peak."""
    assert area([0, 1, 2, 3, 4, 5, 6, 7, 8], 9, 1, "block") == [" ▁▂▃▄▅▆▇█"]
    assert area([0, 8, 16], 3, 2, "block") == ["  █", " ██"]
    assert area([0, 1, 2, 3, 4], 5, 1, "ascii") == [" :=*@"]
    assert area([1, 2, 3, 4], 2, 1, "braille") == ["⣠⣾"]


@pytest.mark.parametrize("glyphs", GLYPHS)
@given(
    st.lists(st.floats(0, 1e15), max_size=60),
    st.integers(0, 30),
    st.integers(1, 12),
)
def test_every_area_fits_and_shows_its_peak(glyphs: str, values: list[float], width: int, height: int) -> None:
    """Whatever the values and the size."""
    lines = area(values, width, height, glyphs)
    assert len(lines) == height
    assert all(len(line) == width for line in lines)
    shown = values[-width * per_cell(glyphs) :] if width else []
    blank = {" ", "⠀"}
    assert (set("".join(lines)) <= blank) == (not any(value > 0 for value in shown))
    if any(value > 0 for value in shown):
        assert set(lines[0]) - blank


@given(st.floats(0, 1), st.integers(0, 40))
def test_bars(share: float, width: int) -> None:
    """As wide as asked, with something to see for everything above zero."""
    drawn = bar(share, width, "ascii")
    assert len(drawn) == width
    if width:
        assert ("#" in drawn) == (share > 0)
    assert bar(1, width, "braille") == "━" * width


def test_a_cell_belongs_to_the_part_that_fills_it() -> None:
    """From the bottom up; above all of them to the uppermost."""
    parts = [[2.0, 0.0, 1.0], [2.0, 4.0, 0.0], [0.0, 0.0, 0.0]]
    assert owners(parts, 3, 4, "block") == [[1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0]]
    assert owners([[0.0]], 2, 1, "braille") == [[0, 0]]


def test_strip() -> None:
    """Darker where there is more; the newest on the right, blanks where nothing was."""
    assert strip([0, 0, 1, 0, 5, 5, 10, 10], 4, "block") == " ░▒█"
    assert strip([1, 9], 4, "ascii") == "  .@"
    assert strip([], 3, "braille") == "   "


@pytest.mark.parametrize("width", [-7, 0, 1])
def test_no_room_gives_no_cells(width: int) -> None:
    """Before its layout a widget has less than none."""
    for glyphs in ("braille", "block", "ascii"):
        lines, owned = area([1.0] * 60, width, 3, glyphs), owners([[1.0] * 60, [0.0]], width, 3, glyphs)
        assert [len(line) for line in lines] == [len(line) for line in owned] == [max(width, 0)] * 3
