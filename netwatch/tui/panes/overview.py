"""The overview pane: what is going on in one look, and behind it what all traffic consists of."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from rich.text import Text
from textual.message import Message

from netwatch.export.overview_rows import export_overview
from netwatch.nanoseconds import SECOND
from netwatch.plural import counted
from netwatch.tables.resolution import Resolution
from netwatch.tui.commands import bindings, bound
from netwatch.tui.deliver import deliver
from netwatch.tui.graph import per_cell
from netwatch.tui.panes.conditions import overview
from netwatch.tui.panes.graph_steps import fitting, step_columns
from netwatch.tui.panes.pane import Pane
from netwatch.tui.panes.picture import Palette, overview_lines
from netwatch.tui.panes.traffic import traffic_lines
from netwatch.tui.saving import free_name
from netwatch.tui.theme import VARIABLE_DEFAULTS
from netwatch.tui.widgets.empty_text import empty_text
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.plain_static import PlainStatic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from netwatch.engine import Engine
    from netwatch.export.table_forms import FormName
    from netwatch.request import Request
    from netwatch.snapshot import Snapshot
    from netwatch.tables.overview import Overview
    from netwatch.tables.traffic import TrafficSeries
    from netwatch.tui.commands import Place

INTERVAL: Final = 0.5
"""Seconds between two pictures."""
MARGIN: Final = 2
EIGHTH: Final = 8


class OverviewPane(Pane):
    """Draws one text, anew twice a second."""

    DEFAULT_CSS = "OverviewPane > Static { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("views"),
        *bindings("overview"),
        bound("export", "export('csv')"),
    ]
    name_shown = "Overview"
    can_focus = True
    places: tuple[Place, ...] = ("monitor", "views", "overview")

    class Brushed(Message):
        """A time range was chosen on the graph."""

        def __init__(self, begin_ns: int, end_ns: int) -> None:
            super().__init__()
            self.begin_ns = begin_ns
            self.end_ns = end_ns

    def __init__(self, engine: Engine, glyphs: str, folder: Path) -> None:
        """Draw with `glyphs`; exports go to `folder`."""
        super().__init__(engine, glyphs)
        self._folder = folder
        self._snapshot: Snapshot | None = None
        self._brush: tuple[int, int] | None = None
        """First and last column of the graph while the mouse button is down."""
        self._graph_end = 0
        """The first line below the graph."""
        self._picture = PlainStatic(markup=False)
        self._asked: Request[Overview] | None = None
        self._asked_at = 0.0
        self._latest: Overview | None = None
        self._resolution = Resolution.SECOND
        self._draw_lines = overview_lines
        self._hint = ""
        """What to do when no packets come; empty while nobody knows better."""

    def compose(self) -> ComposeResult:
        """Draw everything as one text."""
        yield self._picture

    def focus_main(self) -> None:
        """There is one thing only."""
        self.focus_on(self)

    def tell(self, hint: str) -> None:
        """See Pane."""
        if hint != self._hint:
            self._hint = hint
            self._draw()

    def begin(self, snapshot: Snapshot) -> None:
        """Forget the capture before."""
        del snapshot
        self._asked, self._latest, self._asked_at = None, None, 0.0

    def show(self, snapshot: Snapshot, *, paused: bool) -> None:
        """Ask for a new picture when it is time."""
        self._snapshot = snapshot
        due = time.monotonic() - self._asked_at >= INTERVAL
        if due and not (paused and self._latest is not None):
            self._ask()

    def action_group(self) -> None:
        """Go from the overview to all traffic and back."""
        self._draw_lines = traffic_lines if self._draw_lines is overview_lines else overview_lines
        self._draw()

    def action_export(self, form: FormName) -> None:
        """Write what is counted to a CSV or JSON file."""
        engine, found, notice, steps = self.engine, self._latest, self.screen.query_one(Notice), self._steps
        path = free_name(self._folder, datetime.now().astimezone(), f".{form}", "overview")
        request = engine.export(
            path,
            "rows",
            lambda _request: export_overview(
                engine.overview(self._resolution, steps).result() if found is None else found, path, form
            ),
        )
        deliver(
            self,
            request,
            lambda rows: notice.say(f"exported {counted(rows, 'rows')} to {path}", seconds=15),
            self._failed,
        )

    def action_scale(self, step: int) -> None:
        """Let the graph cover more time or less."""
        every = list(Resolution)
        self._resolution = every[min(max(every.index(self._resolution) + step, 0), len(every) - 1)]
        self._asked = None
        self._ask()

    def conditions(self) -> Sequence[tuple[str, str]]:
        """Return the display filters that what is listed can be made into."""
        return overview(self._latest) if self._latest is not None else []

    def edge(self, side: Literal["begin", "end"]) -> int | None:
        """Move the begin or the end of what the graph covers inwards by an eighth, as far as there is traffic."""
        if self._latest is None or self._snapshot is None:
            return None
        series, view = self._latest.series, self._snapshot.view
        step = int(series.resolution) * SECOND
        first = max(int(series.start_ns[0]), self._snapshot.first_time_ns)
        last = min(int(series.start_ns[-1]) + step, self._snapshot.last_time_ns)
        if view is not None and view.time_range is not None:
            first, last = view.time_range
        return first + (last - first) // EIGHTH if side == "begin" else last - (last - first) // EIGHTH

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to brush a time range on the graph."""
        if self._draw_lines is overview_lines and self._time_at(event.x) and event.y < self._graph_end:
            self._brush = (event.x, event.x)
            self.capture_mouse()
            self._draw()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show what is brushed."""
        if self._brush is not None:
            self._brush = (self._brush[0], min(max(event.x, 1), self.size.width - 2))
            self._draw()

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        """Take what was brushed, unless it is a mere click."""
        brush, self._brush = self._brush, None
        if brush is None:
            return
        self.release_mouse()
        begin, end = (self._time_at(cell) for cell in sorted(brush))
        if brush[0] != brush[1] and begin and end and self._latest is not None:
            self.post_message(self.Brushed(begin, end + self._time_of_cells(1, self._latest.series) - 1))
        self._draw()

    def _time_at(self, cell: int) -> int:
        """Return when the steps in a column of the graph begin, in nanoseconds; 0 while there is no graph."""
        if self._latest is None:
            return 0
        series = self._latest.series
        end = int(series.start_ns[-1]) + int(series.resolution) * SECOND
        return end - self._time_of_cells(self.size.width - 1 - cell, series)

    def _time_of_cells(self, cells: int, series: TrafficSeries) -> int:
        """Return how long a time so many cells of the graph stand for, in nanoseconds."""
        columns = step_columns(len(series), self._columns)
        return cells * per_cell(self.glyphs) * int(series.resolution) * SECOND // columns

    def on_resize(self) -> None:
        """Use the new size."""
        self._draw()

    def redraw(self) -> None:
        """Draw it in the colours of now."""
        self._draw()

    def _ask(self) -> None:
        if self._asked is not None:
            return
        self._asked_at = time.monotonic()
        self._asked = request = self.engine.overview(self._resolution, self._steps)
        deliver(self, request, lambda found: self._arrived(request, found), self._failed)

    @property
    def _columns(self) -> int:
        """Columns of the graph that there is room for."""
        return max(self.app.size.width - MARGIN, 10) * per_cell(self.glyphs)

    @property
    def _steps(self) -> int:
        """Steps of the graph that there is room for."""
        return min(self._columns, self._resolution.kept)

    def _arrived(self, request: Request[Overview], found: Overview) -> None:
        if request is self._asked:
            self._asked = None
            self._latest = replace(found, series=fitting(found.series, self._begin_ns, self._columns))
            self._draw()

    @property
    def _begin_ns(self) -> int:
        """When what the graph could show begins: the time range or the first packet, nanoseconds since the epoch."""
        shown = self._snapshot
        if shown is None or shown.view is None or shown.view.time_range is None:
            return shown.first_time_ns if shown is not None else 0
        return max(shown.view.time_range[0], shown.first_time_ns)

    def _failed(self, error: BaseException) -> None:
        self._asked = None
        self.screen.query_one(Notice).say(str(error), "error", seconds=15)

    def _draw(self) -> None:
        if self._latest is None:
            return
        width, height = self.size
        variables = self.app.theme_variables
        palette = Palette(
            accent=variables["accent"].split(" ")[0],
            dim=variables.get("dim", "default").split(" ")[0],
            warning=variables["warning"].split(" ")[0],
            colors={
                name.removeprefix("protocol-"): variables.get(name, usual).split(" ")[0]
                for name, usual in VARIABLE_DEFAULTS.items()
            },
        )
        lines = self._draw_lines(self._latest, width, height, self.glyphs, palette)
        self._graph_end = lines.index(Text()) if Text() in lines else 0
        if self._draw_lines is overview_lines and self._snapshot is not None and not self._snapshot.history.last:
            said = Text(self._hint or empty_text(self._snapshot), palette.warning, no_wrap=True)
            said.truncate(width - 2, overflow="ellipsis")
            lines[self._graph_end // 2] = Text(" " * ((width - said.cell_len) // 2)).append_text(said)
        for line in lines:
            line.truncate(width)
        if self._brush is not None and self._draw_lines is overview_lines:
            for line in lines[1 : self._graph_end]:
                line.stylize("reverse", min(self._brush), max(self._brush) + 1)
        self._picture.update(Text("\n", no_wrap=True).join(lines), layout=False)
