"""TablePane: a tracker's table with its title line, quick filter, the facts of the row under the cursor, and export."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from rich.text import Text
from textual import on
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.widgets import Input

from netwatch.export.table_csv import export_table
from netwatch.export.table_forms import SUFFIXES
from netwatch.plural import counted
from netwatch.text import printable
from netwatch.tui.commands import bindings
from netwatch.tui.deliver import deliver
from netwatch.tui.panes.conditions import edge_of_row, of_row
from netwatch.tui.panes.fact_lines import fitted
from netwatch.tui.panes.page_requests import PageRequests
from netwatch.tui.panes.pane import KeysChanged, Narrow
from netwatch.tui.panes.table_list import TableList
from netwatch.tui.panes.table_looks import TableLooks
from netwatch.tui.saving import free_name
from netwatch.tui.widgets.line_list import LineList
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.plain_static import PlainStatic
from netwatch.tui.widgets.themed_text import ThemedText

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult

    from netwatch.engine import Engine
    from netwatch.export.table_forms import FormName
    from netwatch.snapshot import Snapshot
    from netwatch.tables.query import Page
    from netwatch.tables.selection import PacketFilter
    from netwatch.tui.commands import Place
    from netwatch.tui.memory import PaneMemory
    from netwatch.tui.panes.table_view import TableView


class TablePane(TableLooks):
    """Shows `views[0]`, and the others when asked to group."""

    DEFAULT_CSS = """
    TablePane > .title { height: 1; background: $surface; }
    TablePane > TableList { height: 1fr; }
    TablePane > .facts { background: $surface; padding: 0 1; }
    TablePane > Input { display: none; }
    TablePane > Input.-open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("views"),
        *bindings("table_pane"),
        Binding("escape", "leave_quick", show=False),
    ]
    places: tuple[Place, ...] = ("monitor", "pane", "views", "list", "table", "table_pane")

    def __init__(
        self,
        engine: Engine,
        glyphs: str,
        views: tuple[TableView, ...],
        *,
        name_shown: str,
        memory: PaneMemory,
        folder: Path,
    ) -> None:
        """Show tables of `engine`; exports go to `folder`, choices are kept in `memory`."""
        super().__init__(engine, glyphs, memory)
        self.name_shown = name_shown
        self._views = views
        self._view = views[0]
        if len(views) == 1:
            self.places = tuple(place for place in self.places if place != "views")
        self._folder = folder
        # Made with the pane: a tick may come before it is composed
        self._lists = {view.table: TableList.of(view, memory.recall(view.table)) for view in views}
        for each in self._lists.values():
            each.display = each is self.list
        self._title = ThemedText(classes="title")
        self._facts = PlainStatic(classes="facts", markup=False)
        self._quick = Input(placeholder="quick filter: address, prefix, port, name, state ...", classes="quick")
        self._pages = PageRequests(self, engine, self._arrived, self._failed)
        self._snapshot: Snapshot | None = None

    def compose(self) -> ComposeResult:
        """Show the title, a list for each view, the facts and the quick filter."""
        yield self._title
        yield from self._lists.values()
        yield self._facts
        yield self._quick

    def on_resize(self) -> None:
        """Let facts use the new width."""
        self._draw_facts()

    def on_mount(self) -> None:
        """Leave as much room for facts as they need."""
        self.redraw()

    @property
    def list(self) -> TableList:
        """The list that is seen."""
        return self._lists[self._view.table]

    def focus_main(self) -> None:
        """Let keys act on the list."""
        self.focus_on(self.list)

    def look_changed(self) -> None:
        """See TableLooks."""
        self._fetch()

    def begin(self, snapshot: Snapshot) -> None:
        """Forget the capture before."""
        del snapshot
        self._pages.forget()
        self._names.forget()
        for each in self._lists.values():
            each.forget()

    def show(self, snapshot: Snapshot, *, paused: bool) -> None:
        """Ask for a new page when it is time; what is shown changes when it arrives."""
        self._snapshot = snapshot
        if self._pages.due(snapshot.packets, paused=paused):
            self._fetch()

    def back(self) -> bool:
        """Close and clear the quick filter."""
        if not self.list.text and not self._quick.has_class("-open"):
            return False
        self._close_quick(clear=True)
        return True

    def row_cells(self) -> Sequence[tuple[str, str]]:
        """See Pane."""
        return self.list.cells()

    def conditions(self) -> Sequence[tuple[str, str]]:
        """Return the display filters that the row under the cursor can be made into."""
        chosen = self.list.selected()
        return of_row(self._view.table, *chosen) if chosen is not None else []

    def edge(self, side: Literal["begin", "end"]) -> int | None:
        """Return the first or the last moment of the row."""
        chosen = self.list.selected()
        return edge_of_row(*chosen, side) if chosen is not None else None

    @property
    def key_labels(self) -> dict[str, str]:
        """See Pane."""
        return {"open": "Packets" if self._view.narrows else "As filter"}

    async def action_open(self) -> None:
        """Show the packets of the row under the cursor; where it has none of its own, offer filters made of it."""
        chosen = self.list.selected()
        if chosen is not None and not self._view.narrows:
            await self.run_action("screen.as_filter")
        elif chosen is not None:
            table, index = chosen
            request = self.engine.packet_filter(self._view.table, int(table.serial[index]))
            self.list.awaited = "place"
            deliver(self, request, self._narrow, self._failed)

    def action_columns(self) -> None:
        """Choose which columns are shown."""
        from netwatch.tui.screens.columns import ColumnChooser

        names = [(column.id, column.title) for column in self._view.columns]
        self.app.push_screen(ColumnChooser(names, self.list.chosen or self.list.shown()), self._choose_columns)

    def action_group(self) -> None:
        """Show the next view of the same matter."""
        if len(self._views) == 1:
            self._say(f"{self.name_shown} has one view")
            return
        self._view = self._views[(self._views.index(self._view) + 1) % len(self._views)]
        for table, each in self._lists.items():
            each.display = table == self._view.table
        self.post_message(KeysChanged())
        self.redraw()
        self._pages.forget()
        self._fetch()
        self.focus_on(self.list)

    def action_quick(self) -> None:
        """Type a quick filter."""
        self._quick.value = self.list.text
        self._quick.add_class("-open")
        self.focus_on(self._quick)

    def action_leave_quick(self) -> None:
        """Esc, wherever it was typed in the pane."""
        if not self.back():
            self.screen.query_one(Notice).forget()
            raise SkipAction  # the screen may have something to go back from

    def action_export(self, form: FormName) -> None:
        """Write the whole table, narrowed and sorted as it is seen, to a file."""
        query, table, noun = self.list.query_now(), self._view.table, self._view.noun
        path = free_name(self._folder, datetime.now().astimezone(), SUFFIXES[form], table)
        request = self.engine.export(
            path,
            noun,
            lambda asked: export_table(
                lambda wanted: self.engine.page(table, wanted).result(), table, query, path, asked, form
            ),
        )
        self._say(f"exporting to {path}")
        deliver(self, request, lambda rows: self._say(f"exported {counted(rows, noun)} to {path}", 15), self._failed)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._quick.has_class("-open"):
            self.list.narrow(event.value.strip())

    @on(Input.Submitted)
    def _accepted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_quick(clear=False)

    @on(TableList.Wanted)
    def _wanted(self, event: TableList.Wanted) -> None:
        event.stop()
        self._remember()
        self._fetch(for_user=True)

    @on(LineList.Moved)
    def _moved(self, event: LineList.Moved) -> None:
        event.stop()
        self._draw_facts()

    def _narrow(self, found: PacketFilter) -> None:
        self.post_message(Narrow(found, self.list))

    def _close_quick(self, *, clear: bool) -> None:
        self._quick.remove_class("-open")
        if clear:
            self.list.narrow("")
        self.focus_on(self.list)
        self._draw_title()

    def _fetch(self, *, for_user: bool = False) -> None:
        if self._snapshot is not None:
            self._pages.ask(self._view.table, self.list.query_now(), self._snapshot.packets, for_user=for_user)

    def _arrived(self, page: Page[Any]) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        self.list.take(page, self.look(snapshot, self._view.columns, page.table))
        self._draw_title()
        self._draw_facts()
        if self._pages.stale:
            self._fetch(for_user=True)

    def redraw(self) -> None:
        """Fit the lines around the list to the view."""
        self._facts.styles.height = self._view.fact_lines
        self._draw_title()
        self._draw_facts()

    def _draw_title(self) -> None:
        view, shown = self._view, self.list
        title = next((column.title for column in view.columns if column.id == shown.sort), shown.sort)
        # Before the first page nobody knows how many there are
        line = Text(f" {view.noun if shown.page is None else counted(shown.total, view.noun)}", "bold", no_wrap=True)
        line.append(f"   by {title}, {'falling' if shown.descending else 'rising'}", "dim")
        if shown.page is not None and (note := view.note(shown.page.table)):
            line.append(f"   {note}", "dim")
        if shown.text:
            line.append(f"   &{printable(shown.text, 40)}", "accent")
        if shown.held:
            line.append("   order held: g lets it go", "warning")
        self._title.show(line, layout=False)

    def _draw_facts(self) -> None:
        chosen = self.list.selected()
        lines = self._view.facts(*chosen, self.list.look) if chosen is not None else []
        room = max(self.app.size.width - 2, 1)
        self._facts.update(Text("\n").join(fitted(lines, room, self._view.fact_lines)), layout=False)

    def _choose_columns(self, chosen: frozenset[str] | None) -> None:
        self.list.chosen = chosen
        self._remember()
        self.list.refresh()

    def _remember(self) -> None:
        shown = self.list
        self._memory.keep(self._view.table, shown.sort, descending=shown.descending, columns=shown.chosen)

    def _failed(self, error: BaseException) -> None:
        self.list.fill_in()
        gone = isinstance(error, LookupError)
        self.screen.query_one(Notice).say("this row left the table" if gone else str(error), "error", seconds=15)

    def _say(self, said: str, seconds: float = 6) -> None:
        self.screen.query_one(Notice).say(said, seconds=seconds)
