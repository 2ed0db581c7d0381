"""A view: the packets that pass a display filter and lie in a time range, with trackers of their own."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from netwatch.decode.join import join
from netwatch.decode.part import taken
from netwatch.errors import NetwatchError
from netwatch.filter.display_filter import FilterRun
from netwatch.filter.lexer import LONGEST
from netwatch.request import Request, RequestQueue
from netwatch.snapshot import CaptureState, ViewState
from netwatch.tables.selection import Selection
from netwatch.text import printable
from netwatch.track.analysis import Analysis
from netwatch.track.packet_numbers import NumberFilter
from netwatch.view.figures import Figures
from netwatch.view.gathering import MANY, Gathering, in_groups
from netwatch.view.passing import Passing
from netwatch.view.reader import batches_of
from netwatch.view.standing_aside import PART, STAND_ASIDE, goes_first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.filter.display_filter import DisplayFilter
    from netwatch.filter.tables import Tables
    from netwatch.run.session import Session

T = TypeVar("T")

MOST_GONE: Final = 100_000
"""Packets that may have left the buffer while what passes of them waits for the trackers: 60 MiB of mixed sizes. Were
they seen at once, the view of a capture that fills the buffer in a second would get batches too small to keep up."""
IDLE: Final = 0.1
"""Seconds between two looks for new packets."""
RATE_SECONDS: Final = 60
"""Seconds of rate history, as Session gives them."""
STOP_TIMEOUT: Final = 3.0


class View:
    """Judges the packets of a session's buffer in a thread of its own, first all that are there, then new ones.

    First every packet is judged, so that the packets that pass can be shown; then the trackers see those. Once they
    have caught up the view is `ready`, and answers questions in place of the session.
    """

    def __init__(
        self,
        view_id: int,
        session: Session,
        wanted: DisplayFilter,
        time_range: tuple[int, int] | None,
        tables: Tables | None,
        oldest: Callable[[], int],
    ) -> None:
        """Prepare the thread that `start` starts; `time_range` is from, to in nanoseconds, both included.

        `oldest` tells the number of the first packet that can be looked at.
        """
        self.session = session
        self.filter = wanted
        self.time_range = time_range
        self.analysis = Analysis(session.vendors, live=session.source.live, known_names=session.known_names)
        interfaces = tuple(interface.name for interface in session.source.interfaces)
        first_ns = session.analysis.traffic.first_time_ns
        self._run = FilterRun(wanted, tables=tables, interfaces=interfaces, first_ns=first_ns)
        self._id = view_id
        self._queue = RequestQueue()
        self._wake = threading.Event()
        self._closing = False
        self._oldest = oldest
        self._passing = Passing()
        self._last = 0
        self._gathering = Gathering(live=session.source.live)
        """Packets that pass and that the trackers have not seen."""
        self._missed = 0
        """Packets that left the buffer before they were judged."""
        self._ready = False
        self.whole = False
        """Every packet of a capture that ended passes, so that the session's own trackers answer in place of these."""
        self._progress = 0.0
        self._error = ""
        self.figures = Figures(self._state())
        self._thread = threading.Thread(target=self._work, name="view", daemon=True)

    @property
    def ready(self) -> bool:
        """The trackers have seen everything that was there."""
        return self._ready

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Let the thread end soon; never waits."""
        self._closing = True
        self._wake.set()

    def close(self) -> None:
        """End the thread and wait for it."""
        self.end()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(STOP_TIMEOUT)

    def call(self, work: Callable[[Request[T]], T]) -> Request[T]:
        """Have the view's thread do `work` between two batches; once that has ended, do it here and now."""
        request = self._queue.put(work)
        self._wake.set()
        if not self._thread.is_alive():
            self._queue.run_all()
        return request

    @property
    def judged(self) -> int:
        """Number of the last packet that was judged."""
        return self._last

    def selection(self, known: int) -> Selection:
        """Return the numbers of the packets that pass and can be looked at, from behind `known`; any thread may ask."""
        last = self._last  # first, or some up to the last were missing
        return Selection(self.as_filter, self._passing.after(known), last)

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Numbers of the packets that pass now, ascending."""
        return self._passing.after(0)

    @property
    def as_filter(self) -> NumberFilter:
        """The packets that pass now, as a filter for saving."""
        return NumberFilter(self.label, self.numbers)

    @property
    def label(self) -> str:
        """What the view shows, in words."""
        words = [self.filter.label] if self.filter.text else []
        return " in ".join([*words, "a time range"]) if self.time_range else " ".join(words)

    def _work(self) -> None:
        try:
            while not self._closing:
                judged = self._judge_all() if self._may_begin() else False
                self.whole = self.whole or (not self._ready and self._passes_all())
                if self.whole:
                    self._gathering = Gathering(live=False)
                self._feed_all()
                if not self._closing and self._may_begin():
                    self._ready, self._progress = True, 1.0
                self._publish()
                if not judged:
                    self._wait()
        except Exception as error:  # noqa: BLE001  # a dead thread would leave a view that never comes
            said = str(error) if isinstance(error, NetwatchError) else f"internal error: {error!r}"
            self._error = printable(said)
            self._publish()
            while not self._closing:
                self._wait()
        self._queue.run_all()

    def _may_begin(self) -> bool:
        """Return False while a file is read whose flows a filter wants to know: their outcome comes at the end."""
        return "tables" not in self.filter.needs or self.session.state is not CaptureState.LOADING

    def _passes_all(self) -> bool:
        """Return whether the session's trackers saw just what these would, and will see no more."""
        packets = self.session.packets
        seen_all = self.session.ended and not self.analysis.traffic.packets
        return seen_all and self.time_range is None and self._passing.count == self._last == packets > 0

    def _wait(self) -> None:
        self._wake.wait(IDLE)
        self._wake.clear()
        self._queue.run_all()

    def _judge_all(self) -> bool:
        """Judge what the buffer holds that was not judged before; return False when there was nothing."""
        session, begin = self.session, self._last
        if not begin and session.source.archive is None:
            self._last = begin = session.buffer.evicted
        judged = False
        enough = session.packets if session.source.live and not self._ready else None
        for parts in in_groups(self._unjudged(begin), MANY if "streams" in self.filter.needs else 1):
            judged = True
            self._judge(parts)
            if not self._ready:
                self._progress = (self._last - begin) / max(session.packets - begin, 1) / 2
                self._publish()
            if self._pause() or (enough is not None and self._last >= enough):
                return True  # the panes need not wait for what came meanwhile
        return judged

    def _unjudged(self, last: int) -> Iterator[PacketBatch]:
        """Yield the packets after number `last`, the last one that was judged."""
        for batch, start in batches_of(self.session, last + 1):
            self._missed += batch.first_number + start - last - 1
            last = batch.last_number
            said = replace(batch, frames=self.session.annotations.on(batch))
            for at in range(start, len(batch), PART):
                yield taken(said, slice(at, min(at + PART, len(batch))))

    def _judge(self, parts: list[PacketBatch]) -> None:
        batch = join(*parts)
        mask = self._run.mask(batch)
        if self.time_range is not None:
            time_ns = batch.frames.time_ns
            mask = mask & (time_ns >= self.time_range[0]) & (time_ns <= self.time_range[1])
        numbers = batch.numbered()[mask]
        for part, passing in zip(parts, np.split(mask, np.cumsum([len(part) for part in parts[:-1]])), strict=True):
            self._gathering.add(part, passing)
        self._passing.add(numbers)
        self._passing.let_go(self._oldest(), self.session.kept.numbers)
        self._last = batch.last_number
        while self._gathering.waiting and self._gathering.oldest <= self.session.buffer.evicted - MOST_GONE:
            # They left the buffer, or were read from the file once more: were they to wait, memory had no bound
            self._feed()

    def _feed_all(self) -> None:
        """Let the trackers see the packets that pass and that they have not seen."""
        every = self._gathering.waiting
        while self._gathering.waiting and not self._closing:
            self._feed()
            if not self._ready:
                self._progress = 1.0 - self._gathering.waiting / every / 2
                self._publish()
            self._pause()

    def _feed(self) -> None:
        self.analysis.feed(self._gathering.take())

    def _pause(self) -> bool:
        """Answer what was asked, and let the capture go first when it falls behind; return True at the end."""
        if self._ready:
            self._queue.run_all()
        while not self._closing and goes_first(self.session):
            self._wake.wait(STAND_ASIDE)
        return self._closing

    def _state(self) -> ViewState:
        return ViewState(
            id=self._id,
            text=printable(self.filter.text, LONGEST),
            time_range=self.time_range,
            matched=self._passing.count,
            looked_at=self._last,
            missed=self._missed,
            progress=None if self._ready else self._progress,
            error=self._error,
        )

    def _publish(self) -> None:
        traffic = self.analysis.traffic
        state = self._state()
        if not self._ready or self.whole:
            self.figures = Figures(state)
            return
        before = self.figures
        if before.state == state and before.rates is not None and not self.session.source.live:
            return
        self.figures = Figures(
            state,
            traffic.packets,
            traffic.bytes,
            traffic.first_time_ns,
            traffic.last_time_ns,
            traffic.protocols(),
            self.analysis.rows_held(),
            traffic.rates(self.now_ns(), RATE_SECONDS),
            traffic.malformed,
        )

    def now_ns(self) -> int:
        """Return the end of every graph: that of the time range, else that of the session's."""
        if self.time_range is not None:
            return min(self.time_range[1], self.session.now_ns())
        return self.session.now_ns()
