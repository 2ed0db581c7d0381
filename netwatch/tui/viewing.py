"""What the screen is seen through: the display filter and the time range, set, combined and cleared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.tui.deliver import deliver
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from pathlib import Path

    from textual.screen import Screen
    from textual.widget import Widget

    from netwatch.engine import Engine
    from netwatch.snapshot import Snapshot, ViewState
    from netwatch.tui.panes.pane import Pane
    from netwatch.tui.widgets.display_prompt import DisplayPrompt


class Viewing:
    """Serves a screen that has a Notice."""

    def __init__(self, screen: Screen[None], engine: Engine, history_file: Path | None) -> None:
        self._screen = screen
        self._engine = engine
        self._history_file = history_file
        self._prompt: DisplayPrompt | None = None
        self._seen = 0

    async def ask(self, snapshot: Snapshot, before: Widget) -> None:
        """Open the prompt, which is mounted `before` a widget when it is first needed."""
        if self._prompt is None:
            from netwatch.tui.widgets.display_prompt import DisplayPrompt

            self._prompt = DisplayPrompt(self._engine, self._history_file)
            await self._screen.mount(self._prompt, before=before)
        self._prompt.open(snapshot.view.text if snapshot.view else "")

    def choose(self, pane: Pane, snapshot: Snapshot) -> None:
        """Offer filters made of the row under the cursor."""
        found = pane.conditions()
        if not found:
            self._say("there is no row to make a filter of")
            return
        from netwatch.tui.screens.as_filter import FilterChooser

        current = snapshot.view.text if snapshot.view else ""

        def take(text: str | None) -> None:
            if text is not None:
                self.apply(text, snapshot.view)

        self._screen.app.push_screen(FilterChooser(found, current), take)

    def apply(self, text: str, view: ViewState | None) -> None:
        """See everything through `text` and the time range of `view`."""
        self._set(text, view.time_range if view else None)

    def limit(self, begin_ns: int | None, end_ns: int | None, snapshot: Snapshot) -> None:
        """Let the time range begin or end anew; None leaves a bound as it is."""
        view = snapshot.view
        first, last = view.time_range if view and view.time_range else (snapshot.first_time_ns, snapshot.last_time_ns)
        first, last = first if begin_ns is None else begin_ns, last if end_ns is None else end_ns
        self._set(view.text if view else "", (min(first, last), max(first, last)))

    def clear(self, snapshot: Snapshot) -> bool:
        """Go back to all times, or else to all packets; return False when nothing is narrowed."""
        view = snapshot.view
        if view is None:
            return False
        self._set(view.text if view.time_range is not None else "", None)
        return True

    def changed(self, snapshot: Snapshot) -> bool:
        """Return whether the panes show another view than at the call before."""
        before, self._seen = self._seen, snapshot.shown_view
        return before != self._seen

    def _set(self, text: str, time_range: tuple[int, int] | None) -> None:
        request = self._engine.set_view(text, time_range)
        deliver(self._screen, request, lambda _: None, lambda error: self._say(str(error), error=True))

    def _say(self, said: str, *, error: bool = False) -> None:
        self._screen.query_one(Notice).say(said, "error" if error else "information", seconds=15 if error else 6)
