"""The application: themes, the monitor screen, signals, and a terminal that is left as it was found."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.widgets import Input

from netwatch.errors import ExitStatus
from netwatch.tables.enrichment import Look
from netwatch.text import printable
from netwatch.tui.adopting import Adopting
from netwatch.tui.enriching import Enrich, Enriching
from netwatch.tui.keymap import Keymap
from netwatch.tui.link import TerminalLink
from netwatch.tui.memory import PaneMemory
from netwatch.tui.pane_guard import Guarded, problem_of, switch_off
from netwatch.tui.screens.monitor import MonitorScreen
from netwatch.tui.screens.quit import QuitScreen
from netwatch.tui.screens.too_small import TooSmallScreen, is_too_small
from netwatch.tui.theme import VARIABLE_DEFAULTS, load_themes
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.status import StatusLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from textual.actions import ActionParseResult
    from textual.binding import BindingType
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.screen import Screen

    from netwatch.engine import Engine
    from netwatch.tui.enriching import Looker
    from netwatch.tui.options import ScreenOptions

LAST_RESORT = 5.0
"""Seconds after a signal in which the program ends as it should."""
FALLBACK_THEME = "netwatch-dark"


class NetwatchApp(App[int]):
    """Hosts the screens; what they show comes from the engine."""

    TITLE = "netwatch"
    CSS_PATH = "netwatch.tcss"
    ENABLE_COMMAND_PALETTE = True
    # Everywhere, also where text is typed; Textual has Ctrl+Q already
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "quit", "Quit", show=False, priority=True)]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-medium"), (150, "-wide")]  # noqa: RUF012  # as Textual declares it

    def __init__(
        self,
        engine: Engine,
        options: ScreenOptions,
        *,
        drawn: Callable[[], None] | None = None,
        looker: Looker | None = None,
        look: Look | None = None,
    ) -> None:
        """Prepare the screens; nothing is drawn before `run`."""
        super().__init__(driver_class=_driver(thin=options.thin))
        memory = PaneMemory(options.memory_file)
        problems = self._load_themes(options.user_themes, options.theme or memory.theme or FALLBACK_THEME)
        self._engine = engine
        self._enriching = Enriching(self, engine, looker, look or Look())
        self._link = TerminalLink(None)
        self._drawn = drawn
        self._keys = Keymap()
        self._standing = options.standing
        self._still = options.still
        options = replace(options, notes=(*problems, *options.notes))
        self._monitor = MonitorScreen(engine, self._link, options, memory, self._keys)
        self._adopting = Adopting(self._monitor, self._keys, options.settings_file, options.usual_refresh)

    def _load_themes(self, folder: Path | None, wanted: str) -> list[str]:
        """Take our themes and the user's, and the one that is wanted; return what went wrong."""
        themes, problems = load_themes(folder)
        for loaded in themes:
            self.register_theme(loaded)
        if wanted in self.available_themes:
            self.theme = wanted
        else:
            problems.append(f"no theme {printable(wanted, 40)}; there are {', '.join(found.name for found in themes)}")
            self.theme = FALLBACK_THEME if FALLBACK_THEME in self.available_themes else "textual-dark"
        # Textual's own themes know nothing of our colours
        for name in {*self.available_themes} - {found.name for found in themes} - {self.theme}:
            self.unregister_theme(name)
        return problems

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give themes that do not define our colours the default ones."""
        return dict(VARIABLE_DEFAULTS)

    def get_default_screen(self) -> Screen[None]:
        """Begin with the monitor."""
        return self._monitor

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every command of ours in the palette, and none of Textual's own; all act on the monitor."""
        del screen
        for command in self._keys.commands:
            if command.action and command.place == "monitor" and command.id != "palette":
                run = partial(self.call_later, self.run_action, command.action, self._monitor)
                yield SystemCommand(f"{command.label}   {command.help}", command.key_text, run)

    def action_settings(self) -> None:
        """Show the settings."""
        self._adopting.show()

    async def action_quit(self) -> None:
        """Leave from wherever the keys were typed, asking as the monitor does; a small terminal has no room to ask."""
        if isinstance(self.screen, TooSmallScreen | QuitScreen):
            self.exit(0)
        else:
            self._monitor.action_quit()

    @on(Enrich)
    def _enrich(self, event: Enrich) -> None:
        self._enriching.ask(event, lambda said: self.screen.query_one(Notice).say(said, "error"))

    def post_display_hook(self) -> None:
        """Ask behind the frame: before it, the answer would only tell of the one before."""
        self._link.written()

    def on_mount(self) -> None:
        """Take signals and the terminal, then leave start-up's objects out of every later garbage collection."""
        self._catch_signals()
        if self._driver is not None and not self.is_headless:
            self._link.connect(self._driver.write, self._driver)
        self.theme_changed_signal.subscribe(self, lambda _: self._monitor.action_redraw())
        self.app_resume_signal.subscribe(self, lambda _: self._resumed())
        self.call_after_refresh(self._first_screen)
        self.call_after_refresh(self._adopting.begin)

    def _resumed(self) -> None:
        self._link.forget()
        self._link.answered()  # what was asked before the program was stopped will not be answered
        self._monitor.action_redraw()

    def _first_screen(self) -> None:
        gc.collect()
        gc.freeze()
        gc.enable()
        words, sound = self._standing
        self._monitor.query_one(StatusLine).tell_standing(words, sound=sound)
        if self._drawn is not None:
            self._drawn()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Keep the cursor of lines that are typed in from blinking, where nothing may move."""
        if self._still and isinstance(event.widget, Input):
            event.widget.cursor_blink = False

    def on_resize(self, event: events.Resize) -> None:
        """Cover the screens while they do not fit."""
        self._link.forget()
        if is_too_small(event.size) and not isinstance(self.screen, TooSmallScreen):
            self.push_screen(TooSmallScreen())

    async def on_event(self, event: events.Event) -> None:
        """Take the terminal's answers to the link's requests, and let only printable text be pasted."""
        if isinstance(event, events.CursorPosition):
            self._link.answered()
            return
        if isinstance(event, events.Paste):
            event.text = printable(next(iter(event.text.splitlines()), ""))
        await super().on_event(event)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key asks for; a pane that breaks over it is switched off."""
        with Guarded(self._monitor):
            return await super().run_action(action, default_namespace, namespaces)
        return False

    def _handle_exception(self, error: Exception) -> None:
        """Go on without the pane that broke, where it was one, else end with one line; the log has the rest.

        Textual would write the error and all variables to the terminal, with whatever a packet put there.
        """
        if switch_off(self._monitor, error):
            return
        if self.is_headless:  # tests want to know
            super()._handle_exception(error)
            return
        problem = problem_of("the screen", error)
        self._engine.report(problem)
        self.exit(ExitStatus.FAILED, message=Text(f"netwatch: {problem.words}; the log has more"))

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            # Not the main thread, as in some tests: then whoever runs us handles signals
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._leave, 128 + number)

    def _leave(self, status: int) -> None:
        """Exit, if need be without giving back a terminal that is gone.

        The kernel also sends SIGCONT when a terminal vanishes; Textual then begins to write to it anew, that fails,
        and the main thread waits for ever for somebody to take what it wants to write.
        """
        watchdog = threading.Timer(LAST_RESORT, self._give_up, (status,))
        watchdog.daemon = True
        watchdog.start()
        self.exit(status)

    def _give_up(self, status: int) -> None:
        self._engine.close()
        os._exit(status)


def _driver(*, thin: bool) -> type[Driver] | None:
    """Return what writes to the terminal, None for Textual's own where there is no other."""
    if sys.platform == "win32":
        return None
    from netwatch.tui.thin import CountingDriver, ThinDriver

    return ThinDriver if thin else CountingDriver
