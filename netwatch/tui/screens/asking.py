"""The screen's questions: filters, what to find, where to go; each is typed in a line of its own and answered here."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Literal

from textual import on
from textual.screen import Screen

from netwatch.snapshot import Snapshot
from netwatch.tui.capturing import Capturing
from netwatch.tui.commanding import Commanding
from netwatch.tui.finding import Finding
from netwatch.tui.panes.overview import OverviewPane
from netwatch.tui.panes.packets import PacketsPane
from netwatch.tui.redacting import Redacting
from netwatch.tui.replaying import Replaying
from netwatch.tui.viewing import Viewing
from netwatch.tui.widgets.footer import KeyLine
from netwatch.tui.widgets.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.engine import Engine
    from netwatch.snapshot import ReplayOrder
    from netwatch.tui.memory import PaneMemory
    from netwatch.tui.options import ScreenOptions
    from netwatch.tui.panes.pane import Pane
    from netwatch.tui.widgets.command_prompt import CommandPrompt
    from netwatch.tui.widgets.display_prompt import DisplayPrompt
    from netwatch.tui.widgets.filter_prompt import FilterPrompt
    from netwatch.tui.widgets.find_prompt import FindPrompt
    from netwatch.tui.widgets.line_prompt import LinePrompt


class AskingScreen(Screen[None]):
    """Asks in prompts below the pane that is seen; what is asked for changes what the panes show."""

    def __init__(
        self,
        engine: Engine,
        options: ScreenOptions,
        memory: PaneMemory,
    ) -> None:
        """Ask on behalf of `engine`; `memory` is what is remembered of panes."""
        super().__init__()
        self._engine = engine
        self._glyphs = options.glyphs
        self._folder = options.save_folder
        self._memory = memory
        self._packets = PacketsPane(engine, self._glyphs, self._folder, memory=memory, colors=options.colors)
        self._capturing = Capturing(self, engine, options.history_file)
        self._viewing = Viewing(self, engine, options.history_file)
        self._finding = Finding(self, engine, self._packets)
        self._replaying = Replaying(self, engine)
        self._redacting = Redacting(self, engine, self._finding)
        self._commanding = Commanding(self, engine, self._lines(), lambda: self.pane)
        self._snapshot = Snapshot()

    @property
    @abstractmethod
    def pane(self) -> Pane:
        """The pane that is seen."""

    @abstractmethod
    async def action_pane(self, wanted: str) -> None:
        """Show another pane."""

    @abstractmethod
    def _lines(self) -> dict[str, Callable[[str], None]]:
        """Return what the command line does with what stands behind a word."""

    @property
    def is_asking(self) -> bool:
        """True while something is typed."""
        return self._asking is not None

    def close_prompt(self) -> bool:
        """Close what is asked now, or what is asked within that; return False when nothing is."""
        asking = self._asking
        if asking is not None:
            asking.action_leave()
        return asking is not None

    @property
    def _asking(self) -> Prompt | None:
        return next((prompt for prompt in self.query(Prompt) if prompt.is_open), None)

    async def action_filter(self) -> None:
        """Ask for a capture filter."""
        await self._capturing.ask(self._snapshot, self.query_one(KeyLine))

    async def action_display_filter(self) -> None:
        """Ask for a display filter."""
        await self._viewing.ask(self._snapshot, self.query_one(KeyLine))

    def action_as_filter(self) -> None:
        """Make a display filter of the row under the cursor."""
        self._viewing.choose(self.pane, self._snapshot)

    async def action_find(self) -> None:
        """Ask what is to be found in packets."""
        await self.action_pane("packets")
        await self._finding.ask(self.query_one(KeyLine))

    async def action_find_next(self, step: int) -> None:
        """Go to the next packet that was looked for, or to the one before."""
        await self.action_pane("packets")
        self._finding.go_on(step)

    async def action_command(self) -> None:
        """Ask for a command."""
        await self._commanding.ask(self.query_one(KeyLine))

    def action_replay(self, order: ReplayOrder) -> None:
        """Tell a replay what to do."""
        self._replaying.tell(order)

    def action_redact(self) -> None:
        """Replace addresses and names, or no more."""
        self._redacting.switch()

    async def action_jump(self) -> None:
        """Ask where a replay is to jump to."""
        await self._replaying.ask(self.query_one(KeyLine))

    def action_range(self, side: Literal["begin", "end"]) -> None:
        """Let the time range begin or end where the cursor is."""
        here = self.pane.edge(side)
        if here is not None:
            begin, end = (here, None) if side == "begin" else (None, here)
            self._viewing.limit(begin, end, self._snapshot)

    @on(OverviewPane.Brushed)
    def _brushed(self, event: OverviewPane.Brushed) -> None:
        self._viewing.limit(event.begin_ns, event.end_ns, self._snapshot)

    def on_prompt_closed(self, event: Prompt.Closed) -> None:
        """Go back to the pane, with what was typed ahead, unless another prompt took its place."""
        if not self.is_asking:
            self.pane.focus_main()
        event.give_back()

    def on_find_prompt_wanted(self, event: FindPrompt.Wanted) -> None:
        """Look for it."""
        self._finding.start(event.mode, event.text)

    async def on_command_prompt_typed(self, event: CommandPrompt.Typed) -> None:
        """Do it."""
        await self._commanding.run(event.text)

    def on_line_prompt_typed(self, event: LinePrompt.Typed) -> None:
        """Jump there."""
        self._replaying.tell("jump", event.text)

    def on_display_prompt_applied(self, event: DisplayPrompt.Applied) -> None:
        """See everything through the filter."""
        self._viewing.apply(event.text, self._snapshot.view)

    def on_filter_prompt_applied(self, event: FilterPrompt.Applied) -> None:
        """Say what is captured from now on."""
        self._capturing.applied(event.text)
