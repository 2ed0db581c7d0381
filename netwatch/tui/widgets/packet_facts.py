"""PacketFacts: cells of fields, colour rules and names for the rows in sight, asked for as far as they are wanted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from netwatch.errors import NetwatchError
from netwatch.tui.deliver import deliver

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.widget import Widget

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.tables.row_fact import RowFact

MOST: Final = 2000
"""Packets whose facts are remembered."""
AGAIN: Final = 2.0
"""Seconds after which trackers may know more of the same packets."""


class PacketFacts:
    """Serves a table; a new one is made for other fields, rules or names."""

    def __init__(
        self, table: Widget, engine: Engine, fields: tuple[str, ...] = (), colors: Mapping[str, str] | None = None
    ) -> None:
        """Tell `fields` of the display filter, and the first of the rules in `colors`, colours by display filter."""
        self._table = table
        self._engine = engine
        self.fields = fields
        self._rules = tuple(colors or ())
        self._colors = tuple((colors or {}).values())
        self.names = False
        self._late: bool | None = None if fields or self._rules else False
        """Trackers have to be asked, so that answers come later; None while nobody knows."""
        self._judging = False
        self._known: dict[int, RowFact] = {}
        self._complete: set[int] = set()
        """Packets of which trackers were asked."""
        self._asked: Request[dict[int, RowFact]] | None = None
        self._asked_at = 0.0

    def forget(self) -> None:
        """Begin anew: another capture, or trackers know more by now."""
        self._known = {}
        self._complete = set()

    def get(self, number: int) -> RowFact | None:
        """Return what is known of a packet."""
        return self._known.get(number)

    def color(self, number: int) -> str:
        """Return the colour of the packet's rule, empty for none."""
        fact = self._known.get(number)
        return self._colors[fact.rule] if fact is not None and fact.rule >= 0 else ""

    def prepare(self, numbers: Sequence[int]) -> None:
        """Learn what is wanted of the packets in sight."""
        if not (self.fields or self._rules or self.names):
            return
        if len(self._known) > MOST:
            self.forget()
        missing = [number for number in numbers if number not in self._known]
        if missing:
            try:
                self._known.update(self._engine.facts(missing, self.fields, self._rules))
            except NetwatchError:  # told when the field or rule was chosen
                return
        if self._late is None and not self._judging:
            self._judging = True
            deliver(self._table, self._engine.check_facts(self.fields, self._rules), self._judged, lambda _: None)
        if (self._late or self.names) and self._asked is None:
            self._ask(numbers)

    def _judged(self, late: bool) -> None:
        self._late = late
        if late:
            self.forget()
            self._table.refresh()

    def _ask(self, numbers: Sequence[int]) -> None:
        """Ask trackers what they know, and again when they may know more."""
        now = time.monotonic()
        if now - self._asked_at > AGAIN:
            self._complete = set()
        due = [number for number in numbers if number not in self._complete]
        if due:
            self._asked_at = now
            self._complete.update(due)
            self._asked = self._engine.facts_asked(due, self.fields, self._rules, names=self.names)
            deliver(self._table, self._asked, self._arrived, self._failed)

    def _arrived(self, found: dict[int, RowFact]) -> None:
        self._asked = None
        self._known.update(found)
        self._table.refresh()

    def _failed(self, _error: BaseException) -> None:
        self._asked = None
