"""Pages: sorted, held, partial."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.tables.query import TableQuery
from netwatch.track.paging import page_rows

ROWS = np.array([4, 7, 9, 2, 5])
SERIALS = np.array([10, 11, 12, 13, 14])
KEYS = {4: 1.0, 7: 5.0, 9: 5.0, 2: np.nan, 5: 3.0}


def _page(**wanted: object) -> tuple[list[int], int, int, list[int] | None]:
    query = TableQuery("key", **wanted)
    page = page_rows(ROWS, SERIALS, lambda rows: np.array([KEYS[row] for row in rows.tolist()]), query)
    return page.rows.tolist(), page.first, page.total, None if page.order is None else page.order.tolist()


def test_the_older_row_comes_first_among_equals_and_no_number_last() -> None:
    """In both directions."""
    assert _page() == ([7, 9, 5, 4, 2], 0, 5, None)
    assert _page(descending=False)[0] == [4, 5, 7, 9, 2]
    assert _page(count=1)[0] == [7]
    assert _page(first=1, count=2)[:2] == ([9, 5], 1)
    assert _page(first=99, count=2)[:2] == ([2], 4)
    assert _page(count=0)[0] == []


def test_equals_may_have_ages_of_their_own() -> None:
    """Where serials are no measure of it."""
    ages = np.array([5, 9, 8, 7, 6])
    page = page_rows(ROWS, SERIALS, lambda rows: np.zeros(len(rows)), TableQuery("key"), ages)
    assert page.rows.tolist() == [4, 5, 2, 9, 7]


def test_the_whole_order_can_be_held() -> None:
    """And is shown again whatever the keys say; rows that are gone leave a gap."""
    assert _page(count=2, whole_order=True) == ([7, 9], 0, 5, [11, 12, 14, 10, 13])
    held = np.array([13, 99, 10, 11])
    assert _page(held=held, first=0, count=3) == ([2, 4], 0, 4, None)
    assert _page(held=held, first=2, count=3) == ([4, 7], 2, 4, None)
    assert _page(held=np.array([], np.int64)) == ([], 0, 0, None)


def test_an_empty_table() -> None:
    """Has no rows and no error."""
    nothing = np.zeros(0, np.int64)
    for query in (TableQuery("key"), TableQuery("key", held=SERIALS), TableQuery("key", whole_order=True)):
        page = page_rows(nothing, nothing, lambda rows: rows, query)
        assert page.rows.tolist() == []


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(0, 45), st.integers(0, 45), st.booleans())
def test_pages_are_parts_of_the_sorted_whole(keys: list[int], first: int, count: int, descending: bool) -> None:
    """Whichever part is asked for."""
    rows = np.arange(len(keys))
    query = TableQuery("key", descending=descending, first=first, count=count)
    page = page_rows(rows, rows + 1, lambda chosen: np.array(keys, np.int64)[chosen], query)
    whole = sorted(range(len(keys)), key=lambda row: (-keys[row] if descending else keys[row], row))
    assert page.total == len(keys)
    assert page.rows.tolist() == whole[page.first : page.first + count]
    if first < len(keys):
        assert page.first == first
    assert page.first == pytest.approx(min(first, max(len(keys) - 1, 0)))
