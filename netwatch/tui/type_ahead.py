"""Keys that come faster than screens and rows do, as over a link that stalls: each waits for what it is meant for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.screen import Screen
from textual.widget import Widget

from netwatch.tui.widgets.line_list import LineList
from netwatch.tui.widgets.prompt_line import PromptLine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from textual.app import App
    from textual.events import Key
    from textual.message_pump import MessagePump

LONGEST: Final = 1.0
"""Seconds that keys wait at most for widgets and rows: what never answers must not keep them for ever."""
OF_ROWS: Final = frozenset({"as-filter", "range-begin", "range-end"})
"""Commands of the whole screen that mean the row under the cursor."""


class TypeAhead:
    """Holds keys while a screen is made, a line takes the key before, Enter is judged, or rows are awaited."""

    def __init__(self, app: App[int], act: Callable[[Key], Awaitable[None]]) -> None:
        """Hold keys of `app`; `act` does what one means."""
        self._app = app
        self._act = act
        self._held: list[Key] = []
        self._waits = 0
        """Number of the wait that goes on, or of the last one."""
        self._waiting = False
        self._timed: LineList | None = None
        """A list whose rows are waited for."""

    def hold(self, key: Key) -> bool:
        """Keep a key for later; return False when it may act now."""
        if not self._waiting and (self._leaves(key) or (not self._held and self._may_act(key))):
            return False
        self._held.append(key)
        self._wait_for_screen()
        self._wait_for_rows()
        if not self._waiting and self._may_act(self._held[0]):
            self._app.call_later(self.go_on)  # what was judged is another text by now
        return True

    def wait_for(self, widget: Widget) -> None:
        """Let the next keys wait until a widget has taken the one before, and all that it tells by that is through."""
        self._wait(node for node in widget.ancestors_with_self if node is not self._app)

    async def go_on(self) -> None:
        """Have the keys that were held act where the focus is by now."""
        while self._held and not self._waiting and self._may_act(self._held[0]):
            await self._act(self._held.pop(0))
        if self._held:
            self._wait_for_screen()
            self._wait_for_rows()

    def _may_act(self, key: Key) -> bool:
        return self._is_ready and (not self._is_judged or self._leaves(key)) and not self._is_for_rows(key)

    def _leaves(self, key: Key) -> bool:
        """Return whether the key leaves a line whose text is judged, which may take long."""
        return self._is_judged and key.key == "escape"

    def _is_for_rows(self, key: Key) -> bool:
        """Return whether the key means something that is on its way."""
        rows = self._rows_awaited
        if rows is None or key.key == "escape":
            return False
        bound = self._app.screen.active_bindings.get(key.key)
        if bound is None or rows.awaited == "place":
            return bound is not None
        return bound.binding.id in OF_ROWS or (isinstance(bound.node, Widget) and not isinstance(bound.node, Screen))

    @property
    def _rows_awaited(self) -> LineList | None:
        rows = self._app.focused
        return rows if isinstance(rows, LineList) and rows.awaited else None

    def _wait_for_rows(self) -> None:
        rows = self._rows_awaited
        if rows is not None and rows is not self._timed:
            self._timed = rows
            self._app.set_timer(LONGEST, lambda: self._do_without(rows))

    def _do_without(self, rows: LineList) -> None:
        """Let keys act though the rows did not come."""
        self._timed = None
        rows.fill_in()

    @property
    def _is_judged(self) -> bool:
        line = self._app.focused
        return isinstance(line, PromptLine) and line.is_judged

    @property
    def _is_ready(self) -> bool:
        """True when the screen on top has its widgets and its focus."""
        return not self._app.screen_stack or self._app.screen.stack_updates > 0

    def _wait_for_screen(self) -> None:
        if not self._waiting and not self._is_ready:
            self._wait([self._app.screen])

    def _wait(self, nodes: Iterable[MessagePump]) -> None:
        self._waits += 1
        self._waiting = True
        number = self._waits
        self._app.set_timer(LONGEST, lambda: self._end_wait(number))
        self._pass(list(nodes), number)

    def _pass(self, nodes: list[MessagePump], number: int) -> None:
        """Go through the queues of `nodes` one after the other, behind the key and the messages that it causes."""
        while nodes:
            if nodes.pop(0).call_later(self._pass, nodes, number):
                return
        self._app.call_later(self._end_wait, number)

    async def _end_wait(self, number: int) -> None:
        if number == self._waits and self._waiting:
            self._waiting = False
            await self.go_on()
