"""Detection: batches in, alerts out; the detectors of one capture and what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.detect.beginning import Beginning
from netwatch.detect.config import Profile
from netwatch.detect.detector import Detector
from netwatch.detect.episodes import Episodes
from netwatch.detect.gather import Gatherer
from netwatch.detect.registry import make_detectors
from netwatch.detect.surroundings import Surroundings
from netwatch.detect.targets import Targets
from netwatch.problem import Problem
from netwatch.tables.alerts import AlertSummary

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.observation import Observation
    from netwatch.detect.settings import DetectionSettings
    from netwatch.tables.alerts import AlertNews
    from netwatch.track.event_log import Event
    from netwatch.track.flow_batch import FlowBatch

QUIET_NS: Final = 500_000_000
"""A live capture waits so long for packets of a slice before it closes it."""
MOST_KINDS: Final = 1024
"""Different mixtures of events for which it is remembered who wants them."""


class Detection:
    """Used by the thread that feeds the trackers. Packet time only: a file and a live capture give the same alerts."""

    def __init__(
        self,
        settings: DetectionSettings,
        rows: int,
        *,
        live: bool = False,
        known_names: frozenset[str] | None = None,
        detectors: Iterable[Detector[Any]] | None = None,
    ) -> None:
        """Detect in the flows of a table with so many rows; `detectors` instead of those of the settings.

        With `known_names`, those of earlier runs, others are news from the start. A `live` capture may not wait: of a
        flood only some events are looked at, and the others counted.

        Raises:
            UsageError: the settings name something that there is not.
        """
        self.episodes = Episodes()
        self.episodes.mutes = settings.mutes
        self.problems = [*map(Problem, settings.problems)]
        """Detectors that broke and were switched off, or could not be loaded, printable."""
        self.batches = 0
        """Batches that were fed, but for empty ones."""
        self._profile = settings.profile
        self._surroundings = Surroundings()
        self._gatherer = Gatherer(self._surroundings, rows, live=live, lab=settings.profile is Profile.LAB)
        beginning = Beginning(live, known_names or frozenset(), settings.usual)
        made = detectors if detectors is not None else make_detectors(settings)
        self._detectors = [one for one in made if self._begins(one, beginning)]
        self._watchers = [one for one in self._detectors if type(one).watch is not _NO_WATCH]
        self._targets = {one.rule.id: Targets(one.config) for one in self._detectors if Targets.needed(one.config)}
        self._by_kinds: dict[frozenset[str | type], tuple[Detector[Any], ...]] = {}
        """Detectors that slices have something for, by what is in these; they repeat themselves."""
        self._over = False

    def feed(
        self, batch: PacketBatch, flows: FlowBatch, serials: NDArray[np.int64], events: Iterable[Event] = ()
    ) -> None:
        """Take a batch, its flows, the serials of the flow table's rows, and what trackers logged meanwhile."""
        if not len(batch):
            return
        self.batches += 1
        for detector in tuple(self._watchers):
            try:
                detector.watch(batch, flows)
            except Exception as error:  # noqa: BLE001  # as in _detect
                self._switch_off(detector, error)
        for seen in self._gatherer.take(batch, flows, serials, events):
            self._detect(seen)

    def idle(self, now_ns: int, events: Iterable[Event] = ()) -> None:
        """Let time pass without packets, up to `now_ns` of the clock that stamps them; trackers logged `events`."""
        for seen in self._gatherer.idle(now_ns - QUIET_NS, events):
            self._detect(seen)

    def finish(self, events: Iterable[Event] = ()) -> None:
        """Look at what is left: the capture is over, at least for now."""
        if not self._over:
            self._over = True
            self._detect(self._gatherer.finish(events))

    def keep_news(self) -> None:
        """Begin to keep what happens to alerts for `take_news`, which has to be called from now on."""
        self.episodes.keeps_news = True

    def take_news(self) -> list[tuple[int, tuple[AlertNews, ...]]]:
        """Return what happened to alerts since the last time, each with the number of batches after which it was."""
        return [(self.batches, self.episodes.take_news())]

    @property
    def skipped(self) -> int:
        """Events that were left out because too many came at once."""
        return self._gatherer.skipped + sum(one.skipped for one in self._detectors)

    @property
    def evicted(self) -> int:
        """Identities and alerts that left because there were too many."""
        return self.episodes.evicted + sum(one.evicted for one in self._detectors)

    @property
    def held(self) -> int:
        """Identities that are followed now."""
        return sum(one.held for one in self._detectors)

    def summary(self) -> AlertSummary:
        """Return what a report tells."""
        return AlertSummary(
            self._profile.value, self.episodes.alerts(), self.episodes.counts(), self.skipped, self.evicted
        )

    def _detect(self, seen: Observation) -> None:
        self._over = seen.over
        for detector in self._wanting(seen.present()):
            try:
                for finding in list(detector.feed(seen)):
                    targets = self._targets.get(detector.rule.id)
                    if targets is None or targets.wanted(finding):
                        self.episodes.take(detector.rule, detector.config, finding)
            except Exception as error:  # noqa: BLE001  # one that breaks, the user's own perhaps, must not end a capture
                self._switch_off(detector, error)
        self.episodes.now_ns = max(self.episodes.now_ns, seen.now_ns)

    def _wanting(self, present: frozenset[str | type]) -> tuple[Detector[Any], ...]:
        """Return the detectors that such a slice has something for, in their order."""
        found = self._by_kinds.get(present)
        if found is None:
            found = tuple(one for one in self._detectors if not one.needs or not present.isdisjoint(one.needs))
            if len(self._by_kinds) < MOST_KINDS:
                self._by_kinds[present] = found
        return found

    def _begins(self, detector: Detector[Any], beginning: Beginning) -> bool:
        try:
            detector.begin(beginning)
        except Exception as error:  # noqa: BLE001  # as in _detect
            self.problems.append(Problem.of(f"{detector.rule.id} is off", error))
            return False
        return True

    def _switch_off(self, detector: Detector[Any], error: Exception) -> None:
        self._detectors.remove(detector)
        self._by_kinds.clear()
        if detector in self._watchers:
            self._watchers.remove(detector)
        self.problems.append(Problem.of(f"{detector.rule.id} is off", error))


_NO_WATCH: Final = Detector.watch
