"""Which columns fit, and how wide they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.tui.panes.alerts import ALERTS
from netwatch.tui.panes.choice import PANES, views_of
from netwatch.tui.panes.columns import MARGIN, Placed, TableColumn, place

VIEWS = [view for pane in PANES for view in views_of(pane.id)]
OF_TRACKERS = [view for view in VIEWS if view.table != "baseline"]
"""Those whose rows come from packets; those of the baseline come from the days before."""


def column(name: str, width: int, rank: int = 1, most: int = 0) -> TableColumn:
    """Return a column of no content."""
    return TableColumn(name, name, width, lambda *_: name, rank=rank, most=most)


def test_what_does_not_fit_goes_by_rank() -> None:
    """Among equals the rightmost; the rest keeps its order."""
    columns = (column("a", 10, 0), column("b", 5, 3), column("c", 5, 2), column("d", 5, 3), column("e", 5, 9))
    assert [at.column.id for at in place(columns, 80, None)] == ["a", "b", "c", "d"]
    assert [at.column.id for at in place(columns, 29, None)] == ["a", "b", "c"]
    assert [at.column.id for at in place(columns, 20, None)] == ["a", "c"]
    assert [at.column.id for at in place(columns, 1, None)] == ["a"]
    assert [at.column.id for at in place(columns, 80, {"e", "b"})] == ["b", "e"]
    assert [at.column.id for at in place(columns, 80, {"gone"})] == ["a"]


def test_spare_room_is_shared() -> None:
    """By those that may grow, as far as they may."""
    placed = place((column("a", 4, most=6), column("b", 4, most=40), column("c", 4)), 30, None)
    assert [at.width for at in placed] == [6, 16, 4]
    assert placed[-1].start + placed[-1].width == 30


def test_cells_have_exactly_their_width() -> None:
    """Long ones keep their end, which tells addresses apart; wide letters count twice."""
    (at,) = place((column("a", 8),), 10, None)
    assert at.text("abc") == "abc     "
    assert at.text("0123456789") == "012~6789"
    assert at.text("漢字漢字漢字") == "漢字漢字"
    assert at.text("漢字漢a字") == "漢字漢a "
    assert len(place((column("a", 3),), 10, None)[0].text("012345")) == 3


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.table)
@given(width=st.integers(20, 300))
def test_every_table_fits_every_terminal(view: object, width: int) -> None:
    """No column begins before the one to its left has ended, none ends behind the edge."""
    columns = view.columns
    placed = place(columns, width, None)
    ends = [MARGIN - 1]
    for at in placed:
        assert at.start == ends[-1] + 1
        ends.append(at.start + at.width)
    assert ends[-1] <= width or len(placed) == 1


@pytest.mark.parametrize("view", [*VIEWS, ALERTS], ids=lambda view: view.table)
def test_the_arrow_behind_a_title_touches_no_other(view: object) -> None:
    """Whatever a table is sorted by."""
    assert [each.title for each in view.columns if each.sorts and len(each.title) >= each.width] == []


def test_sentences_lose_their_end_and_names_their_middle() -> None:
    """The begin of a sentence tells what it is about; names of one kind differ at the end."""
    said = "complete in 0.023 ms: 0.016 ms to the server"
    for sentence, wanted in ((True, "complete in 0.02~"), (False, "complet~he server")):
        column = TableColumn("id", "Title", 17, lambda _table, _index, _look: said, sentence=sentence)
        assert Placed(column, 0, 17).text(said) == wanted


def test_every_table_can_be_exported() -> None:
    """There are columns of a CSV for each."""
    from netwatch.export.csv_columns import CSV_COLUMNS

    assert {view.table for view in VIEWS} <= set(CSV_COLUMNS)


@pytest.mark.parametrize("view", OF_TRACKERS, ids=lambda view: view.table)
def test_every_table_sorts_by_its_columns(view: object) -> None:
    """Each column that says so is known to its tracker."""
    from netwatch.tables.query import TableQuery
    from tests.scenes import analysed, day
    from tests.web_scene import web_frames

    analysis = analysed([*day(2), *web_frames()])
    for each in view.columns:
        if each.sorts:
            page = analysis.page(view.table, TableQuery(each.id))
            assert page.total == len(page.table)
            assert page.total > 0 or view.table == "dns_unanswered"  # all are answered
