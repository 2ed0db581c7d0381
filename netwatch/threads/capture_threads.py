"""CaptureThreads: the capture thread that owns every mutable table, a worker for slow requests, and both their ends."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from netwatch.capture.host import SnifferThread
from netwatch.errors import CaptureError
from netwatch.problem import Problem
from netwatch.request import Request, RequestQueue, at_once
from netwatch.snapshot import CaptureState, Snapshot
from netwatch.text import printable
from netwatch.threads.garbage import Garbage
from netwatch.threads.problem_log import ToldProblems

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.baseline.usual import Usual
    from netwatch.capture.autostop import Limits
    from netwatch.capture.live_sources import LiveSources
    from netwatch.capture.recorder import Recorder
    from netwatch.capture.recording_thread import RecordingThread
    from netwatch.capture.source import Source
    from netwatch.detect.settings import DetectionSettings
    from netwatch.filter.display_filter import FilterRun
    from netwatch.run.name_history import NameHistory
    from netwatch.run.session import Session
    from netwatch.snapshot import Saved
    from netwatch.threads.captures import Captures
    from netwatch.threads.problem_log import ProblemLog
    from netwatch.track.analysis import Analysis

T = TypeVar("T")

READ_TIMEOUT = 0.25
"""Seconds that the capture thread waits for a block before it looks at its requests; they also wake it."""
PUBLISH_INTERVAL = 0.03
"""Seconds between two snapshots while packets arrive: twice as often as the screen is drawn."""
STOP_TIMEOUT = 3.0
FIRST_SCREEN_TIMEOUT = 2.0
"""Seconds after which capture begins although nothing was drawn: less than a ring's blocks hold of thin traffic."""
SWITCH_INTERVAL = 0.00001
"""Seconds after which a waiting thread may take the interpreter. numpy lets go of it a hundred times a block, and each
time a busy screen would keep it for this long: at 0.5 ms a block took 75 ms, and bursts were lost."""


