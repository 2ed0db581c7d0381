"""The days that the monitor remembers: what came is added to the file of days, and compared with the days before."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from netwatch.baseline.compare import Change, Day, compare, compare_days
from netwatch.baseline.sample import KINDS, Sample, added, growth, sample_of
from netwatch.baseline.table import Differences
from netwatch.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.baseline.usual import Usual
    from netwatch.request import Request
    from netwatch.run.session import Session
    from netwatch.tables.baseline import BaselineTable
    from netwatch.tables.query import Page, TableQuery

KEEP_SECONDS: Final = 60.0
"""Between two times that what came is written."""
COMPARE_SECONDS: Final = 10.0
"""Between two comparisons while somebody looks."""
ANSWER_TIMEOUT: Final = 10.0


class Taken(NamedTuple):
    """What a capture held at one moment."""

    capture_id: int
    at: float
    seconds: float
    """How long it was watched until then."""
    source: str
    """Empty for a file, which may come from anywhere."""
    sample: Sample
    ended: bool = False


class Days:
    """Keeps and compares. `take` and `leave` are for the thread that owns the session, the rest for the worker."""

    def __init__(
        self,
        ask: Callable[[Callable[[Session], Any]], Request[Any]],
        clock: Callable[[], float],
        usual: Usual,
    ) -> None:
        """Begin a run; `ask` puts a question to the newest session, in the thread that owns it.

        `clock` gives seconds since the epoch.
        """
        self._ask = ask
        self._clock = clock
        self._usual = usual
        self._keeps = usual.keeps and usual.file is not None
        self._problem = ""
        self._began_at = clock()
        self._lock = threading.Lock()
        self._unwritten: dict[tuple[str, str], tuple[float, Sample]] = {}
        """By date and source."""
        self._taken: Taken | None = None
        self._kept_at = clock()
        self._compared_at = float("-inf")
        self._days: tuple[str, list[Day]] | None = None
        """What the file had when it was this day."""
        compares = usual.file is not None or bool(usual.samples)
        self._differences = Differences("" if compares else "no other day is known")

    @property
    def due(self) -> bool:
        """True when there may be something to write."""
        return self._keeps and self._clock() - self._kept_at >= KEEP_SECONDS

    def take(self, session: Session) -> Taken | None:
        """Note what came since the last time; None for what is no live capture."""
        now = self._clock()
        if not session.source.live:
            return taken_of(session)
        sample, before = sample_of(session), self._taken
        if before is None or before.capture_id != session.capture_id:
            before = Taken(session.capture_id, self._began_at, 0.0, "", {kind: {} for kind in KINDS})
        passed = 0.0 if before.ended else max(now - before.at, 0.0)
        seconds = before.seconds + passed
        self._taken = Taken(session.capture_id, now, seconds, session.source.name, sample, session.ended)
        if self._keeps:
            place = (_date(now), session.source.name)
            with self._lock:
                earlier, together = self._unwritten.get(place, (0.0, {}))
                self._unwritten[place] = earlier + passed, added(together, growth(before.sample, sample))
        return self._taken

    def keep(self) -> None:
        """Write what came. When the file cannot be written nothing is kept any more, which the pane then tells."""
        if not self.due:
            return  # asked for twice
        self._kept_at = self._clock()
        self._ask(self.take).result(ANSWER_TIMEOUT)
        self._write()

    def leave(self, session: Session) -> None:
        """Note the last of a capture that another one follows."""
        if self._keeps and session.source.live:
            self.take(session)
        self._began_at = self._clock()

    def finish(self, session: Session) -> None:
        """Write the last of a capture that ended, in whichever thread is left."""
        if self._keeps and session.source.live:
            self.take(session)
            self._write()

    def page(self, query: TableQuery) -> Page[BaselineTable]:
        """Return differences.

        Raises:
            FileError: the file of days is not ours, damaged, or could not be written.
        """
        if self._problem:
            raise FileError(self._problem)
        now = self._clock()
        if (self._usual.file is not None or self._usual.samples) and now - self._compared_at >= COMPARE_SECONDS:
            self._compared_at = now
            taken: Taken | None = self._ask(self.take).result(ANSWER_TIMEOUT)
            if taken is not None:
                self._differences.take(*self._compare(taken))
        return self._differences.page(query)

    def _compare(self, taken: Taken) -> tuple[list[Change], str]:
        if self._usual.samples:
            return compare(self._usual.samples, taken.sample), self._usual.said
        today = _date(taken.at)
        if self._usual.file is not None and (self._days is None or self._days[0] != today):
            self._days = today, self._usual.file.days()
        days = days_beside(self._days[1] if self._days else [], taken)
        count = len(days)
        where = f" of {taken.source}" if taken.source else ""
        said = (
            f"beside {count:,} other day{'s' * (count != 1)}{where}" if count else f"no other day{where} is known yet"
        )
        return compare_days(days, taken.sample, taken.seconds), said

    def _write(self) -> None:
        with self._lock:
            unwritten, self._unwritten = self._unwritten, {}
        try:
            for (date, source), (seconds, sample) in unwritten.items():
                if self._usual.file is not None and (seconds >= 1 or any(sample.values())):
                    self._usual.file.add(date, source, round(seconds), sample)
        except FileError as error:
            self._keeps, self._problem = False, str(error)


def taken_of(session: Session) -> Taken:
    """Return what a capture holds, which was watched as long as it has packets; that of a file may be of any place."""
    traffic = session.analysis.traffic
    seconds = (traffic.last_time_ns - traffic.first_time_ns) / 1e9
    place = session.source.name if session.source.live else ""
    return Taken(session.capture_id, traffic.last_time_ns / 1e9, seconds, place, sample_of(session), session.ended)


def days_beside(days: list[Day], taken: Taken) -> list[Day]:
    """Return the other days of the same place; where that is not known, of all places together."""
    return merged([day for day in days if day.date != _date(taken.at) and taken.source in ("", day.source)])


def merged(days: list[Day]) -> list[Day]:
    """Return days with all places of each date together; whoever watched two places saw the longer time."""
    found: dict[str, Day] = {}
    for day in days:
        before = found.get(day.date)
        found[day.date] = (
            day
            if before is None
            else Day(day.date, "", max(day.seconds, before.seconds), added(before.sample, day.sample))
        )
    return list(found.values())


def _date(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d}"
