"""The tab line: the panes with their numbers and how much is in them; a click goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text
from textual.message import Message

from netwatch.tui import format as text
from netwatch.tui.widgets.plain_static import PlainStatic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events

NARROW: Final = 100
"""Terminal columns from which every pane has its count; below, only that of URGENT is told."""
URGENT: Final = "alerts"


UNSEEN: Final = "*"
"""Behind the name of a pane that has something new that nobody looked at."""


class TabLine(PlainStatic):
    """One line; the pane that is seen stands out."""

    DEFAULT_CSS = "TabLine { height: 1; background: $surface; }"

    class Chosen(Message):
        """A pane was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, panes: Sequence[tuple[str, str, str]]) -> None:
        """Show `panes`, each (identifier, key, name)."""
        super().__init__(id="tabs", markup=False)
        self._panes = panes
        self._shown: tuple[object, ...] = ()
        self._starts: list[tuple[int, str]] = []

    def draw(self, current: str, counts: Mapping[str, int], unseen: frozenset[str] = frozenset()) -> None:
        """Show which pane is seen and how many rows each has; nothing is sent when it reads as before.

        Panes with something `unseen` have a mark.
        """
        wide = self.app.size.width >= NARROW
        labels = [
            (pane, key, f"{name}{self._count(counts, pane, wide=wide)}{UNSEEN if pane in unseen else ''}")
            for pane, key, name in self._panes
        ]
        gap = " " if sum(len(name) + 4 for _, _, name in labels) <= self.app.size.width else ""
        variables = self.app.theme_variables
        accent, dim = variables["accent"].split(" ")[0], variables.get("dim", "default")
        warning = variables["warning"].split(" ")[0]
        shown = (accent, dim, warning, current, unseen, gap, *labels)
        if shown == self._shown:
            return
        self._shown = shown
        line, self._starts = Text(no_wrap=True), []
        for pane, key, name in labels:
            self._starts.append((line.cell_len, pane))
            marked = pane == current
            line.append(f" {key}{gap}", f"{accent} reverse" if marked else accent)
            line.append(f"{name}{gap}", "bold reverse" if marked else warning if pane in unseen else dim)
        self.update(line, layout=False)

    def on_click(self, event: events.Click) -> None:
        """Go to the pane under the pointer."""
        pane = next((pane for start, pane in reversed(self._starts) if start <= event.x), None)
        if pane is not None:
            self.post_message(self.Chosen(pane))

    @staticmethod
    def _count(counts: Mapping[str, int], pane: str, *, wide: bool) -> str:
        return f" {text.count(counts[pane])}" if (wide or pane == URGENT) and counts.get(pane) else ""
