"""The overview pane: what is going on in one look, and behind it what all traffic consists of."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.widgets import Static

from netwatch.tables.traffic import Resolution
from netwatch.tui.commands import bindings
from netwatch.tui.deliver import deliver
from netwatch.tui.graph import per_cell
from netwatch.tui.panes.pane import Pane
from netwatch.tui.panes.picture import Palette, overview_lines
from netwatch.tui.panes.traffic import traffic_lines
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.snapshot import Snapshot
    from netwatch.tables.overview import Overview
    from netwatch.tui.commands import Place

INTERVAL: Final = 0.5
"""Seconds between two pictures."""
MARGIN: Final = 2


class OverviewPane(Pane):
    """Draws one text, anew twice a second."""

    DEFAULT_CSS = "OverviewPane > Static { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("views"), *bindings("overview")]
    name_shown = "Overview"
    can_focus = True
    places: ClassVar[tuple[Place, ...]] = ("monitor", "views", "overview")

    def __init__(self, engine: Engine, glyphs: str) -> None:
        super().__init__(engine, glyphs)
        self._picture = Static(markup=False)
        self._asked: Request[Overview] | None = None
        self._asked_at = 0.0
        self._latest: Overview | None = None
        self._resolution = Resolution.SECOND
        self._draw_lines = overview_lines

    def compose(self) -> ComposeResult:
        """Draw everything as one text."""
        yield self._picture

    def focus_main(self) -> None:
        """There is one thing only."""
        self.focus()

    def begin(self, snapshot: Snapshot) -> None:
        """Forget the capture before."""
        del snapshot
        self._asked, self._latest, self._asked_at = None, None, 0.0

    def show(self, snapshot: Snapshot, *, paused: bool) -> bool:
        """Ask for a new picture when it is time."""
        del snapshot
        due = time.monotonic() - self._asked_at >= INTERVAL
        if due and not (paused and self._latest is not None):
            self._ask()
        return False

    def action_group(self) -> None:
        """Go from the overview to all traffic and back."""
        self._draw_lines = traffic_lines if self._draw_lines is overview_lines else overview_lines
        self._draw()

    def action_scale(self, step: int) -> None:
        """Let the graph cover more time or less."""
        every = list(Resolution)
        self._resolution = every[min(max(every.index(self._resolution) + step, 0), len(every) - 1)]
        self._asked = None
        self._ask()

    def on_resize(self) -> None:
        """Use the new size."""
        self._draw()

    def _ask(self) -> None:
        if self._asked is not None:
            return
        self._asked_at = time.monotonic()
        steps = max(self.app.size.width - MARGIN, 10) * per_cell(self.glyphs)
        self._asked = request = self.engine.overview(self._resolution, min(steps, self._resolution.kept))
        deliver(self, request, lambda found: self._arrived(request, found), self._failed)

    def _arrived(self, request: Request[Overview], found: Overview) -> None:
        if request is self._asked:
            self._asked, self._latest = None, found
            self._draw()

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
        )
        lines = self._draw_lines(self._latest, width, height, self.glyphs, palette)
        for line in lines:
            line.truncate(width)
        self._picture.update(Text("\n", no_wrap=True).join(lines), layout=False)
