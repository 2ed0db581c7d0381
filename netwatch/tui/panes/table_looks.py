"""How tables look is chosen here, for all of them together: the form of times, names in place of addresses."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from textual.widgets import Input

from netwatch.tui.packet_look import TIMES, TIMES_SAID
from netwatch.tui.panes.columns import Look
from netwatch.tui.panes.end_names import EndNames
from netwatch.tui.panes.pane import Pane
from netwatch.tui.panes.table_list import TableList
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.engine import Engine
    from netwatch.snapshot import Snapshot
    from netwatch.tui.memory import PaneMemory
    from netwatch.tui.packet_look import Times
    from netwatch.tui.panes.columns import TableColumn

FORMS = tuple(times for times in TIMES if times != "delta")
"""Rows of a table have any order, so that none is the one before."""


class TableLooks(Pane):
    """A pane whose tables look as the user wants it."""

    def __init__(self, engine: Engine, glyphs: str, memory: PaneMemory) -> None:
        """Keep what is chosen in `memory`."""
        super().__init__(engine, glyphs)
        self._memory = memory
        self._names = EndNames(self, engine, self.look_changed)

    @abstractmethod
    def look_changed(self) -> None:
        """Draw the rows anew."""

    def tell(self, hint: str) -> None:
        """See Pane."""
        for each in self.query(TableList):
            each.tell(hint)

    def forget_typed(self) -> None:
        """See Pane."""
        for line in self.query(Input):
            line.value = ""
        for each in self.query(TableList):
            each.narrow("")

    def look(self, snapshot: Snapshot, columns: Sequence[TableColumn], table: Any) -> Look:
        """Return how the rows of `table` are to be drawn now; names that are missing come later."""
        named = self._memory.packets.names
        if named:
            self._names.prepare(columns, table)
        references = self.engine.annotations().references
        return Look(
            self.glyphs,
            snapshot.first_time_ns,
            snapshot.last_time_ns,
            self._memory.times or "day",
            tuple(sorted(time_ns for _, time_ns in references)),
            self._names.names if named else {},
        )

    def action_time(self) -> None:
        """Show times in the next form, here and in every other table."""
        now: Times = self._memory.times or "day"
        times = FORMS[(FORMS.index(now) + 1) % len(FORMS)] if now in FORMS else FORMS[0]
        self._memory.keep_times(times)
        self.screen.query_one(Notice).say(f"times: {TIMES_SAID[times]}")
        self.look_changed()

    def action_names(self) -> None:
        """Show names of hosts in place of addresses here and in every other table, or addresses again."""
        names = not self._memory.packets.names
        self._memory.keep_names(names=names)
        self.screen.query_one(Notice).say("names of hosts where packets told them" if names else "addresses")
        self.look_changed()
