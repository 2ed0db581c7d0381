"""The overview: what is going on, in one look."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.widgets import Static

from netwatch.tui import format as text
from netwatch.tui.deliver import deliver
from netwatch.tui.graph import area, bar, per_cell
from netwatch.tui.panes.pane import Pane
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.snapshot import Snapshot
    from netwatch.tables.hosts import HostTable
    from netwatch.tables.overview import Overview
    from netwatch.tui.commands import Place

INTERVAL: Final = 0.5
"""Seconds between two pictures."""
MOST_SECONDS: Final = 600
"""Seconds of rates that there are."""
LEAST_ROWS: Final = 5
"""Rows of each list where there is little room."""
MOST_GRAPH: Final = 12
"""Lines of the graph where there is much."""
WIDE: Final = 140
"""Terminal columns from which three lists stand side by side."""
GAP: Final = 3


class OverviewPane(Pane):
    """A graph of the rate, protocols, talkers, and how connections fare."""

    DEFAULT_CSS = "OverviewPane > Static { height: 1fr; }"
    name_shown = "Overview"
    can_focus = True
    places: ClassVar[tuple[Place, ...]] = ("monitor",)

    def __init__(self, engine: Engine, glyphs: str) -> None:
        super().__init__(engine, glyphs)
        self._picture = Static(markup=False)
        self._asked: Request[Overview] | None = None
        self._asked_at = 0.0
        self._latest: Overview | None = None

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
        if self._asked is None and due and not (paused and self._latest is not None):
            self._asked_at = time.monotonic()
            seconds = min(self._graph_width() * per_cell(self.glyphs), MOST_SECONDS)
            self._asked = request = self.engine.overview(seconds)
            deliver(self, request, lambda found: self._arrived(request, found), self._failed)
        return False

    def on_resize(self) -> None:
        """Use the new size."""
        self._draw()

    def _arrived(self, request: Request[Overview], found: Overview) -> None:
        if request is self._asked:
            self._asked, self._latest = None, found
            self._draw()

    def _failed(self, error: BaseException) -> None:
        self._asked = None
        self.screen.query_one(Notice).say(str(error), "error", seconds=15)

    def _graph_width(self) -> int:
        return max(self.app.size.width - 2, 10)

    def _draw(self) -> None:
        found = self._latest
        if found is None:
            return
        width, height = self.size
        health = self._health(found)
        spare = height - len(health) - 5
        graph_height = min(max(spare - LEAST_ROWS, 3), MOST_GRAPH)
        rows = min(max(spare - graph_height, LEAST_ROWS), found_rows(found))
        lines = [*self._graph(found, graph_height), Text(), *self._lists(found, width, rows), Text(), *health]
        for line in lines:
            line.truncate(width)
        self._picture.update(Text("\n", no_wrap=True).join(lines), layout=False)

    def _graph(self, found: Overview, height: int) -> list[Text]:
        bits = found.rates.bits.tolist()
        width = self._graph_width()
        title = Text(" Throughput", "bold")
        title.append(
            f", last {text.duration(min(width * per_cell(self.glyphs), len(bits)) * 1_000_000_000)}   "
            f"peak {text.bits(max(bits, default=0)).strip()}   now {text.bits(found.rates.bits_per_second).strip()}   "
            f"{text.count(found.rates.packets_per_second)} pkt/s",
            self._color("dim"),
        )
        accent = self._color("accent")
        return [title, *(Text(f" {line}", accent) for line in area(bits, width, height, self.glyphs))]

    def _lists(self, found: Overview, width: int, rows: int) -> list[Text]:
        """Return the lists side by side, as many as there is room for."""
        many = 3 if width >= WIDE else 2
        size = (width - 2 - GAP * (many - 1)) // many
        columns = [
            self._bars("Protocols", [(name, value) for name, _, value in found.protocols], size, rows, share=True),
            self._bars("Top talkers (sent)", _hosts(found.talkers, 0), size, rows),
        ]
        if many == 3:
            columns.append(self._bars("Top destinations (received)", _hosts(found.destinations, 1), size, rows))
        return [Text(" ") + Text(" " * GAP).join(parts) for parts in zip(*columns, strict=True)]

    def _bars(
        self, title: str, values: list[tuple[str, int]], width: int, rows: int, *, share: bool = False
    ) -> list[Text]:
        """Return a title and `rows` lines, each exactly `width` cells."""
        total = sum(value for _, value in values) or 1
        peak = max((value for _, value in values), default=0) or 1
        name_width = max(min(width // 2 - 4, 32), 6)
        lines = [Text(title, "bold")]
        for name, value in values[:rows]:
            figure = f"{value / total:.1%}" if share else text.size(value)
            line = Text(name, no_wrap=True)
            line.truncate(name_width, overflow="ellipsis", pad=True)
            line.append(f" {bar(value / peak, width - name_width - 11, self.glyphs)}", self._color("accent"))
            line.append(f" {figure:>8}")
            lines.append(line)
        lines += [Text()] * (rows + 1 - len(lines))
        for line in lines:
            line.truncate(width, pad=True)
        return lines

    def _health(self, found: Overview) -> list[Text]:
        shakes, flows = found.handshakes, found.flows
        lines = [Text(" Connections", "bold")]
        line = Text(f"   TCP attempts {shakes.attempts:,}: {shakes.complete:,} complete", no_wrap=True)
        for count, words in (
            (shakes.refused, "refused"),
            (shakes.incomplete, "no answer"),
            (shakes.half_open, "half open"),
        ):
            if count:
                line.append(f"   {count:,} {words}", self._color("warning"))
        if shakes.complete:
            times = f"   RTT median {text.delay(int(shakes.rtt_p50_ns))}, p95 {text.delay(int(shakes.rtt_p95_ns))}"
            line.append(times, self._color("dim"))
        lines.append(line)
        gaps = f", about {flows.gaps.segments:,} segments not captured" if flows.gaps.segments else ""
        begun = f"{flows.tcp:,} TCP, {flows.udp:,} UDP, {flows.other:,} other"
        lines.append(Text(f"   flows held {flows.held:,}   begun: {begun}{gaps}", self._color("dim")))
        return lines

    def _color(self, name: str) -> str:
        return self.app.theme_variables.get(name, "default").split(" ")[0]


def found_rows(found: Overview) -> int:
    """Return how many rows the longest list can have, LEAST_ROWS or more."""
    return max(len(found.talkers), len(found.protocols), LEAST_ROWS)


def _hosts(table: HostTable, column: int) -> list[tuple[str, int]]:
    return [(table.name[row] or table.address[row], int(table.bytes[row, column])) for row in range(len(table))]
