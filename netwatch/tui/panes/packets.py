"""The packets pane: the packet table, the packet under the cursor, and only the packets of one flow or host."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Literal

from textual import on
from textual.message import Message

from netwatch.tui.deliver import deliver
from netwatch.tui.panes.carrier import carrier
from netwatch.tui.panes.condition import cell
from netwatch.tui.panes.conditions import packet
from netwatch.tui.panes.packet_looks import PacketLooks
from netwatch.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from textual.app import ComposeResult

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.snapshot import Snapshot
    from netwatch.tables.selection import PacketFilter, Selection
    from netwatch.tui.commands import Place
    from netwatch.tui.memory import PaneMemory

SELECT_INTERVAL: Final = 0.3
"""Seconds between two looks for new packets that pass the filter."""


class PacketsPane(PacketLooks):
    """Shows what the buffer holds, or what of it passes a filter."""

    DEFAULT_CSS = "PacketsPane PacketTable { height: 1fr; }"
    name_shown = "Packets"
    places: tuple[Place, ...] = ("monitor", "pane", "list", "packets", "packet")

    class Changed(Message):
        """The cursor, the tail or the filter is another."""

    def __init__(
        self, engine: Engine, glyphs: str, folder: Path, *, memory: PaneMemory, colors: Mapping[str, str]
    ) -> None:
        super().__init__(engine, glyphs, folder, memory=memory, colors=colors)
        self.only: PacketFilter | None = None
        """What the packets are narrowed to."""
        self._shown: Snapshot | None = None
        self._selecting: Request[Selection] | None = None
        self._looked_at = 0
        """Number of the last packet that was judged by the filter."""
        self._selected_at = 0.0
        self._view_id = 0
        """The view that the packets are seen through, 0 for none."""
        self._known = 0
        """Number of the last packet of it that the table has."""
        self._known_to = 0
        """Number of the last packet that was judged by it."""
        self._until: int | None = None
        """Number of the last packet while the view is paused."""

    def compose(self) -> ComposeResult:
        """Make the table; the detail is made when it is first asked for."""
        yield self.new_table()

    def focus_main(self) -> None:
        """Let keys act on the table."""
        self.focus_on(self.table)

    def tell(self, hint: str) -> None:
        """See Pane."""
        self.table.tell(hint)

    def begin(self, snapshot: Snapshot) -> None:
        """Forget the capture before: its packets have other numbers."""
        self._forget_filter()
        self._view_id = 0
        if self.detail is not None and self.detail.is_open:
            self.detail.action_close()
        self.table.begin(live=snapshot.live)

    def show_anew(self, snapshot: Snapshot) -> None:
        """Draw the same packets again; one that is open is closed."""
        del snapshot
        if self.detail is not None and self.detail.is_open:
            self.detail.action_close()
        self.table.renew()

    def show(self, snapshot: Snapshot, *, paused: bool) -> None:
        """Take over what the buffer holds now; while the view is paused, what of it passes another filter."""
        before = self._shown
        self.take_over()
        if not paused:
            if before is not None and self._until is None and not _differs(snapshot, before):
                return
            self._shown, self._until = snapshot, None
        self._follow_view(snapshot)
        if not paused:
            self.table.show(snapshot)
        if self.only is None and self._view_id and not self._has_all(self._known_to):
            self._take_matches()
        due = time.monotonic() - self._selected_at >= SELECT_INTERVAL and not self._has_all(self._looked_at)
        if self.only is not None and due:
            self._select(self.only)

    def _has_all(self, last: int) -> bool:
        """Return whether packets up to number `last` are all that there is to look at, as the view is paused."""
        return self._until is not None and last >= self._until

    def _follow_view(self, snapshot: Snapshot) -> None:
        """Begin anew when the packets are seen through another filter."""
        now = snapshot.view.id if snapshot.view is not None else 0
        if now == self._view_id:
            return
        number, following = self.table.number, self.table.following
        self._view_id, self._known, self._known_to = now, 0, 0
        if self.only is not None:
            self.narrow(self.only)
        elif now:
            self.table.narrow("no packet matches: Esc clears the filter", following=following)
            self._take_matches()
            self.table.go_to_number(number)
        else:
            self.table.widen(number, following=following)
        self.post_message(self.Changed())

    def _take_matches(self) -> None:
        found = self.engine.matches(self._known)
        if found is None:
            return
        numbers = found.numbers
        if self._until is not None:
            numbers = numbers[: numbers.searchsorted(self._until, side="right")]
        self._known_to = found.last
        if len(numbers):
            self._known = int(numbers[-1])
            self.table.extend(numbers)

    def freeze(self, first: int, last: int) -> None:
        """Show only packets `first` to `last`, which are held, until packets are shown that are not paused."""
        self._until = last
        self.table.freeze(first, last)

    def narrow(self, wanted: PacketFilter) -> None:
        """Show only the packets that pass `wanted`."""
        self._forget_filter()
        self.only = wanted
        self.table.narrow("no packets of it are in the buffer: Esc shows all")
        self.table.awaited = "rows"
        self._select(wanted)
        self.post_message(self.Changed())

    def forget_typed(self) -> None:
        """Show all packets again: what they were narrowed to has a name."""
        while self.only is not None:
            self.back()

    def back(self) -> bool:
        """Close the packet, else show all packets again."""
        if self.detail is not None and self.detail.is_open:
            self.detail.action_close()
            return True
        if self.only is None:
            return False
        number = self.table.number
        self._forget_filter()
        if self._view_id:
            self._known = self._known_to = 0
            self.table.narrow("no packet matches: Esc clears the filter")
            self._take_matches()
            self.table.go_to_number(number)
        else:
            self.table.widen(number)
        self.post_message(self.Changed())
        return True

    def conditions(self) -> Sequence[tuple[str, str]]:
        """Return the display filters that the packet under the cursor can be made into."""
        row = self.table.packet
        if row is None:
            return []
        return [*packet(row, carrier(self.engine, row).transport), *map(cell, self.table.own_cells())]

    def edge(self, side: Literal["begin", "end"]) -> int | None:
        """Return the time of the packet under the cursor."""
        del side
        return self.table.packet.time_ns if self.table.packet is not None else None

    def row_text(self) -> str:
        """Return number, ends, protocol and info of the packet."""
        return self.table.row_text()

    @on(LineList.Moved)
    def _moved(self, event: LineList.Moved) -> None:
        event.stop()
        if event.list is not self.table:
            return
        if self.detail is not None and self.detail.is_open:
            self.detail.show(self.table.number)
        self.post_message(self.Changed())

    def _forget_filter(self) -> None:
        if self._selecting is not None:
            self._selecting.cancel()
        self.only = self._selecting = None
        self.table.fill_in()
        self._looked_at = 0

    def _select(self, wanted: PacketFilter) -> None:
        if self._selecting is not None:
            return
        self._selected_at = time.monotonic()
        self._selecting = request = self.engine.select(wanted, self._looked_at + 1)
        deliver(self, request, self._arrived, self._failed)

    def _arrived(self, found: Selection) -> None:
        if found.filter is not self.only:
            return
        self._selecting = None
        self._looked_at = max(found.last, self._looked_at)
        self.table.extend(found.numbers)
        self.table.fill_in()
        self.post_message(self.Changed())

    def _failed(self, error: BaseException) -> None:
        self._selecting = None
        self.table.fill_in()
        self.complain(error)


def _differs(newest: Snapshot, before: Snapshot) -> bool:
    """Return whether the packets look different; an idle interface must not cost repaints."""
    return (
        newest.history != before.history
        or newest.capture_id != before.capture_id
        or newest.state is not before.state
        or newest.message != before.message
        or newest.capture_filter != before.capture_filter
        or newest.view != before.view
    )
