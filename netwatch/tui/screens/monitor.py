"""The main screen: status, tabs, the pane that is seen, prompt and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.screen import Screen

from netwatch.snapshot import CaptureState, Snapshot
from netwatch.tui.commanding import Commanding
from netwatch.tui.commands import COMMANDS, bindings
from netwatch.tui.deliver import deliver
from netwatch.tui.finding import Finding
from netwatch.tui.panes.choice import PANES, make_pane
from netwatch.tui.panes.overview import OverviewPane
from netwatch.tui.panes.packets import PacketsPane
from netwatch.tui.panes.pane import Narrow
from netwatch.tui.python_console import PythonConsole
from netwatch.tui.quiet import Quiet
from netwatch.tui.replaying import Replaying
from netwatch.tui.saving import Saving
from netwatch.tui.screens.quit import QuitScreen
from netwatch.tui.screens.themes import ThemeChooser
from netwatch.tui.viewing import Viewing
from netwatch.tui.widgets.footer import KeyLine
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.status import StatusLine, View
from netwatch.tui.widgets.tabs import TabLine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from netwatch.engine import Engine
    from netwatch.snapshot import History, ReplayOrder
    from netwatch.tui.link import TerminalLink
    from netwatch.tui.memory import PaneMemory
    from netwatch.tui.panes.pane import Pane
    from netwatch.tui.widgets.command_prompt import CommandPrompt
    from netwatch.tui.widgets.display_prompt import DisplayPrompt
    from netwatch.tui.widgets.filter_prompt import FilterPrompt
    from netwatch.tui.widgets.find_prompt import FindPrompt
    from netwatch.tui.widgets.line_prompt import LinePrompt


class MonitorScreen(Screen[None]):
    """Shows one capture, live or from a file."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("monitor")

    def __init__(
        self,
        engine: Engine,
        link: TerminalLink,
        *,
        glyphs: str,
        save_folder: Path,
        save_suffix: str,
        history_file: Path | None,
        memory: PaneMemory,
        ask_interface: bool = False,
        refresh: float,
        bell: bool = True,
        notes: Sequence[str] = (),
    ) -> None:
        """Show what `engine` captures, looking `refresh` times a second; snapshots go to `save_folder`."""
        super().__init__()
        self._engine = engine
        self._link = link
        self._glyphs = glyphs
        self._save_folder = save_folder
        self._memory = memory
        self._saving = Saving(self, engine, save_folder, save_suffix)
        self._viewing = Viewing(self, engine, history_file)
        self._history_file = history_file
        self._ask_interface = ask_interface
        self._tick_seconds = 1 / refresh
        self._notes = notes
        self._packets = PacketsPane(engine, glyphs)
        self._panes: dict[str, Pane] = {"packets": self._packets}
        self._finding = Finding(self, engine, self._packets)
        self._replaying = Replaying(self, engine)
        self._python = PythonConsole(self, engine)
        self._quiet = Quiet(self, engine)
        self._commanding = Commanding(self, engine, self._lines())
        self._current = "packets"
        self._bell = bell
        self._alerts_seen = 0
        """Alerts that there were when the pane was last seen."""
        self._prompt: FilterPrompt | None = None
        self._snapshot = Snapshot()
        self._held: History | None = None
        self._left_tail_at = 0
        """Packets that there were when the table left the tail, 0 while it follows."""

    def compose(self) -> ComposeResult:
        """Stack what is seen at once; the first screen waits for nothing else."""
        yield StatusLine(self._glyphs)
        yield TabLine([(pane.id, pane.key, pane.name) for pane in PANES])
        yield self._packets
        yield Notice()
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin to look."""
        self.pane.focus_main()
        self._draw_keys()
        self.tick()
        self.set_interval(self._tick_seconds, self.tick)
        if self._notes:
            self.query_one(Notice).say("; ".join(self._notes), seconds=12)
        if self._ask_interface:
            self.call_after_refresh(self.action_interface)  # what lies behind it has to be drawn once

    def on_resize(self) -> None:
        """Let every line use the new width."""
        self._draw_keys()
        self._draw_tabs()
        self.query_one(StatusLine).show(self._snapshot, self._view())

    def tick(self) -> None:
        """Take over the engine's newest state, unless the terminal still draws the last one."""
        newest = self._engine.snapshot()
        if newest is self._snapshot or not self._link.ready():
            return
        before, self._snapshot = self._snapshot, newest
        if newest.capture_id != before.capture_id:
            self._begin(newest)
            self._alerts_seen = 0
        elif self._viewing.changed(newest):
            self._begin_view(newest)
        self._tell_urgent(before)
        differs = self._packets.table.tell(self._quiet.look(newest))
        differs |= self.pane.show(newest, paused=self._held is not None)
        differs |= self._draw_tabs()
        if self._show_status() or differs:
            self._link.frame_due()

    def redraw(self) -> None:
        """Draw everything anew: the theme changed, or the terminal was somebody else's for a while."""
        self._draw_keys()
        self._draw_tabs()
        self._show_status()
        self.refresh(layout=True)
        for widget in self.walk_children():
            widget.refresh()

    def action_redraw(self) -> None:
        """Ctrl+L."""
        self.redraw()

    def action_help(self) -> None:
        """Show the keys."""
        from netwatch.tui.screens.help import HelpScreen

        commands = [command for command in COMMANDS if command.place in self.pane.places]
        self.app.push_screen(HelpScreen(self.pane.name_shown, commands))

    async def action_pane(self, wanted: str) -> None:
        """Show another pane; it is made when it is first visited."""
        if wanted == self._current:
            return
        self.pane.display = False
        if wanted not in self._panes:
            self._panes[wanted] = make_pane(
                wanted, self._engine, self._glyphs, memory=self._memory, folder=self._save_folder
            )
            await self.mount(self._panes[wanted], after=self._packets)
        self._current = wanted
        self.pane.display = True
        self.pane.show(self._snapshot, paused=False)
        prompts = (self._viewing, self._finding, self._replaying, self._commanding)
        typing = any(one.is_open for one in prompts) or (self._prompt is not None and self._prompt.is_open)
        if not typing:
            self.pane.focus_main()
        self._draw_keys()
        self._draw_tabs()
        self._show_status()

    async def action_filter(self) -> None:
        """Ask for a capture filter."""
        if self._snapshot.source and not self._snapshot.live:
            said = "a capture filter works on live captures; start with -f to read a file through one"
            self.query_one(Notice).say(said, "error")
            return
        if self._prompt is None:
            from netwatch.tui.widgets.filter_prompt import FilterPrompt

            self._prompt = FilterPrompt(self._engine, self._history_file)
            await self.mount(self._prompt, before=self.query_one(KeyLine))
        self._prompt.open(self._snapshot.capture_filter)

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

    async def action_jump(self) -> None:
        """Ask where a replay is to jump to."""
        await self._replaying.ask(self.query_one(KeyLine))

    def action_range(self, side: Literal["begin", "end"]) -> None:
        """Let the time range begin or end where the cursor is."""
        here = self.pane.edge(side)
        if here is not None:
            begin, end = (here, None) if side == "begin" else (None, here)
            self._viewing.limit(begin, end, self._snapshot)

    def action_interface(self) -> None:
        """Ask for an interface; the picker begins to capture there."""
        from netwatch.tui.screens.picker import InterfacePicker

        current = tuple(name.strip() for name in self._snapshot.source.split(","))
        self.app.push_screen(InterfacePicker(self._engine, current, self._glyphs))

    def action_pause(self) -> None:
        """Freeze what is seen, or let it go on; capture is not touched."""
        if self._held is None:
            self._held = self._engine.hold()
            self._left_tail_at = self._held.last
            self._packets.freeze(self._held.readable, self._held.last)
        else:
            self._held = None
            self._engine.release()
            self._packets.show(self._snapshot, paused=False)
            self.pane.show(self._snapshot, paused=False)
        self._show_status()

    def action_save(self) -> None:
        """Save the buffer, or what a paused view shows; of that what the packets are narrowed to."""
        self._saving.start(self._snapshot.capture_filter, self._packets.only)

    def action_console(self) -> None:
        """Lend the terminal to netwatch console with the packets of the view."""
        self._python.start(self._snapshot.source, self._packets.only)

    def action_capture(self) -> None:
        """Stop a running capture, start a stopped one."""
        ended = self._snapshot.state in (CaptureState.STOPPED, CaptureState.FAILED)
        request = self._engine.resume() if ended else self._engine.stop()
        deliver(self, request, lambda _: None, self._failed)

    def action_own_session(self) -> None:
        """Bring back the packets of the user's own session, or leave them out."""
        hidden = bool(self._snapshot.own_session)
        said = "your own session is shown" if hidden else "your own session, if there is one, is left out"
        request = self._engine.include_own_session(hidden)
        deliver(self, request, lambda _: self.query_one(Notice).say(said), self._failed)

    def action_back(self) -> None:
        """Close the prompt, else what is open in the pane, else end a save that runs."""
        if self._prompt is not None and self._prompt.is_open:
            self._prompt.action_leave()
        elif self._viewing.is_open:
            self._viewing.leave()
        elif self._finding.is_open:
            self._finding.leave()
        elif self._replaying.is_open:
            self._replaying.leave()
        elif self._commanding.is_open:
            self._commanding.leave()
        elif self._finding.cancel():
            return
        elif not self.pane.back() and not self._viewing.clear(self._snapshot):
            self._saving.cancel()

    def _lines(self) -> dict[str, Callable[[str], None]]:
        """Return what the command line does with what stands behind a word."""
        return {
            "packet": self._go_to,
            "w": lambda text: self._saving.start(self._snapshot.capture_filter, self._packets.only, text),
            "w!": lambda text: self._saving.start(
                self._snapshot.capture_filter, self._packets.only, text, overwrite=True
            ),
            "theme": self._take_theme,
            "display-filter": lambda text: self._viewing.apply(text, self._snapshot.view),
            "replay-jump": lambda text: self._replaying.tell("jump", text),
        }

    def _go_to(self, number: str) -> None:
        self.call_later(self._visit, int(number))

    async def _visit(self, number: int) -> None:
        await self.action_pane("packets")
        self._finding.go(number)

    def _take_theme(self, name: str) -> None:
        self.app.theme = name
        self._memory.keep_theme(name)

    def action_theme(self) -> None:
        """Choose a theme; it is remembered."""

        def take(name: str | None) -> None:
            if name is not None:
                self._memory.keep_theme(name)

        self.app.push_screen(ThemeChooser(sorted(self.app.available_themes), self.app.theme), take)

    def action_quit(self) -> None:
        """Leave; ask first while a recording runs."""
        recording = self._snapshot.recording
        active = recording is not None and not recording.error
        if not active or self._snapshot.state in (CaptureState.STOPPED, CaptureState.FAILED):
            self.app.exit(0)
            return
        reason = f"A recording to {recording.path if recording else ''} runs; leaving completes and closes it."
        self.app.push_screen(QuitScreen(reason), lambda leave: self.app.exit(0) if leave else None)

    @property
    def pane(self) -> Pane:
        """The pane that is seen."""
        return self._panes[self._current]

    @on(PacketsPane.Changed)
    def _packets_changed(self) -> None:
        following = self._packets.table.following
        self._left_tail_at = 0 if following else self._left_tail_at or self._snapshot.history.last
        self._show_status()

    @on(Narrow)
    async def _narrow(self, event: Narrow) -> None:
        await self.action_pane("packets")
        self._packets.narrow(event.filter)

    @on(TabLine.Chosen)
    async def _tab(self, event: TabLine.Chosen) -> None:
        await self.action_pane(event.pane)

    @on(OverviewPane.Brushed)
    def _brushed(self, event: OverviewPane.Brushed) -> None:
        self._viewing.limit(event.begin_ns, event.end_ns, self._snapshot)

    def on_find_prompt_closed(self) -> None:
        """Go back to the pane."""
        self.pane.focus_main()

    def on_find_prompt_wanted(self, event: FindPrompt.Wanted) -> None:
        """Look for it."""
        self._finding.start(event.mode, event.text)

    def on_command_prompt_closed(self) -> None:
        """Go back to the pane."""
        self.pane.focus_main()

    async def on_command_prompt_entered(self, event: CommandPrompt.Entered) -> None:
        """Do it."""
        await self._commanding.run(event.text)

    def on_line_prompt_closed(self) -> None:
        """Go back to the pane."""
        self.pane.focus_main()

    def on_line_prompt_typed(self, event: LinePrompt.Typed) -> None:
        """Jump there."""
        self._replaying.tell("jump", event.text)

    def on_display_prompt_closed(self) -> None:
        """Go back to the pane."""
        self.pane.focus_main()

    def on_display_prompt_applied(self, event: DisplayPrompt.Applied) -> None:
        """See everything through the filter."""
        self._viewing.apply(event.text, self._snapshot.view)

    def on_filter_prompt_closed(self) -> None:
        """Go back to the pane."""
        self.pane.focus_main()

    def on_filter_prompt_applied(self, event: FilterPrompt.Applied) -> None:
        """Say what is captured from now on."""
        said = f"capturing what matches: {event.text}" if event.text else "capturing everything"
        self.query_one(Notice).say(said)

    def _begin(self, newest: Snapshot) -> None:
        """Forget the capture before: its packets have other numbers."""
        self._held = None
        self._left_tail_at = 0
        for pane in self._panes.values():
            pane.begin(newest)

    def _begin_view(self, newest: Snapshot) -> None:
        """Let every pane ask anew: the trackers that answer are others. Packets keep their numbers."""
        for pane in self._panes.values():
            if pane is not self._packets:
                pane.begin(newest)

    def _failed(self, error: BaseException) -> None:
        self.query_one(Notice).say(str(error), "error", seconds=15)

    def _draw_keys(self) -> None:
        self.query_one(KeyLine).draw([command for command in COMMANDS if command.place in self.pane.places])

    def _draw_tabs(self) -> bool:
        if self._current == "alerts":
            self._alerts_seen = self._snapshot.alerts_opened
        unseen = frozenset({"alerts"} if self._snapshot.alerts_opened > self._alerts_seen else ())
        return self.query_one(TabLine).draw(self._current, dict(self._snapshot.tables), unseen)

    def _tell_urgent(self, before: Snapshot) -> None:
        """Say that something bad is going on, wherever the user looks."""
        newest = self._snapshot
        if newest.alerts_urgent > before.alerts_urgent and newest.capture_id == before.capture_id:
            self.query_one(Notice).say(f"{newest.alert_urgent}   6 shows it", "error", seconds=15)
            if self._bell:
                self.app.bell()

    def _show_status(self) -> bool:
        return self.query_one(StatusLine).show(self._snapshot, self._view())

    def _view(self) -> View:
        table = self._packets.table
        newest = self._snapshot.history.last
        since = self._held.last if self._held is not None else self._left_tail_at or newest
        changes = dict(self._snapshot.history.filter_changes)
        return View(
            packets_seen=self._current == "packets",
            following=table.following,
            paused=self._held is not None,
            behind=max(newest - since, 0),
            skipped_frames=self._link.skipped,
            slow_rate=self._link.slow_rate(),
            filter_change=changes.get(table.number, "") or ("everything" if table.number in changes else ""),
            only=self._packets.only.label if self._packets.only is not None else "",
        )
