"""What is captured: the capture filter, the interfaces, the user's own session, and whether capture runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.snapshot import CaptureState
from netwatch.tui.deliver import deliver
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from pathlib import Path

    from textual.screen import Screen
    from textual.widget import Widget

    from netwatch.engine import Engine
    from netwatch.snapshot import Snapshot
    from netwatch.tui.widgets.filter_prompt import FilterPrompt


class Capturing:
    """Changes the capture for a screen that has a Notice."""

    def __init__(self, screen: Screen[None], engine: Engine, history_file: Path | None) -> None:
        self._screen = screen
        self._engine = engine
        self._history_file = history_file
        self._prompt: FilterPrompt | None = None

    async def ask(self, snapshot: Snapshot, before: Widget) -> None:
        """Ask for a capture filter in a line above `before`."""
        if snapshot.source and not snapshot.live:
            said = "a capture filter works on live captures; start with -f to read a file through one"
            self._screen.query_one(Notice).say(said, "error")
            return
        if self._prompt is None:
            from netwatch.tui.widgets.filter_prompt import FilterPrompt

            self._prompt = FilterPrompt(self._engine, self._history_file)
            await self._screen.mount(self._prompt, before=before)
        self._prompt.open(snapshot.capture_filter)

    def applied(self, text: str) -> None:
        """Say what is captured from now on."""
        self._say(f"capturing what matches: {text}" if text else "capturing everything")

    def choose_interface(self, snapshot: Snapshot, glyphs: str) -> None:
        """Ask for an interface; the picker begins to capture there."""
        from netwatch.tui.screens.picker import InterfacePicker

        current = tuple(name.strip() for name in snapshot.source.split(","))
        self._screen.app.push_screen(InterfacePicker(self._engine, current, glyphs))

    def stop_or_start(self, snapshot: Snapshot) -> None:
        """Stop a running capture, start a stopped one."""
        ended = snapshot.state in (CaptureState.STOPPED, CaptureState.FAILED)
        request = self._engine.resume() if ended else self._engine.stop()
        deliver(self._screen, request, lambda _: None, self._failed)

    def show_or_hide_own_session(self, snapshot: Snapshot) -> None:
        """Bring back the packets of the user's own session, or leave them out."""
        hidden = bool(snapshot.own_session)
        said = "your own session is shown" if hidden else "your own session, if there is one, is left out"
        deliver(self._screen, self._engine.include_own_session(hidden), lambda _: self._say(said), self._failed)

    def _failed(self, error: BaseException) -> None:
        self._screen.query_one(Notice).say(str(error), "error", seconds=15)

    def _say(self, said: str) -> None:
        self._screen.query_one(Notice).say(said)
