"""Finding packets and going to them: the prompt, the search that runs, and the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.tui.deliver import deliver
from netwatch.tui.widgets.find_prompt import FindPrompt
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.timer import Timer
    from textual.widget import Widget

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.snapshot import FindMode
    from netwatch.tui.panes.packets import PacketsPane

LOOK_SECONDS: Final = 0.1
LOOKS: Final = 30
"""How often, and how many times, the table is asked for a packet that was found before it was shown."""


class Finding:
    """Serves a screen that has a Notice and the packets pane."""

    def __init__(self, screen: Screen[None], engine: Engine, packets: PacketsPane) -> None:
        self._screen = screen
        self._engine = engine
        self._packets = packets
        self._prompt: FindPrompt | None = None
        self._wanted: tuple[FindMode, str] | None = None
        self._request: Request[int | None] | None = None
        self._timer: Timer | None = None

    async def ask(self, before: Widget) -> None:
        """Open the prompt, which is mounted `before` a widget when it is first needed."""
        if self._prompt is None:
            self._prompt = FindPrompt()
            await self._screen.mount(self._prompt, before=before)
        self._prompt.open()

    def start(self, mode: FindMode, text: str) -> None:
        """Look for something else, forwards from the cursor."""
        self._wanted = (mode, text)
        self.go_on(1)

    def forget(self) -> None:
        """Have nothing to look for."""
        self.cancel()
        self._wanted = None

    def go_on(self, step: int) -> None:
        """Look for the next, or with a negative step for the one before."""
        if self._wanted is None:
            self._say("nothing was looked for: Ctrl+F")
            return
        if self._request is not None:
            self._request.cancel()
        mode, text = self._wanted
        request = self._request = self._engine.find(mode, text, self._packets.table.number + step, step)
        if self._timer is None:
            self._timer = self._screen.set_interval(0.3, self._progress)
        deliver(
            self._screen,
            request,
            lambda found: self._found(request, found, step),
            lambda error: self._failed(request, error),
        )

    def cancel(self) -> bool:
        """End a search that runs; return False when there is none."""
        if self._request is None:
            return False
        self._request.cancel()
        self._end()
        self._say("the search was ended")
        return True

    def go(self, number: int) -> None:
        """Go to a packet by its number, or to the next one that is shown."""
        self._packets.table.leave_tail()
        self._go(number, LOOKS)

    def _go(self, number: int, looks: int) -> None:
        """Go there, and look again as long as the table does not know a packet that came just now."""
        table = self._packets.table
        table.go_to_number(number)
        reached = table.number

        def look_again() -> None:
            if table.number == reached:  # nobody moved meanwhile
                self._go(number, looks - 1)

        if reached < number <= self._engine.snapshot().history.last and looks:
            self._screen.set_timer(LOOK_SECONDS, look_again)

    def _found(self, request: Request[int | None], number: int | None, step: int) -> None:
        if request is not self._request:
            return
        self._end()
        text = self._wanted[1] if self._wanted else ""
        if number is None:
            self._say(f"{text}: not found {'below' if step > 0 else 'above'}")
            return
        self.go(number)
        self._say(f"{text}: packet {number:,}   n next, N before")

    def _failed(self, request: Request[int | None], error: BaseException) -> None:
        if request is self._request:
            self._end()
            self._screen.query_one(Notice).say(str(error), "error", seconds=15)

    def _progress(self) -> None:
        if self._request is not None and self._request.progress is not None:
            self._say(
                f"looking for {self._wanted[1] if self._wanted else ''}: {self._request.progress:.0%}   Esc ends it"
            )

    def _end(self) -> None:
        self._request = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _say(self, said: str) -> None:
        self._screen.query_one(Notice).say(said)
