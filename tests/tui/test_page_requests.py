"""Pages of tables: one at a time, but a key does not wait for a page that only time asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from netwatch.request import Request
from netwatch.tables.query import TableQuery
from netwatch.tui.panes import page_requests
from netwatch.tui.panes.page_requests import PageRequests

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

    from netwatch.engine import Engine


class Asked:
    """An engine that answers when it is told to."""

    def __init__(self) -> None:
        self.queries: list[str] = []
        self.requests: list[Request[Any]] = []
        self.then: list[Callable[[Any], None]] = []

    def page(self, _table: str, query: TableQuery) -> Request[Any]:
        """See Engine."""
        self.queries.append(query.sort)
        self.requests.append(Request())
        return self.requests[-1]

    def deliver(self, _widget: object, _request: object, then: Callable[[Any], None], _failed: object) -> None:
        """See netwatch.tui.deliver."""
        self.then.append(then)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return what notes what is asked for."""
    engine = Asked()
    monkeypatch.setattr(page_requests, "deliver", engine.deliver)
    return engine


def pages(asked: Asked) -> tuple[PageRequests, list[str]]:
    """Return the requests of a widget, and what arrived there."""
    arrived: list[str] = []
    take = cast("Callable[[Any], None]", arrived.append)
    return PageRequests(cast("Widget", None), cast("Engine", asked), take, lambda _: None), arrived


def test_a_key_does_not_wait_for_a_page_that_time_asked_for(asked: Asked) -> None:
    """What comes of the latter is not shown: it is in the order of before."""
    tested, arrived = pages(asked)
    tested.ask("flows", TableQuery("bytes"), 1)
    tested.ask("flows", TableQuery("packets"), 1, for_user=True)
    assert asked.queries == ["bytes", "packets"]
    assert asked.requests[0].cancelled()
    asked.then[0]("by bytes")
    asked.then[1]("by packets")
    assert arrived == ["by packets"]
    assert not tested.waiting


def test_keys_wait_for_each_other(asked: Asked) -> None:
    """Otherwise who scrolls all the time would never see a row; the last one is remembered."""
    tested, arrived = pages(asked)
    for sort in ("bytes", "packets", "last"):
        tested.ask("flows", TableQuery(sort), 1, for_user=True)
    assert asked.queries == ["bytes"]
    assert tested.stale
    asked.then[0]("by bytes")
    assert arrived == ["by bytes"]


def test_time_waits_for_what_is_on_its_way(asked: Asked) -> None:
    """Whoever asked for it."""
    tested, _ = pages(asked)
    tested.ask("flows", TableQuery("bytes"), 1)
    tested.ask("flows", TableQuery("bytes"), 2)
    assert asked.queries == ["bytes"]
    assert not asked.requests[0].cancelled()
