"""The main screen: status, tabs, the pane that is seen, prompt and keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on

from netwatch.tui.alert_news import AlertNews
from netwatch.tui.commands import bindings
from netwatch.tui.leaving import reasons
from netwatch.tui.panes.choice import PANES
from netwatch.tui.panes.packets import PacketsPane
from netwatch.tui.panes.pane import KeysChanged
from netwatch.tui.pausing import Pausing
from netwatch.tui.python_console import PythonConsole
from netwatch.tui.quiet import Quiet
from netwatch.tui.recording_news import tell_failure
from netwatch.tui.saving import Saving
from netwatch.tui.screens.paced import PacedScreen
from netwatch.tui.screens.quit import QuitScreen
from netwatch.tui.theming import Theming
from netwatch.tui.widgets.empty_text import unmatched_text
from netwatch.tui.widgets.footer import KeyLine
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.status import StatusLine, View
from netwatch.tui.widgets.tabs import TabLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from netwatch.engine import Engine
    from netwatch.settings import Settings
    from netwatch.snapshot import Snapshot
    from netwatch.tui.keymap import Keymap
    from netwatch.tui.link import TerminalLink
    from netwatch.tui.memory import PaneMemory
    from netwatch.tui.options import ScreenOptions

REMEMBER_SECONDS = 2.0
"""Between two looks at whether something was chosen that is to be remembered."""


class MonitorScreen(PacedScreen):
    """Shows one capture, live or from a file."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("monitor")

    def __init__(
        self,
        engine: Engine,
        link: TerminalLink,
        options: ScreenOptions,
        memory: PaneMemory,
        keys: Keymap,
    ) -> None:
        """Show what `engine` captures."""
        super().__init__(engine, link, options, memory)
        self._meter = False
        self._theming = Theming(self, memory)
        self._keys = keys
        self._saving = Saving(self, engine, options.save_folder, options.save_suffix)
        self._tick_seconds = 1 / options.refresh
        self._status = StatusLine(self._glyphs, options.standing, still=options.still)
        self._begin_at = memory.pane if options.remember else ""
        self._notes = options.notes
        self._python = PythonConsole(self, engine)
        self._quiet = Quiet(self, engine)
        self._alert_news = AlertNews(self, bell=options.bell)
        self._pausing = Pausing(engine, self._packets)

    def compose(self) -> ComposeResult:
        """Stack what is seen at once; the first screen waits for nothing else."""
        yield self._status
        yield TabLine([(pane.id, pane.key, pane.name) for pane in PANES])
        yield self._packets
        yield Notice()
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin to look."""
        self.pane.focus_main()
        self._draw_keys()
        self.tick()
        self._ticking = self.set_interval(self._tick_seconds, self.tick)
        if self._notes:
            self.query_one(Notice).say("; ".join(self._notes), seconds=12)
        if self._begin_at in {pane.id for pane in PANES}:
            self.call_after_refresh(self.action_pane, self._begin_at)
        self.set_interval(REMEMBER_SECONDS, self._remember)

    def on_unmount(self) -> None:
        """Write what was chosen last, and what went to the terminal."""
        if (drawn := self._link.drawn(*self.app.size)) is not None:
            self._memory.keep_last_drawn(drawn)
        self._memory.save()

    def on_resize(self) -> None:
        """Let every line use the new width."""
        self._draw_keys()
        self._draw_tabs()
        self._status.show(self._snapshot, self._view())

    def tick(self) -> None:
        """Take over the engine's newest state, unless the terminal still draws the last one."""
        self.draw_late()
        newest = self._engine.snapshot()
        self._link.measure()
        if newest is self._snapshot or not self._link.ready():
            return
        before, self._snapshot = self._snapshot, newest
        if newest.capture_id != before.capture_id:
            self._begin(newest)
            self._alert_news.begin()
            if before.source and newest.live and before.source != newest.source:  # an interface was chosen
                self._memory.keep_interfaces(newest.source.split(", "))
        elif self._viewing.changed(newest):
            self._begin_view(newest)
        self._alert_news.tell(before, newest)
        tell_failure(self, before, newest)
        hint = self._quiet.look(newest) or unmatched_text(newest)
        for pane in self._panes.values():
            pane.tell(hint)
        for pane in self.panes_seen:
            pane.show(newest, paused=self._pausing.paused)
        self._draw_tabs()
        self._show_status()

    def adopt(self, chosen: Settings, refresh: float) -> None:
        """Let settings hold that were changed meanwhile."""
        self._alert_news.bell = chosen.bell
        self._saving.begin(Path(chosen.save_folder or "."), f".{chosen.save_format}")
        self._ticking.stop()
        self._ticking = self.set_interval(1 / refresh, self.tick)
        self._glyphs = self._status.glyphs = chosen.glyphs
        for pane in self._panes.values():
            pane.glyphs = chosen.glyphs
        self.action_redraw()

    def action_meter(self) -> None:
        """Show what goes to the terminal, or no more."""
        self._meter = not self._meter
        self._show_status()

    def action_redraw(self) -> None:
        """Draw everything anew: the theme changed, or the terminal was somebody else's for a while."""
        self._link.forget()
        self.arranged()
        for pane in self._panes.values():
            pane.redraw()
        self.refresh(layout=True)
        for widget in self.walk_children():
            widget.refresh()

    def action_help(self) -> None:
        """Show the keys."""
        from netwatch.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.pane.name_shown, self._keys.of(self.pane.places)))

    def arranged(self) -> None:
        """See ArrangingScreen."""
        self._draw_keys()
        self._draw_tabs()
        self._show_status()

    def action_interface(self) -> None:
        """Ask for an interface; the picker begins to capture there."""
        self._capturing.choose_interface(self._snapshot, self._glyphs)

    def action_pause(self) -> None:
        """Freeze what is seen, or let it go on; capture is not touched."""
        if not self._pausing.paused:
            self._pausing.pause()
        else:
            self._pausing.go_on()
            self._packets.show(self._snapshot, paused=False)
            self.pane.show(self._snapshot, paused=False)
        self._show_status()

    def action_save(self, whole_flows: bool = False) -> None:
        """Save the buffer, or what a paused view shows; of that what the packets are narrowed to, or their flows."""
        self._saving.start(self._snapshot.capture_filter, self._packets.only, whole_flows=whole_flows)

    def action_console(self) -> None:
        """Lend the terminal to netwatch console with the packets of the view."""
        self._python.start(self._snapshot.source, self._packets.only)

    def action_capture(self) -> None:
        """Stop a running capture, start a stopped one."""
        self._capturing.stop_or_start(self._snapshot)

    def action_own_session(self) -> None:
        """Bring back the packets of the user's own session, or leave them out."""
        self._capturing.show_or_hide_own_session(self._snapshot)

    def action_back(self) -> None:
        """Close the prompt, else what is open in the pane, else end a save that runs."""
        if self.close_prompt() or self._finding.cancel():
            return
        if not self.unzoom() and not self.pane.back() and not self._viewing.clear(self._snapshot):
            self._saving.cancel()

    def _lines(self) -> dict[str, Callable[[str], None]]:
        """See AskingScreen."""
        return {
            "packet": self._go_to,
            "w": lambda text: self._saving.start(self._snapshot.capture_filter, self._packets.only, text),
            "w!": lambda text: self._saving.start(
                self._snapshot.capture_filter, self._packets.only, text, overwrite=True
            ),
            "find": self._find,
            "theme": self._take_theme,
            "display-filter": lambda text: self._viewing.apply(text, self._snapshot.view),
            "replay-jump": lambda text: self._replaying.tell("jump", text),
        }

    def _go_to(self, number: str) -> None:
        self.call_later(self._visit, int(number))

    def _find(self, text: str) -> None:
        self.call_later(self._look_for, text)

    async def _look_for(self, text: str) -> None:
        await self.action_pane("packets")
        self._finding.start("text", text)

    async def _visit(self, number: int) -> None:
        await self.action_pane("packets")
        self._finding.go(number)

    def _take_theme(self, name: str) -> None:
        self._theming.take(name)

    def action_theme(self) -> None:
        """Choose a theme; it is remembered."""
        self._theming.choose()

    def action_quit(self) -> None:
        """Leave; ask first while a recording runs, or packets are marked or have comments."""
        kept = self._engine.annotations()
        reason = " ".join(reasons(self._snapshot, len(kept.marks), len(kept.comments)))
        if reason:
            self.app.push_screen(QuitScreen(reason), lambda leave: self.app.exit(0) if leave else None)
        else:
            self.app.exit(0)

    @on(PacketsPane.Changed)
    def _packets_changed(self) -> None:
        self._pausing.moved(self._snapshot.history.last)
        self._show_status()

    def _remember(self) -> None:
        if self._memory.unsaved:
            self._engine.work(lambda _request: self._memory.save())

    def _begin(self, newest: Snapshot) -> None:
        """Forget the capture before: its packets have other numbers."""
        self._pausing.begin()
        for pane in self._panes.values():
            pane.begin(newest)

    def _begin_view(self, newest: Snapshot) -> None:
        """Let every pane ask anew: the trackers that answer are others. Packets keep their numbers."""
        for pane in {*self._panes.values()} - {self._packets}:
            pane.begin(newest)

    @on(KeysChanged)
    def _draw_keys(self) -> None:
        self.query_one(KeyLine).draw(self._keys.of(self.pane.places), self.pane.key_labels)

    def _draw_tabs(self) -> None:
        news = self._alert_news.unseen(self._snapshot, shown=self._panes.get("alerts") in [*self.panes_seen])
        unseen = frozenset({"alerts"} if news else ())
        self.query_one(TabLine).draw(self.pane_name, dict(self._snapshot.tables), unseen)

    def _show_status(self) -> None:
        self._status.show(self._snapshot, self._view())

    def _view(self) -> View:
        table = self._packets.table
        changes = dict(self._snapshot.history.filter_changes)
        return View(
            packets_seen=self._packets.display,
            following=table.following,
            paused=self._pausing.paused,
            behind=self._pausing.behind(self._snapshot.history.last),
            skipped_frames=self._link.skipped,
            slow_rate=self._link.slow_rate(),
            redacted=self._redacting.on,
            terminal=self._link.traffic() if self._meter else "",
            filter_change=changes.get(table.number, "") or ("everything" if table.number in changes else ""),
            only=self._packets.only.label if self._packets.only is not None else "",
        )
