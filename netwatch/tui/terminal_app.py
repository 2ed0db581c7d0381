"""An application and its terminal: signals, what the terminal answers, what is pasted, and how it is left."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from textual import events
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.widgets import Input

from netwatch.text import printable
from netwatch.tui.link import TerminalLink
from netwatch.tui.screens.too_small import TooSmallScreen, is_too_small
from netwatch.tui.type_ahead import TypeAhead

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType
    from textual.driver import Driver

    from netwatch.tui.options import ScreenOptions
    from netwatch.tui.thin import CountingDriver

ENDING = (
    "SIGTERM", "SIGHUP", "SIGQUIT", "SIGABRT", "SIGUSR1", "SIGUSR2", "SIGALRM",
    "SIGVTALRM", "SIGPROF", "SIGPOLL", "SIGXCPU", "SIGSTKFLT", "SIGPWR",
)  # fmt: skip
"""Signals that end a program (signal(7)), but for SIGKILL and those of faults as SIGSEGV, whose handler would run for
ever."""
LAST_RESORT = 5.0
"""Seconds after a signal in which the program ends as it should."""


class TerminalApp(App[int]):
    """Leaves a terminal as it was found, whoever ends the program."""

    def __init__(self, last: Callable[[], None], options: ScreenOptions) -> None:
        """Draw as the options want it.

        `last` completes what is being written when there is no terminal to give back.
        """
        super().__init__(driver_class=_driver(plain=options.plain, utf8=options.utf8))
        self._last = last
        self._still, self._thin = options.still, options.thin
        self._link = TerminalLink(None)
        self._ahead = TypeAhead(self, self._act)
        self.leaving = False
        """Somebody or something ended the program."""

    def post_display_hook(self) -> None:
        """Ask behind the frame: before it, the answer would only tell of the one before."""
        self._link.written()

    async def on_event(self, event: events.Event) -> None:
        """Take the terminal's answers to the link's requests, and let only printable text be pasted."""
        if isinstance(event, events.CursorPosition):
            if self._link.answered(event.y + 1, event.x + 1):
                self.mistrust()
            self.draw_late()
            return
        if isinstance(event, events.InputEvent):
            self._link.pressed()
        if isinstance(event, events.Paste):
            event.text = printable(next(iter(event.text.splitlines()), ""))
        if self.leaving and isinstance(event, events.MouseEvent):
            return
        if isinstance(event, events.Key) and not event.is_forwarded:
            if not self._ahead.hold(event):
                await self._act(event)
            return
        await super().on_event(event)

    async def _act(self, key: events.Key) -> None:
        """Do what the key is bound to, unless the widget with the focus takes it as text.

        Textual lets it pass through the queues of all widgets around that one; keys that were typed ahead, as over a
        slow link, would act on where the focus was before it.
        """
        if self.leaving:
            return  # what was typed behind the key that ended it is nobody's
        focused = self.focused
        is_text = focused is not None and focused.check_consume_key(key.key, key.character)
        bound = not is_text and (
            await self._check_bindings(key.key, priority=True) or await self._check_bindings(key.key)
        )
        if not bound:
            await super().on_event(key)
        if focused is not None and (len(self.screen_stack) > 1 or focused.check_consume_key("a", "a")):
            self._ahead.wait_for(focused)

    def on_mount(self) -> None:
        """Take signals and the terminal."""
        self._catch_signals()
        if self._driver is not None and not self.is_headless:
            self._link.connect(self._driver.write, _counting(self._driver))
            if self._thin:
                self._link.begin_sparing()
        self.app_resume_signal.subscribe(self, lambda _: self._resumed())

    def on_resize(self, event: events.Resize) -> None:
        """Send the next drawing whole, whatever became of the one before, and cover screens that do not fit."""
        self._link.forget()
        if is_too_small(event.size) and not isinstance(self.screen, TooSmallScreen):
            self.push_screen(TooSmallScreen())

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep the cursor of lines that are typed in from blinking, where nothing may move."""
        if self._still and isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    async def on_prompt_line_judged(self) -> None:
        """Let the keys act that were typed meanwhile."""
        await self._ahead.go_on()

    async def on_line_list_filled(self) -> None:
        """Let the keys act that were typed before there were rows."""
        await self._ahead.go_on()

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """Leave; see App.exit."""
        self.leaving = True
        super().exit(result, return_code, message)

    def pop_screen(self) -> AwaitComplete:
        """Go back to the screen below; the first one stays, however many keys and clicks close the last above it."""
        return super().pop_screen() if len(self.screen_stack) > 1 else AwaitComplete()

    def draw_late(self) -> None:
        """Draw what waited for the terminal."""

    def mistrust(self) -> None:
        """Draw everything: the terminal's cursor is not where it should be, so that its cells are not known."""
        self.redraw()

    def redraw(self) -> None:
        """Draw everything, whatever the terminal shows."""
        self.refresh()

    def _resumed(self) -> None:
        self._link.forget()
        self._link.forget_requests()
        self.redraw()

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (getattr(signal, name) for name in ENDING if hasattr(signal, name)):
            # Not the main thread, as in some tests: then whoever runs us handles signals
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._leave, 128 + number)
        if not self.is_headless and threading.current_thread() is threading.main_thread():
            # Not by the loop, which would hear afterwards of the Ctrl+C that was typed to the console
            status = 128 + signal.SIGINT
            signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(self._leave, status))

    def _leave(self, status: int) -> None:
        """Exit, if need be without giving back a terminal that is gone.

        The kernel also sends SIGCONT when a terminal vanishes; Textual then begins to write to it anew, that fails,
        and the main thread waits for ever for somebody to take what it wants to write.
        """
        watchdog = threading.Timer(LAST_RESORT, self._give_up, (status,))
        watchdog.daemon = True
        watchdog.start()
        self.exit(status)

    def copy_to_clipboard(self, text: str) -> None:
        """Put a text into the clipboard of the terminal, also of the one that tmux is in (OSC 52).

        tmux takes OSC 52 of programs with `set-clipboard on`; with `allow-passthrough on` it hands on what is wrapped.
        """
        super().copy_to_clipboard(text)
        if self._driver is not None and os.environ.get("TMUX"):
            encoded = base64.b64encode(text.encode("utf-8", "replace")).decode()
            self._driver.write(f"\x1bPtmux;\x1b\x1b]52;c;{encoded}\x07\x1b\\")

    def _give_up(self, status: int) -> None:
        self._last()
        os._exit(status)


def _counting(driver: Driver) -> CountingDriver | None:
    """Return the driver if it is one of ours."""
    if sys.platform == "win32":
        return None
    from netwatch.tui.thin import CountingDriver

    return driver if isinstance(driver, CountingDriver) else None


def _driver(*, plain: bool, utf8: bool) -> type[Driver] | None:
    """Return what writes to the terminal, None for Textual's own where there is no other."""
    if sys.platform == "win32":
        return None
    from netwatch.tui.thin import CountingDriver, ThinDriver

    chosen = CountingDriver if plain else ThinDriver
    return type(chosen.__name__, (chosen,), {"utf8": utf8})
