"""EndNames: names of the addresses that a table shows, asked for as rows come into sight."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from netwatch.tui.deliver import deliver
from netwatch.tui.panes.columns import Look, address_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from textual.widget import Widget

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.tui.panes.columns import TableColumn

AGAIN: Final = 2.0
"""Seconds after which packets may have told more names."""
MOST: Final = 4000
"""Addresses whose names are remembered."""


class EndNames:
    """Asks on behalf of a widget."""

    def __init__(self, widget: Widget, engine: Engine, arrived: Callable[[], None]) -> None:
        """Call `arrived` when there are other names."""
        self._widget = widget
        self._engine = engine
        self._arrived = arrived
        self._names: dict[str, str] = {}
        self._known: set[str] = set()
        """Addresses that were asked for."""
        self._asked: Request[dict[str, str]] | None = None
        self._asked_at = 0.0

    @property
    def names(self) -> Mapping[str, str]:
        """Names by address, as far as they are known."""
        return self._names

    def forget(self) -> None:
        """Begin anew: another capture, or addresses that are written otherwise."""
        self._names, self._known, self._asked = {}, set(), None

    def prepare(self, columns: Iterable[TableColumn], table: Any) -> None:
        """Ask for names of the addresses in the rows of a page."""
        if self._asked is not None:
            return
        now, plain = time.monotonic(), Look()
        if now - self._asked_at > AGAIN or len(self._known) > MOST:
            self._known = set()
        ends = [column.cell for column in columns if column.ends]
        cells = (cell(table, index, plain) for cell in ends for index in range(len(table)))
        missing = {address_of(end)[0] for cell in cells for end in cell.split(" > ")} - self._known
        if not missing:
            return
        self._known |= missing
        self._asked_at = now
        self._asked = request = self._engine.names_of(sorted(missing))

        def take(found: dict[str, str]) -> None:
            if request is self._asked:
                self._asked = None
                if found.items() - self._names.items():
                    kept = self._names if len(self._names) <= MOST else {}
                    self._names = {**kept, **found}
                    self._arrived()

        def lose(_error: BaseException) -> None:
            if request is self._asked:
                self._asked = None

        deliver(self._widget, request, take, lose)
