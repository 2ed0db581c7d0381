"""The keys of a replay: they tell the engine, and ask where to jump to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.tui.deliver import deliver
from netwatch.tui.widgets.line_prompt import LinePrompt
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from netwatch.engine import Engine
    from netwatch.snapshot import ReplayOrder


class Replaying:
    """Serves a screen that has a Notice."""

    def __init__(self, screen: Screen[None], engine: Engine) -> None:
        self._screen = screen
        self._engine = engine
        self._prompt: LinePrompt | None = None

    async def ask(self, before: Widget) -> None:
        """Ask where to jump to; the prompt is mounted `before` a widget when it is first needed."""
        if self._prompt is None:
            self._prompt = LinePrompt(
                "jump to", lambda _: "12:30:05   +30 -5m from here   packet number   Enter jumps   Esc leaves"
            )
            await self._screen.mount(self._prompt, before=before)
        self._prompt.open()

    def tell(self, order: ReplayOrder, text: str = "") -> None:
        """Have the engine do it; what it refuses is said."""
        deliver(self._screen, self._engine.replay(order, text), lambda _: None, self._failed)

    def _failed(self, error: BaseException) -> None:
        self._screen.query_one(Notice).say(str(error), "error", seconds=15)
