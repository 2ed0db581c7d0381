"""The captures of one run, one after another: their sessions, and everything that is asked of their packets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from netwatch.baseline.days import Days
from netwatch.baseline.usual import Usual
from netwatch.capture.autostop import Limits
from netwatch.capture.processes import SocketOwners
from netwatch.decode.dissect import warm_up
from netwatch.detect.settings import DetectionSettings
from netwatch.errors import CaptureError
from netwatch.examine.examiner import Examiner
from netwatch.run.session import Session
from netwatch.snapshot import Completion, FilterVerdict, Saved
from netwatch.text import printable
from netwatch.track.buffer import PacketBuffer
from netwatch.track.vendors import Vendors
from netwatch.view.alerts import Alerts
from netwatch.view.leaving import Leaving
from netwatch.view.reader import PacketReader
from netwatch.view.row_facts import RowFacts
from netwatch.view.save_packets import save_packets
from netwatch.view.seen_values import SeenValues
from netwatch.view.views import Views

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from netwatch.capture.recorder import Recorder
    from netwatch.capture.recording_thread import RecordingThread
    from netwatch.capture.source import Source
    from netwatch.filter.display_filter import FilterRun
    from netwatch.request import Request
    from netwatch.run.name_history import NameHistory
    from netwatch.snapshot import FindMode, Loss, ReplayOrder
    from netwatch.tables.query import Page, TableQuery
    from netwatch.tables.selection import PacketFilter
    from netwatch.track.analysis import Analysis


class Captures:
    """Holds the newest session. Everything numpy, Scapy and the trackers need is imported with this module."""

    def __init__(
        self,
        buffer_bytes: int,
        clock: Callable[[], float],
        ask: Callable[[Callable[[Session], Any]], Request[Any]],
        detect: DetectionSettings | None = None,
        name_history: NameHistory | None = None,
        usual: Usual | None = None,
        attach: Callable[[Session], None] | None = None,
    ) -> None:
        """Begin without a session; each will keep `buffer_bytes` of packets and look for what `detect` says.

        Names of `name_history` are not new; `usual` is what captures are compared with.
        Each session is shown to `attach` before it begins.

        `ask` puts a question to the newest session, in the thread that owns it.
        """
        self.newest: Session | None = None
        self.reader = PacketReader()
        self.views = Views(ask, lambda: self.reader.oldest)
        self.examiner = Examiner(self.reader, lambda: self.session.annotations)
        self.facts = RowFacts(self.reader, self.views)
        self._seen = SeenValues(self.reader, self.views)
        self._buffer_bytes = buffer_bytes
        self._clock = clock
        self.detect = detect or DetectionSettings()
        self.alerts = Alerts(self.detect, lambda: self.session.detection.episodes)
        self._name_history = name_history
        self._count = 0
        self.days = Days(ask, clock, usual or Usual())
        self._attach = attach
        self._vendors = Vendors()
        self._owners = SocketOwners()

    @property
    def session(self) -> Session:
        """The newest session.

        Raises:
            CaptureError: there is none.
        """
        if self.newest is None:
            raise CaptureError("nothing is being captured", "press i to choose an interface")
        return self.newest

    def begin(
        self,
        source: Source,
        capture_filter: str,
        own_session: str,
        *,
        limits: Limits | None = None,
        until: FilterRun | None = None,
        recorder: Recorder | RecordingThread | None = None,
    ) -> None:
        """Make a session for `source` the newest; a recording of the one before goes on."""
        self._count += 1
        before = self.newest
        if before is not None:
            self.days.leave(before)
        self.newest = self.reader.session = Session(
            source=source,
            buffer=PacketBuffer(self._buffer_bytes),
            capture_id=self._count,
            capture_filter=capture_filter,
            own_session=own_session,
            limits=limits or Limits(),
            until=until,
            recorder=recorder,
            clock=self._clock,
            vendors=self._vendors,
            detect=self.alerts.settings,
            name_history=self._name_history,
        )
        if self._attach is not None:
            self._attach(self.newest)
        if before is not None:
            self.newest.take_recording(before)

    def replay(self, order: ReplayOrder, text: str) -> bool:
        """Tell the replay what to do; return whether that began it anew, because the time lies behind it.

        Raises:
            CaptureError: nothing is replayed, or it cannot go back.
            UsageError: the place to jump to is not understood.
        """
        from netwatch.capture.replay import ReplaySource
        from netwatch.capture.replay_orders import obey

        before = self.session
        if not isinstance(before.source, ReplaySource):
            raise CaptureError("nothing is being replayed", "start with netwatch --replay 1 FILE")
        source = obey(before.source, order, text, over=before.ended)
        if source is None:
            return False
        if before.recorder is not None:
            source.close()
            raise CaptureError("a replay that is being recorded cannot go back")
        before.end()
        self.reader.held = ()
        self.begin(source, before.capture_filter, "", limits=before.limits, until=before.until)
        return True

    def warm_up(self, enough: Callable[[], bool]) -> None:
        """Load what would make the first question wait, unless nobody will ask because it is `enough`."""
        warm_up(enough)
        if not enough():
            self._vendors.load()

    def look_at_sockets(self) -> None:
        """Let flows of a live capture tell the processes of this machine."""
        if self.session.source.live:
            self.session.sockets = self._owners.refresh(time.monotonic())

    def find(self, mode: FindMode, text: str, start: int, step: int, request: Request[int | None]) -> int | None:
        """Find the next packet; see Engine.find.

        Raises:
            FilterError: `text` cannot be looked for.
            FileError: the file that the packets are in cannot be read again.
        """
        from netwatch.view.find import Finder

        def report(share: float) -> None:
            request.progress = share

        finder, session, view = Finder(mode, text), self.session, self.views.newest
        first = 1 if session.source.archive else session.buffer.evicted + 1
        among = view.selection(0).numbers if view is not None else None
        last = session.packets if step > 0 else first
        start = min(max(start, first), session.packets + 1) if step > 0 else start
        if (last - start) * step < 0:
            return None
        return finder.next(
            self.reader, start, last, among=among, report=report, cancelled=lambda: request.cancel_wanted
        )

    def set_view(self, text: str, time_range: tuple[int, int] | None) -> int:
        """Begin a view; see Views.set."""
        return self.views.set(self.session, text, time_range)

    def page_of(self, analysis: Analysis, table: str, query: TableQuery) -> Page[Any]:
        """Return rows of a table of a view, as Session.page returns those of the session."""
        return self.session.with_owners(table, analysis.page(table, query))

    def check_display_filter(self, text: str) -> FilterVerdict:
        """Tell whether a display filter is understood, and where it is not."""
        from netwatch.filter.display_filter import compile_filter
        from netwatch.filter.error import DisplayFilterError

        try:
            compile_filter(text)
        except DisplayFilterError as error:
            return FilterVerdict(text, printable(str(error)), position=error.position, length=error.length)
        return FilterVerdict(text)

    def complete(self, text: str, cursor: int, *, seen: bool) -> tuple[int, tuple[Completion, ...]]:
        """Return where the word at `cursor` begins and what it may become; with `seen` values that packets had."""
        from netwatch.filter.completion import complete

        begin, found = complete(text, cursor, self._seen.of) if seen else complete(text, cursor)
        return begin, tuple(Completion(value, title) for value, title in found)

    def save_bytes(self, path: Path, data: bytes) -> Saved:
        """Write a new file, whole or not at all; FileError when that is not possible."""
        from netwatch.capture.atomic import AtomicFile

        with AtomicFile(str(path)) as file:
            file.write(data)
            file.commit()
        return Saved(str(path), 0, len(data))

    def keep(self, number: int) -> None:
        """Let a packet outlive its place in the buffer; for the thread that captures."""
        self.session.kept.keep([number], self.session.buffer.batches)

    def save(
        self,
        path: Path,
        request: Request[Saved],
        loss: Loss,
        only: PacketFilter | None,
        *,
        overwrite: bool,
        leaving: Leaving | None = None,
        whole_flows: bool = False,
        marks: bool = False,
    ) -> Saved:
        """Write what is held, or else the buffer and what of a file left it, or what of it passes `only`.

        `leaving` is done to frames and remarks. With `whole_flows` come all other packets of the flows of those; with
        `marks` marked ones have a comment.

        Raises:
            FileError: nothing was saved.
        """
        return save_packets(
            self.session,
            self.reader,
            path,
            request,
            loss,
            self.views.filter(only, self.session.packets, lambda: request.cancel_wanted),
            leaving=leaving or Leaving(),
            overwrite=overwrite,
            whole_flows=whole_flows,
            marks=marks,
        )