class CaptureThreads:
    """Runs a session after the other; who derives from it says what can be asked for."""

    def __init__(
        self,
        *,
        buffer_bytes: int,
        live: LiveSources | None = None,
        clock: Callable[[], float] = time.time,
        detect: DetectionSettings | None = None,
        log: ProblemLog | None = None,
        name_history: NameHistory | None = None,
        usual: Usual | None = None,
        attach: Callable[[Session], None] | None = None,
    ) -> None:
        """Prepare threads that `start` starts.

        `live` opens interfaces and compiles filters; without it only the source given to `start` can be read.
        `detect` says what to look for, None the usual. Parts that break are told to `log`. Names of `name_history` are
        not new, and those of live captures are added to it. Captures are compared with what is `usual`. Each session is
        shown to `attach` before it begins.
        """
        self._make: Callable[[type[Captures]], Captures] = lambda kind: kind(
            buffer_bytes, clock, self._ask_session, detect, name_history, usual, attach
        )
        self._live = live
        self._problems = ToldProblems(log)
        self._captures: Captures | None = None
        """None until the first screen was drawn: importing the trackers would make it wait."""
        self._published = Snapshot()
        self._published_at = 0.0
        self._calls, self._errands = RequestQueue(), RequestQueue()
        self._wake = threading.Event()
        self._closing = False
        self._include_own = False
        self.saved: tuple[Saved, ...] = ()
        """The capture files that were written, oldest first."""
        self.exported: tuple[tuple[str, str], ...] = ()
        """Path of every other file that was written, and what is in it, oldest first."""
        self._first: Callable[[Captures], None] | None = None
        """Begins the capture that `start` was asked for."""
        self._loading = threading.Lock()
        self._garbage = Garbage(time.monotonic())
        self._thread = SnifferThread(self._step)
        self._worker = threading.Thread(target=self._work, name="requests", daemon=True)

    def start(
        self,
        source: Source,
        *,
        capture_filter: str = "",
        own_session: str = "",
        include_own_session: bool = False,
        limits: Limits | None = None,
        until: FilterRun | None = None,
        recorder: Recorder | RecordingThread | None = None,
        after: threading.Event | None = None,
    ) -> None:
        """Begin to read `source`, which from now on belongs to the capture thread.

        With `after` the thread begins when that is set: importing Scapy and the trackers would make the first screen
        wait. The kernel's ring keeps the packets meanwhile.

        Returns at once; a capture thread that cannot be started shows as FAILED in `snapshot`.
        """
        sys.setswitchinterval(SWITCH_INTERVAL)
        self._include_own = include_own_session
        self._published = Snapshot(
            state=CaptureState.STARTING,
            source=source.name,
            live=source.live,
            capture_filter=capture_filter,
            own_session=own_session,
        )
        self._first = lambda captures: captures.begin(
            source, capture_filter, own_session, limits=limits, until=until, recorder=recorder
        )
        self._worker.start()
        self._errands.put(lambda _request: self._begin(after))

    def close(self) -> None:
        """Stop the threads and close the source; a recording is completed."""
        self._closing = True
        self._poke()
        self._errands.put(lambda _request: None)
        if self._worker.is_alive():
            self._worker.join(STOP_TIMEOUT)
        self._thread.stop(STOP_TIMEOUT)
        self._garbage.give_back()
        captures = self._loaded() if self._first is not None else self._captures
        if captures is not None:
            captures.views.close()
            _stop(captures.session, alone=not self._thread.is_alive())
            captures.days.finish(captures.session)
            self._publish()

    def _begin(self, after: threading.Event | None) -> None:
        if after is not None:
            after.wait(FIRST_SCREEN_TIMEOUT)
        captures = self._loaded()
        self._publish()
        try:
            self._thread.start()
        except CaptureError as error:
            captures.session.end(CaptureState.FAILED, str(error))
            self._publish()
        captures.warm_up(lambda: self._closing)  # who leaves at once waits for none of it
        if not self._closing:  # else nobody would give it back
            self._garbage.take_over()

    def _loaded(self) -> Captures:
        """Return the captures, making them and the first of them if need be; not for the thread of the screen."""
        with self._loading:
            if self._captures is None:
                from netwatch.threads.captures import Captures

                self._captures = self._make(Captures)
            if self._first is not None:
                self._first(self._captures)
                self._first = None
            return self._captures

    def _step(self) -> bool:
        """One round of the capture thread; False ends it."""
        self._calls.run_all()
        if self._closing:
            self._calls.end()
            return False
        session = self._loaded().session
        before = session.packets
        if not self._step_of(session):
            self._publish()
            self._wake.wait(READ_TIMEOUT)
            self._wake.clear()
        elif session.packets == before or time.monotonic() - self._published_at >= PUBLISH_INTERVAL:
            self._publish()
        self._garbage.look(time.monotonic(), busy=session.source.backlog > 0)
        return True

    def _step_of(self, session: Session) -> bool:
        try:
            return session.step(READ_TIMEOUT, hurry=lambda: self._calls.waiting)
        except Exception as error:  # noqa: BLE001  # a dead thread would leave LIVE on the screen for ever
            session.end(CaptureState.FAILED, f"internal error: {printable(repr(error))}")
            return False

    def _publish(self) -> None:
        if self._captures is not None and self._captures.newest is not None:
            before, self._published = self._published, _snapshot_of(self._captures.newest, self._published)
            self._published_at = time.monotonic()
            if self._captures.days.due:
                self._errands.put(lambda _request: self._loaded().days.keep())
            problems, when = self._published.problems, datetime.now(UTC)
            if problems != before.problems:
                self._errands.put(lambda _request: self._problems.tell(problems, when))

    def _work(self) -> None:
        while not self._closing:
            self._errands.run_next(None)

    def _call(self, work: Callable[[Request[T]], T]) -> Request[T]:
        """Have the capture thread do `work` between two blocks."""
        request = self._calls.put(work)
        self._poke()
        return request

    def _ask_worker(self, work: Callable[[Request[T]], T]) -> Request[T]:
        """Have the worker do `work`; what it does already, such as an export, may ask too and wait for the answer."""
        return at_once(work) if threading.current_thread() is self._worker else self._errands.put(work)

    def _ask_session(self, ask: Callable[[Session], T]) -> Request[T]:
        return self._call(lambda _request: ask(self._loaded().session))

    def _analyse(self, ask: Callable[[Analysis], T]) -> Request[T]:
        """Ask the trackers of what is shown."""
        view = self._captures.views.answering if self._captures is not None else None
        if view is not None:
            return view.call(lambda _request: ask(view.analysis))
        return self._call(lambda _request: ask(self._loaded().session.analysis))

    def _poke(self) -> None:
        self._wake.set()
        if self._captures is not None and self._captures.newest is not None:
            self._captures.newest.source.wake()


def _stop(session: Session, *, alone: bool) -> None:
    """End a session, with what waits to be read if nobody else may be reading."""
    try:
        if alone:
            session.stop()
    except Exception as error:  # noqa: BLE001  # a recording is completed whatever the last packets break
        session.end(CaptureState.FAILED, f"internal error: {printable(repr(error))}")
    session.end()


def _snapshot_of(session: Session, before: Snapshot) -> Snapshot:
    """Return the state of a session; what cannot be told of it is as it was `before`, and that is told."""
    try:
        return session.snapshot()
    except Exception as error:  # noqa: BLE001  # a dead thread would leave LIVE on the screen for ever
        told = Problem.of("the figures stand still", error)
        known = any(told.words == one.words for one in before.problems)
        return replace(
            before,
            capture_id=session.capture_id,
            state=session.state,
            message=session.message,
            packets=session.packets,
            problems=before.problems if known else (*before.problems, told),
        )
