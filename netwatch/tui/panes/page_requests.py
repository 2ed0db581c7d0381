"""PageRequests: the newest page of a table, asked for now and then, one at a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from netwatch.tui.deliver import deliver

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.tables.query import Page, TableQuery

FETCH_INTERVAL: Final = 0.25
"""Seconds between two pages while packets arrive; numbers that change faster cannot be read."""
IDLE_INTERVAL: Final = 1.0
"""Seconds between two pages while none arrive; rates still fall."""


class PageRequests:
    """Asks on behalf of a widget; pages of a view or a capture that is not seen any more never arrive."""

    def __init__(
        self,
        widget: Widget,
        engine: Engine,
        arrived: Callable[[Page[Any]], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self.stale = False
        """Somebody asked again while a page was on its way."""
        self._widget = widget
        self._engine = engine
        self._arrived = arrived
        self._failed = failed
        self._request: Request[Page[Any]] | None = None
        self._for_user = False
        """What is on its way is what a key asked for."""
        self._asked_at = 0.0
        self._packets = -1
        """Packets that there were when a page was asked for last, -1 when none was."""

    @property
    def waiting(self) -> bool:
        """True while a page is on its way."""
        return self._request is not None

    def due(self, packets: int, *, paused: bool) -> bool:
        """Return whether it is time for a new page now that there are so many packets."""
        age = time.monotonic() - self._asked_at
        interval = FETCH_INTERVAL if packets != self._packets else IDLE_INTERVAL
        return self._packets < 0 or (not paused and age >= interval)

    def ask(self, table: str, query: TableQuery, packets: int, *, for_user: bool = False) -> None:
        """Ask for a page, or remember to while one is on its way.

        One `for_user`, whose key changed what is to be seen, does not wait for one that time asked for; but for one of
        an earlier key, or somebody who scrolls all the time would see nothing until the end.
        """
        if self._request is not None and not (for_user and not self._for_user):
            self.stale = True
            return
        if self._request is not None:
            self._request.cancel()
        self.stale = False
        self._for_user = for_user
        self._asked_at = time.monotonic()
        self._packets = packets
        self._request = request = self._engine.page(table, query)

        def take(page: Page[Any]) -> None:
            if request is self._request:
                self._request = None
                self._arrived(page)

        def lose(error: BaseException) -> None:
            if request is self._request:
                self._request = None
                self._failed(error)

        deliver(self._widget, request, take, lose)

    def forget(self) -> None:
        """Leave what is on its way, and let the next page be due at once."""
        self._request = None
        self._packets = -1
