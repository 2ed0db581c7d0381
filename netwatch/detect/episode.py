"""Episode: one alert while it lives, from the first finding on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from netwatch.detect.finding import LONGEST_SAMPLE, MOST_SAMPLES
from netwatch.detect.rule import Severity
from netwatch.nanoseconds import SECOND
from netwatch.tables.alerts import Alert
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.detect.config import Config
    from netwatch.detect.finding import Finding
    from netwatch.detect.rule import Rule

QUIET_S: Final = 300
"""An alert is closed when nothing has happened for its window, but at least for so long."""
FIRST_PACKETS: Final = MOST_SAMPLES // 2
"""Packets of the beginning that are kept; the others are the newest ones."""


@dataclass(slots=True, eq=False)
class Episode:
    """State of one alert; `finding` is the newest one."""

    serial: int
    rule: Rule
    config: Config
    finding: Finding
    severity: Severity
    told: float
    """The value that was told last; twice that is news."""
    first_ns: int
    opened_ns: int
    last_ns: int
    revision: int = 1
    episodes: int = 1
    first_packets: list[int] = field(default_factory=list)
    newest_packets: list[int] = field(default_factory=list)
    parent: Episode | None = None
    children: int = 0
    done: bool = False

    @classmethod
    def opened(cls, serial: int, rule: Rule, config: Config, finding: Finding) -> Episode:
        """Begin one with its first finding."""
        moment_ns = finding.moment.time_ns
        severity = _severity(rule, config, finding)
        first_ns = finding.first_ns or moment_ns
        episode = cls(serial, rule, config, finding, severity, finding.value, first_ns, moment_ns, moment_ns)
        episode._keep_packets(finding)
        return episode

    def is_quiet(self, now_ns: int) -> bool:
        """Return True when nothing has happened for long enough by packet time `now_ns`."""
        return now_ns - self.last_ns > max(self.finding.window_s, QUIET_S) * SECOND

    def is_forgotten(self, now_ns: int) -> bool:
        """Return True when the same would be a new alert by now."""
        quiet_ns = max(self.finding.window_s, QUIET_S) * SECOND
        return now_ns - self.last_ns > quiet_ns + self.config.suppress_s * SECOND

    def take(self, finding: Finding) -> str:
        """Add a finding; return what happened: `update` or `reopen`, empty when that is no news."""
        again = self.is_quiet(finding.moment.time_ns)
        severity = max(_severity(self.rule, self.config, finding), self.severity)
        doubled = finding.value >= 2 * self.told
        worse = severity > self.severity
        self.last_ns = max(self.last_ns, finding.moment.time_ns)
        self.severity = severity
        if finding.value >= self.finding.value or doubled or again:
            self.finding = finding
        self._keep_packets(finding)
        if again:
            self.episodes += 1
            self.told = finding.value
        elif doubled:
            self.told = finding.value
        if not (again or doubled or worse):
            return ""
        self.revision += 1
        return "reopen" if again else "update"

    def alert(self, now_ns: int, *, muted: bool) -> Alert:
        """Return it as it is at packet time `now_ns`."""
        finding, rule = self.finding, self.rule
        parent = self.parent
        return Alert(
            serial=self.serial,
            rule=rule.id,
            signature=rule.signature,
            title=printable(finding.title) or rule.title,
            severity=int(self.severity),
            confidence=finding.confidence,
            state="closed" if self.is_quiet(now_ns) else "open",
            revision=self.revision,
            episodes=self.episodes,
            first_ns=self.first_ns,
            opened_ns=self.opened_ns,
            last_ns=self.last_ns,
            source=finding.source,
            destination=finding.destination,
            source_port=finding.source_port,
            port=finding.port,
            protocol=finding.protocol,
            actor=finding.actor,
            victim=finding.victim,
            summary=printable(finding.summary),
            value=finding.value,
            threshold=finding.threshold,
            window_s=finding.window_s,
            evidence=tuple((name, printable(text, LONGEST_SAMPLE)) for name, text in finding.evidence),
            samples=tuple(printable(sample, LONGEST_SAMPLE) for sample in finding.samples[:MOST_SAMPLES]),
            packets=tuple(sorted({*self.first_packets, *self.newest_packets})),
            mitre=rule.mitre,
            what=rule.what,
            benign=rule.benign,
            tune=rule.tune,
            inhibited_by=parent.serial if parent is not None else 0,
            children=self.children,
            muted=muted,
            done=self.done,
        )

    def _keep_packets(self, finding: Finding) -> None:
        for number in finding.packets or (finding.moment.number,):
            if len(self.first_packets) < FIRST_PACKETS:
                if number not in self.first_packets:
                    self.first_packets.append(number)
            elif number not in self.newest_packets and number not in self.first_packets:
                self.newest_packets.append(number)
        del self.newest_packets[: -(MOST_SAMPLES - FIRST_PACKETS)]


def _severity(rule: Rule, config: Config, finding: Finding) -> Severity:
    if config.severity:
        return Severity[config.severity.upper()]
    return rule.severity if finding.severity is None else finding.severity
