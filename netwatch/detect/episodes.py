"""Episodes: findings become alerts: one for each identity, told again only when there is news."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.detect.alert_page import page_of
from netwatch.detect.episode import Episode
from netwatch.detect.inhibition import RETROACTIVE_NS, hides
from netwatch.detect.rule import Severity
from netwatch.detect.storms import Storms
from netwatch.tables.alerts import AlertCounts, AlertNews
from netwatch.tables.mutes import MuteTable
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from numpy.typing import NDArray

    from netwatch.detect.config import Config
    from netwatch.detect.finding import Finding
    from netwatch.detect.inhibition import Inhibition
    from netwatch.detect.rule import Rule
    from netwatch.tables.alerts import Alert, AlertTable
    from netwatch.tables.mutes import Mute
    from netwatch.tables.query import Page, TableQuery

CAPACITY: Final = 5000
"""Alerts that are held."""
MOST_NEWS: Final = 10_000
NEWEST: Final = 5


class Episodes:
    """All alerts of a capture; used by one thread."""

    def __init__(self, capacity: int = CAPACITY, *, keeps_news: bool = False) -> None:
        self.keeps_news = keeps_news
        """Whether anybody takes news; an hour of what nobody takes would be 20 MiB."""
        self.now_ns = 0
        """Packet time."""
        self.mutes: tuple[Mute, ...] = ()
        self.evicted = 0
        self._capacity = capacity
        self._held: OrderedDict[int, Episode] = OrderedDict()
        """By serial."""
        self._of_rule: defaultdict[str, dict[int, Episode]] = defaultdict(dict)
        """The same by the identifier of their rule."""
        self._by_key: dict[tuple[str, tuple[Hashable, ...]], Episode] = {}
        self._storms = Storms()
        self._news: deque[AlertNews] = deque(maxlen=MOST_NEWS)
        self._touched: dict[int, None] = {}
        self._serial = self._urgent = 0
        self._urgent_summary = ""

    def take(self, rule: Rule, config: Config, finding: Finding) -> Episode:
        """Add a finding of a rule to its alert, or open one."""
        self.now_ns = max(self.now_ns, finding.moment.time_ns)
        episode = self._by_key.get((rule.id, finding.key))
        if episode is not None and not episode.is_forgotten(finding.moment.time_ns):
            news = episode.take(finding)
            if news:
                self._tell(news, episode)
            return episode
        if self._storms.holds_back(rule, finding):
            return self.take(rule, config, self._storms.finding(rule, finding))
        return self._open(rule, config, finding)

    def page(
        self, query: TableQuery, chosen: Callable[[list[Alert]], NDArray[np.bool_]] | None = None
    ) -> Page[AlertTable]:
        """Return the alerts that `query` wants, of those that are `chosen`; see page_of."""
        return page_of(map(self._alert, self._held.values()), query, chosen)

    def alert(self, serial: int) -> Alert:
        """Return one alert.

        Raises:
            LookupError: it is not held any more.
        """
        return self._alert(self._episode(serial))

    def finish(self, serial: int, *, done: bool) -> None:
        """Mark an alert as done, or not.

        Raises:
            LookupError: it is not held any more.
        """
        self._episode(serial).done = done

    def alerts(self) -> tuple[Alert, ...]:
        """Return all that are neither inhibited nor muted, the most severe first, then the oldest."""
        shown = [alert for alert in map(self._alert, self._held.values()) if not (alert.inhibited_by or alert.muted)]
        return tuple(sorted(shown, key=lambda alert: (-alert.severity, alert.opened_ns, alert.serial)))

    def counts(self) -> AlertCounts:
        """Return how many there are."""
        by_severity, muted, inhibited = [0] * len(Severity), 0, 0
        newest: list[Alert] = []
        for episode in reversed(self._held.values()):
            if episode.parent is not None:
                inhibited += 1
            elif self._is_muted(episode):
                muted += 1
            elif not episode.done:
                by_severity[episode.severity] += 1
                if len(newest) < NEWEST:
                    newest.append(self._alert(episode))
        return AlertCounts(
            tuple(by_severity),
            self._serial,
            self._urgent,
            muted,
            inhibited,
            self.evicted,
            tuple(newest),
            self._urgent_summary,
        )

    def take_news(self) -> tuple[AlertNews, ...]:
        """Return what happened to alerts since the last time, if news are kept; inhibited and muted ones make none."""
        news = tuple(self._news)
        self._news.clear()
        return news

    def take_touched(self) -> tuple[Alert, ...]:
        """Return the alerts that were opened or had news since the last time, whether anybody hears of them or not."""
        touched = [self._alert(self._held[serial]) for serial in self._touched if serial in self._held]
        self._touched.clear()
        return tuple(touched)

    def muted_table(self) -> MuteTable:
        """Return the mutes, and how many alerts each of them hides."""
        matched = [
            sum(_fits(mute, episode, self.now_ns) for episode in self._held.values() if episode.parent is None)
            for mute in self.mutes
        ]
        return MuteTable(np.arange(1, len(self.mutes) + 1), self.mutes, np.array(matched, np.int64))

    def _open(self, rule: Rule, config: Config, finding: Finding) -> Episode:
        self._serial += 1
        episode = Episode.opened(self._serial, rule, config, finding)
        self._held[episode.serial] = self._of_rule[rule.id][episode.serial] = episode
        self._by_key[rule.id, finding.key] = episode
        self._inhibit(episode)
        if len(self._held) > self._capacity:
            self._evict()
        urgent = episode.severity >= Severity.HIGH
        if urgent and episode.parent is None and not self._is_muted(episode):
            self._urgent += 1
            self._urgent_summary = f"{episode.severity.word} alert: {printable(finding.summary, 160)}"
        self._tell("open", episode)
        return episode

    def _inhibit(self, new: Episode) -> None:
        """Attach a new alert to one that explains it, and others to it."""
        opened_ns, rule = new.opened_ns, new.rule.id
        related = [other for other in self._of_rule if hides(other, rule) or hides(rule, other)]
        for _, other in sorted(entry for kind in related for entry in self._of_rule[kind].items()):
            if other is new or other.parent is not None or other.is_quiet(opened_ns):
                continue
            if _same(other, new, hides(other.rule.id, rule)):
                new.parent, other.children = other, other.children + 1
                return
            recent = opened_ns - other.opened_ns <= RETROACTIVE_NS and other.last_ns >= new.finding.first_ns
            if recent and _same(new, other, hides(rule, other.rule.id)):
                other.parent, new.children = new, new.children + 1

    def _evict(self) -> None:
        """Forget the alert that matters least: a quiet one if there is any, else the oldest of the lowest severity."""
        worst = min(
            self._held.values(),
            key=lambda episode: (not episode.is_quiet(self.now_ns), episode.severity, episode.serial),
        )
        del self._held[worst.serial], self._of_rule[worst.rule.id][worst.serial]
        if self._by_key.get((worst.rule.id, worst.finding.key)) is worst:
            del self._by_key[worst.rule.id, worst.finding.key]
        self.evicted += 1

    def _tell(self, kind: str, episode: Episode) -> None:
        self._touched[episode.serial] = None
        if not self.keeps_news or episode.parent is not None or self._is_muted(episode):
            return
        self._news.append(AlertNews(kind, self._alert(episode)))

    def _episode(self, serial: int) -> Episode:
        if serial not in self._held:
            raise LookupError(f"alert {serial} is not held any more")
        return self._held[serial]

    def _alert(self, episode: Episode) -> Alert:
        return episode.alert(self.now_ns, muted=self._is_muted(episode))

    def _is_muted(self, episode: Episode) -> bool:
        return any(_fits(mute, episode, self.now_ns) for mute in self.mutes)


def _fits(mute: Mute, episode: Episode, now_ns: int) -> bool:
    finding = episode.finding
    ends = finding.source, finding.destination, finding.actor, finding.victim
    return mute.matches(episode.rule.id, ends, (finding.port, finding.source_port), now_ns)


def _same(parent: Episode, child: Episode, rules: tuple[Inhibition, ...]) -> bool:
    return any(
        getattr(parent.finding, rule.by)
        and getattr(parent.finding, rule.by) == getattr(child.finding, rule.by)
        and not (rule.meanwhile and child.first_ns > parent.last_ns)
        for rule in rules
    )
