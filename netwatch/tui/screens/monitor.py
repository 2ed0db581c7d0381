"""The main screen: status, packets, the packet under the cursor, prompt and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.screen import Screen

from netwatch.snapshot import CaptureState, Snapshot
from netwatch.tui.commands import COMMANDS, bindings
from netwatch.tui.deliver import deliver
from netwatch.tui.saving import Saving
from netwatch.tui.screens.quit import QuitScreen
from netwatch.tui.widgets.footer import KeyLine
from netwatch.tui.widgets.line_list import LineList
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.packets import PacketTable
from netwatch.tui.widgets.status import StatusLine, View

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from netwatch.engine import Engine
    from netwatch.snapshot import History
    from netwatch.tui.link import TerminalLink
    from netwatch.tui.widgets.detail import PacketDetail
    from netwatch.tui.widgets.filter_prompt import FilterPrompt

TICK: Final = 1 / 15
"""Seconds between two looks at the engine; faster cannot be read."""


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
        ask_interface: bool = False,
        notes: Sequence[str] = (),
    ) -> None:
        """Show what `engine` captures; snapshots go to `save_folder` with `save_suffix`."""
        super().__init__()
        self._engine = engine
        self._link = link
        self._glyphs = glyphs
        self._saving = Saving(self, engine, save_folder, save_suffix)
        self._history_file = history_file
        self._ask_interface = ask_interface
        self._notes = notes
        self._detail: PacketDetail | None = None
        self._prompt: FilterPrompt | None = None
        self._snapshot = Snapshot()
        self._held: History | None = None
        self._left_tail_at = 0
        """Packets that there were when the table left the tail, 0 while it follows."""

    def compose(self) -> ComposeResult:
        """Stack what is seen at once; the first screen waits for nothing else."""
        yield StatusLine(self._glyphs)
        yield PacketTable(self._engine)
        yield Notice()
        yield KeyLine(COMMANDS)

    def on_mount(self) -> None:
        """Begin to look."""
        self.query_one(PacketTable).focus()
        self.query_one(KeyLine).draw()
        self.tick()
        self.set_interval(TICK, self.tick)
        if self._notes:
            self.query_one(Notice).say("; ".join(self._notes), seconds=12)
        if self._ask_interface:
            self.call_after_refresh(self.action_interface)  # what lies behind it has to be drawn once

    def on_resize(self) -> None:
        """Let both lines use the new width."""
        self.query_one(KeyLine).draw()
        self.query_one(StatusLine).show(self._snapshot, self._view())

    def tick(self) -> None:
        """Take over the engine's newest state, unless the terminal still draws the last one."""
        newest = self._engine.snapshot()
        if newest is self._snapshot or not self._link.ready():
            return
        before, self._snapshot = self._snapshot, newest
        if newest.capture_id != before.capture_id:
            self._begin(newest)
        rows_differ = self._held is None and _differs(newest, before)
        if rows_differ:
            self.query_one(PacketTable).show(newest)
        if self._show_status() or rows_differ:
            self._link.frame_due()

    def redraw(self) -> None:
        """Draw everything anew: the theme changed, or the terminal was somebody else's for a while."""
        self.query_one(KeyLine).draw()
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

        self.app.push_screen(HelpScreen("Packets", COMMANDS))

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

    def action_interface(self) -> None:
        """Ask for an interface; the picker begins to capture there."""
        from netwatch.tui.screens.picker import InterfacePicker

        current = tuple(name.strip() for name in self._snapshot.source.split(","))
        self.app.push_screen(InterfacePicker(self._engine, current, self._glyphs))

    def action_pause(self) -> None:
        """Freeze the table, or let it go on; capture is not touched."""
        table = self.query_one(PacketTable)
        if self._held is None:
            self._held = self._engine.hold()
            self._left_tail_at = self._held.last
            table.set_range(max(self._held.first, table.first), self._held.last)
        else:
            self._held = None
            self._engine.release()
            table.show(self._snapshot)
        self._show_status()

    def action_save(self) -> None:
        """Save the buffer, or what a paused view shows."""
        self._saving.start(self._snapshot.capture_filter)

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

    async def action_detail(self) -> None:
        """Open the packet under the cursor; once it is open, go there."""
        table = self.query_one(PacketTable)
        if table.last < table.first:
            return
        if self._detail is None:
            from netwatch.tui.widgets.detail import PacketDetail

            self._detail = PacketDetail(self._engine)
            await self.mount(self._detail, after=table)
        if self._detail.is_open:
            self._detail.query_one("#layers").focus()
            return
        table.leave_tail()
        self._detail.show(table.cursor)

    def action_back(self) -> None:
        """Close the prompt, else the packet, else end a save that runs."""
        if self._prompt is not None and self._prompt.is_open:
            self._prompt.action_leave()
        elif self._detail is not None and self._detail.is_open:
            self._detail.action_close()
        else:
            self._saving.cancel()

    def action_columns(self) -> None:
        """Show more columns or fewer."""
        self.query_one(PacketTable).toggle_columns()

    def action_time(self) -> None:
        """Change the form of times."""
        self.query_one(PacketTable).toggle_time()

    def action_theme(self) -> None:
        """Take the next theme."""
        names = sorted(self.app.available_themes)
        self.app.theme = names[(names.index(self.app.theme) + 1) % len(names)]
        self.query_one(Notice).say(f"theme {self.app.theme}", seconds=2)

    def action_quit(self) -> None:
        """Leave; ask first while a recording runs."""
        recording = self._snapshot.recording
        active = recording is not None and not recording.error
        if not active or self._snapshot.state in (CaptureState.STOPPED, CaptureState.FAILED):
            self.app.exit(0)
            return
        reason = f"A recording to {recording.path if recording else ''} runs; leaving completes and closes it."
        self.app.push_screen(QuitScreen(reason), lambda leave: self.app.exit(0) if leave else None)

    @on(LineList.Moved)
    def _moved(self, event: LineList.Moved) -> None:
        table = self.query_one(PacketTable)
        if event.list is not table:
            return
        self._left_tail_at = 0 if table.following else self._left_tail_at or self._snapshot.packets
        if self._detail is not None and self._detail.is_open:
            self._detail.show(table.cursor)
        self._show_status()

    def on_packet_detail_closed(self) -> None:
        """Go back to the table, unless something is being typed."""
        if self._prompt is None or not self._prompt.is_open:
            self.query_one(PacketTable).focus()

    def on_filter_prompt_closed(self) -> None:
        """Go back to the table."""
        self.query_one(PacketTable).focus()

    def on_filter_prompt_applied(self, event: FilterPrompt.Applied) -> None:
        """Say what is captured from now on."""
        said = f"capturing what matches: {event.text}" if event.text else "capturing everything"
        self.query_one(Notice).say(said)

    def _begin(self, newest: Snapshot) -> None:
        """Forget the capture before: its packets have other numbers."""
        self._held = None
        self._left_tail_at = 0
        if self._detail is not None and self._detail.is_open:
            self._detail.action_close()
        self.query_one(PacketTable).begin(live=newest.live)

    def _failed(self, error: BaseException) -> None:
        self.query_one(Notice).say(str(error), "error", seconds=15)

    def _show_status(self) -> bool:
        return self.query_one(StatusLine).show(self._snapshot, self._view())

    def _view(self) -> View:
        table = self.query_one(PacketTable)
        since = self._held.last if self._held is not None else self._left_tail_at or self._snapshot.packets
        changes = dict(self._snapshot.history.filter_changes)
        return View(
            following=table.following,
            paused=self._held is not None,
            behind=max(self._snapshot.packets - since, 0),
            skipped_frames=self._link.skipped,
            slow_rate=self._link.slow_rate(),
            filter_change=changes.get(table.cursor, "") or ("everything" if table.cursor in changes else ""),
        )


def _differs(newest: Snapshot, before: Snapshot) -> bool:
    """Return whether the packets look different; an idle interface must not cost repaints."""
    return (
        newest.history != before.history
        or newest.capture_id != before.capture_id
        or newest.state is not before.state
        or newest.message != before.message
        or newest.capture_filter != before.capture_filter
    )
