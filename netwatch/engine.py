"""The engine: what every front end asks of the threads that capture and of those that know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from netwatch.errors import CaptureError, NetwatchError
from netwatch.plural import counted
from netwatch.snapshot import CaptureState, Snapshot
from netwatch.threads.packet_questions import PacketQuestions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from netwatch.capture.live_sources import LiveSources
    from netwatch.problem import Problem
    from netwatch.request import Request
    from netwatch.snapshot import Completion, FilterVerdict, FindMode, Interface, ReplayOrder, Saved
    from netwatch.tables.alerts import Alert
    from netwatch.tables.mutes import Mute
    from netwatch.tables.overview import Overview
    from netwatch.tables.query import Page, TableQuery
    from netwatch.tables.resolution import Resolution
    from netwatch.tables.selection import PacketFilter, Selection
    from netwatch.view.leaving import Leaving

T = TypeVar("T")

ALERT_TABLES = ("alerts", "alerts_by_time", "mutes")
"""What detection has; of a view those alerts whose packets it shows."""
OWNED_TABLES = ("flows", "web", "dns", "dns_unanswered")
"""What tells the processes of this machine."""


class Engine(PacketQuestions):
    """What every front end holds. Methods may be called from any thread; slow ones return a Request."""

    _looking: Request[None] | None = None
    """The newest look at the sockets of this machine; one at a time."""

    @property
    def redacts(self) -> bool:
        """True while addresses and names are replaced."""
        return False

    def snapshot(self) -> Snapshot:
        """Return the newest published state, with the figures of the view that is shown; never waits."""
        return self._published if self._captures is None else self._captures.views.merge(self._published)

    def page(self, table: str, query: TableQuery) -> Request[Page[Any]]:
        """Return rows of a table of the trackers, see Analysis.page, or of `alerts` and `mutes`."""
        if table in ALERT_TABLES:
            return self._call(
                lambda _request: self._loaded().alerts.page(table, query, self._loaded().views.alerts_seen)
            )
        if table == "baseline":
            return self._ask_worker(lambda _request: self._loaded().days.page(query))
        if table in OWNED_TABLES and (self._looking is None or self._looking.done()):
            self._looking = self._ask_worker(lambda _request: self._loaded().look_at_sockets())
        view = self._captures.views.answering if self._captures is not None else None
        if view is not None:
            return view.call(lambda _request: self._loaded().page_of(view.analysis, table, query))
        return self._call(lambda _request: self._loaded().session.page(table, query))

    def overview(self, resolution: Resolution, steps: int) -> Request[Overview]:
        """Return what the overview shows, with a graph of `steps` of `resolution`."""
        view = self._captures.views.answering if self._captures is not None else None
        if view is not None:
            return view.call(lambda _request: self._loaded().views.overview(view, resolution, steps))
        return self._call(lambda _request: self._loaded().session.overview(resolution, steps))

    def packet_filter(self, table: str, serial: int) -> Request[PacketFilter]:
        """Return what tells the packets of a row from all others; LookupError when the row is gone."""
        return self._analyse(lambda analysis: analysis.packet_filter(table, serial))

    def alert(self, serial: int) -> Request[Alert]:
        """Return one alert; LookupError when it is not held any more."""
        return self._call(lambda _request: self._loaded().alerts.alert(serial))

    def finish_alert(self, serial: int, *, done: bool) -> Request[None]:
        """Mark an alert as done, or not; LookupError when it is not held any more."""
        return self._call(lambda _request: self._loaded().alerts.finish(serial, done=done))

    def mute(self, mute: Mute) -> Request[None]:
        """Leave alerts that match out from now on; what holds for ever is kept in the user's file."""
        return self._call(lambda _request: self._loaded().alerts.mute(mute))

    def unmute(self, serial: int) -> Request[None]:
        """Take a mute back, by its number in the table of mutes."""
        return self._call(lambda _request: self._loaded().alerts.unmute(serial))

    def alert_filter(self, serial: int, *, around: bool) -> Request[PacketFilter]:
        """Return what tells the packets of an alert, or with `around` those of its time, from all others."""
        return self._call(lambda _request: self._loaded().alerts.filter(serial, around=around))

    def select(self, wanted: PacketFilter, first: int = 1) -> Request[Selection]:
        """Find the packets from number `first` on that pass a filter, and the view where there is one."""
        return self._ask_worker(
            lambda request: self._loaded().views.narrowed(
                self._loaded().reader.select(wanted, first, lambda: request.cancel_wanted)
            )
        )

    def set_view(self, text: str, time_range: tuple[int, int] | None = None) -> Request[int]:
        """See everything through a display filter and a time range from now on; empty and None show all again.

        The answer, the view's identifier, comes at once; Snapshot.view tells how far the view is. DisplayFilterError
        leaves everything as it was.
        """
        return self._ask_worker(lambda _request: self._loaded().set_view(text, time_range))

    def matches(self, known: int) -> Selection | None:
        """Return the packets behind number `known` that pass the newest view; None while there is no view."""
        view = self._captures.views.newest if self._captures is not None else None
        return view.selection(known) if view is not None else None

    def find(self, mode: FindMode, text: str, start: int, step: int) -> Request[int | None]:
        """Find the first packet from `start` on, or backwards with a negative `step`, that holds `text`.

        Only packets that pass the view count. None when there is none; FilterError when `text` cannot be looked for.
        """
        return self._ask_worker(lambda request: self._loaded().find(mode, text, start, step, request))

    def check_display_filter(self, text: str) -> Request[FilterVerdict]:
        """Tell whether a display filter is understood, and where it is not."""
        return self._ask_worker(lambda _request: self._loaded().check_display_filter(text))

    def complete(self, text: str, cursor: int, *, seen: bool = True) -> Request[tuple[int, tuple[Completion, ...]]]:
        """Return where the word at `cursor` of a display filter begins, and what it may become.

        Values are offered that fields had in the newest packets, unless they must not be `seen`.
        """
        return self._ask_worker(lambda _request: self._loaded().complete(text, cursor, seen=seen))

    def work(self, work: Callable[[Request[T]], T]) -> Request[T]:
        """Have the worker do something slow that only uses this handle, such as writing many pages to a file."""
        return self._ask_worker(work)

    def export(self, path: Path, noun: str, write: Callable[[Request[int]], int]) -> Request[int]:
        """Have the worker `write` a file at `path`; the answer is how many of `noun`, a plural, are in it."""

        def work(request: Request[int]) -> int:
            rows = write(request)
            self.exported += ((str(path), counted(rows, noun)),)
            return rows

        return self._ask_worker(work)

    def report(self, problem: Problem) -> None:
        """Log what broke outside of the capture at once, and show it as the capture's own problems are shown."""
        self._problems.tell((problem,), datetime.now(UTC))
        self._call(lambda _request: self._loaded().session.report(problem))

    def last_state(self) -> tuple[Snapshot, Overview] | None:
        """Return the last state of a capture that ended, and what the overview shows of it, for who closed the engine.

        Both are of the whole capture, whatever view is shown; None without a capture.
        """
        if self._captures is None or self._captures.newest is None or self._thread.is_alive():
            return None
        from netwatch.tables.resolution import Resolution

        return self._published, self._captures.newest.overview(Resolution.SECOND, 1)

    def interfaces(self) -> Request[tuple[Interface, ...]]:
        """List the interfaces, the best guess first."""
        return self._ask_worker(lambda _request: self._required_live().interfaces())

    def check_filter(self, text: str) -> Request[FilterVerdict]:
        """Ask libpcap what it thinks of a capture filter."""
        return self._ask_worker(lambda _request: self._required_live().verdict(text))

    def open(self, names: tuple[str, ...]) -> Request[None]:
        """Capture on these interfaces from now on: a new capture with an empty buffer and the same filter."""

        def work(_request: Request[None]) -> None:
            live, captures = self._required_live(), self._loaded()
            before = captures.newest
            text = before.capture_filter if before else ""
            if before is not None:
                before.stop(keep_recording=True)
            captures.reader.held = ()
            try:
                source = live.open(names, text, include_own_session=self._include_own)
            except NetwatchError as error:
                if before is not None:
                    before.state, before.message = CaptureState.FAILED, str(error)
                raise
            captures.begin(source, text, "" if self._include_own else live.own_session)
            self._ask_worker(lambda _request: captures.views.renew(captures.session))

        return self._call(work)

    def set_capture_filter(self, text: str) -> Request[None]:
        """Replace the filter of the running capture; FilterError leaves everything as it was."""
        return self._call(lambda _request: self._set_filter(text, include_own=self._include_own))

    def include_own_session(self, include: bool) -> Request[None]:  # the name says what is true
        """Show or leave out the packets of the user's own remote session."""

        def work(_request: Request[None]) -> None:
            session = self._loaded().session
            self._set_filter(session.capture_filter, include_own=include)
            self._include_own = include
            session.own_session = "" if include else self._required_live().own_session

        return self._call(work)

    def stop(self) -> Request[None]:
        """End the capture; the buffer stays."""
        return self._call(lambda _request: self._loaded().session.stop(keep_recording=True))

    def resume(self) -> Request[None]:
        """Start a stopped live capture again on the same interfaces, numbers and buffer going on."""
        return self._call(lambda _request: self._resume())

    def replay(self, order: ReplayOrder, text: str = "") -> Request[None]:
        """Hold a replay or let it go on, step, change its speed, or jump to what `text` names; see Captures.replay."""

        def work(_request: Request[None]) -> None:
            captures = self._loaded()
            if captures.replay(order, text):
                self._ask_worker(lambda _request: captures.views.renew(captures.session))

        return self._call(work)

    def save(
        self,
        path: Path,
        overwrite: bool = False,
        only: PacketFilter | None = None,
        *,
        lasting: bool = True,
        whole_flows: bool = False,
    ) -> Request[Saved]:
        """Write the buffer, or what of it passes `only` and the view, to a capture file: pcap or pcapng by suffix.

        With `whole_flows` every packet of the flows of those. What is not `lasting` is not told at the end,
        and has marks as comments.
        """
        leaving = self._leaving()

        def work(request: Request[Saved]) -> Saved:
            saved = self._loaded().save(
                path,
                request,
                self._published.loss,
                only,
                leaving=leaving,
                overwrite=overwrite,
                whole_flows=whole_flows,
                marks=not lasting,
            )
            self.saved += (saved,) * lasting
            return saved

        return self._ask_worker(work)

    def _leaving(self) -> Leaving | None:
        """Return what is done to what is saved, None for nothing."""
        return None

    def _set_filter(self, text: str, *, include_own: bool) -> None:
        session = self._loaded().session
        if not session.source.live:
            raise CaptureError("a capture filter works on live captures; start with -f to read a file through one")
        session.source.set_filter(self._required_live().filter(text, include_own_session=include_own))
        session.note_filter_change(text)

    def _resume(self) -> None:
        before = self._loaded().session
        if not before.ended:
            return
        names = tuple(interface.name for interface in before.source.interfaces)
        text = before.capture_filter
        source = self._required_live().open(names, text, include_own_session=self._include_own)
        before.resume(source)

    def _required_live(self) -> LiveSources:
        if self._live is None:
            raise CaptureError("there is no interface behind this session", "start netwatch without a file or --demo")
        return self._live
