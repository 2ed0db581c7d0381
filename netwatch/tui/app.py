"""The application: the monitor screen, what is offered everywhere, and what is done when a part breaks."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding

from netwatch.errors import ExitStatus
from netwatch.problem import Problem
from netwatch.tables.enrichment import Look
from netwatch.tui.adopting import Adopting
from netwatch.tui.enriching import Enrich, Enriching
from netwatch.tui.keymap import Keymap
from netwatch.tui.memory import PaneMemory
from netwatch.tui.palette import offered
from netwatch.tui.pane_guard import Guarded, switch_off
from netwatch.tui.screens.monitor import MonitorScreen
from netwatch.tui.screens.quit import QuitScreen
from netwatch.tui.screens.too_small import TooSmallScreen
from netwatch.tui.terminal_app import TerminalApp
from netwatch.tui.theme import VARIABLE_DEFAULTS
from netwatch.tui.theming import offer_themes
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from textual.actions import ActionParseResult
    from textual.app import SystemCommand
    from textual.binding import BindingType
    from textual.dom import DOMNode
    from textual.screen import Screen

    from netwatch.engine import Engine
    from netwatch.tui.enriching import Looker
    from netwatch.tui.options import ScreenOptions

MISTRUST = "this terminal draws otherwise than expected: from now on whole regions are sent, as with plain_output"


class NetwatchApp(TerminalApp):
    """Hosts the screens; what they show comes from the engine."""

    TITLE = "netwatch"
    CSS_PATH = "netwatch.tcss"
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
        super().__init__(engine.close, options)
        memory = PaneMemory(options.memory_file)
        notes = (*offer_themes(self, options, memory.theme), *options.notes)
        self._engine = engine
        self._enriching = Enriching(self, engine, looker, look or Look())
        self._drawn = drawn
        self._keys = Keymap()
        self._monitor = MonitorScreen(engine, self._link, replace(options, notes=notes), memory, self._keys)
        self._adopting = Adopting(self._monitor, self._keys, options.settings_file, options.usual_refresh)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give themes that do not define our colours the default ones."""
        return dict(VARIABLE_DEFAULTS)

    def get_default_screen(self) -> Screen[None]:
        """Begin with the monitor."""
        return self._monitor

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every command of ours in the palette, and none of Textual's own."""
        del screen
        return offered(self, self._monitor, self._keys)

    def action_command_palette(self) -> None:
        """Offer what `get_system_commands` gives, by name."""
        from netwatch.tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())  # no id: the one before may still be on its way out

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

    def on_mount(self) -> None:
        """Begin when there is a screen."""
        self.theme_changed_signal.subscribe(self, lambda _: self.redraw())
        self.call_after_refresh(self._first_screen)
        self.call_after_refresh(self._adopting.begin)

    def draw_late(self) -> None:
        """Draw of the monitor what waited."""
        self._monitor.call_later(self._monitor.draw_late)

    def mistrust(self) -> None:
        """Draw the whole monitor and say why."""
        self.redraw()
        self._monitor.query_one(Notice).say(MISTRUST, "error", seconds=15)

    def redraw(self) -> None:
        """Draw the whole monitor and whatever lies above it."""
        self._monitor.action_redraw()
        for screen in self.screen_stack:
            for widget in screen.walk_children():
                widget.refresh()

    def _first_screen(self) -> None:
        gc.collect()
        gc.freeze()  # start-up's objects are in no later collection
        gc.enable()
        if self._drawn is not None:
            self._drawn()

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key asks for; a pane that breaks over it is switched off, a dialog is closed."""
        if self.leaving:
            return False  # the screens are being taken down
        try:
            with Guarded(self._monitor):
                return await super().run_action(action, default_namespace, namespaces)
        except Exception as error:  # whatever it is, the monitor below goes on
            if self.screen is self._monitor:
                raise
            self._engine.report(Problem.of("a dialog was closed", error))
            self.pop_screen()
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
        self._engine.report(problem := Problem.of("the screen is off", error))
        if not self.leaving:
            self.exit(ExitStatus.FAILED, message=Text(f"netwatch: {problem.words}; the log has more"))
