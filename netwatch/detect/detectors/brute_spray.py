"""brute.spray: one source tries few passwords each with many hosts or users, below what counts as guessing."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config, threshold
from netwatch.detect.detector import Detector
from netwatch.detect.finding import MOST_SAMPLES, Finding
from netwatch.detect.guessing import MOST_A_SLICE, NEGOTIATED
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Distinct, Keys
from netwatch.nanoseconds import SECOND
from netwatch.track.application_events import Login, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 8.3."""

    hosts: int = threshold(5)
    """Targets with failures within `window_s`."""
    users: int = threshold(10)
    """User names with failures within `window_s`."""
    window_s: int = 600


class _Source:
    __slots__ = ("first_ns", "hosts", "packets", "users")

    def __init__(self) -> None:
        self.hosts = Distinct()
        self.users = Distinct()
        self.packets: deque[int] = deque(maxlen=MOST_SAMPLES)
        self.first_ns = 0


class BruteSpray(Detector[Thresholds]):
    """Counts targets and users by source."""

    rule: ClassVar[Rule] = Rule(
        "brute.spray",
        208,
        "Password spraying",
        Severity.MEDIUM,
        what="One source failed to log in at many hosts, or as many users. Whoever tries one password with everybody "
        "locks nobody's account out, and is found only this way.",
        benign="A scanner or an administration tool of your own with an old password; a proxy that many people use.",
        tune="Raise hosts and users, or add the tool's host to ignore_src.",
        mitre=("T1110.003",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = (Login,)

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._sources: Keys[_Source] = Keys(config.max_keys, _Source)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each failed login."""
        failures = [one for one in seen.of(Login) if one.outcome is Outcome.FAILURE and one.method not in NEGOTIATED]
        self.left_out += max(len(failures) - MOST_A_SLICE, 0)
        for login in failures[:MOST_A_SLICE]:
            stream, time_ns = login.stream, login.moment.time_ns
            party = seen.surroundings.party(stream.initiator_high, stream.initiator_low)
            target = seen.surroundings.party(stream.responder_high, stream.responder_low)
            source = self._sources.at(party.entity)
            for window in (source.hosts, source.users):
                window.expire(time_ns - self.config.window_s * SECOND)
            source.first_ns = source.first_ns if len(source.hosts) else time_ns
            new = source.hosts.add(target.text, time_ns)
            new |= bool(login.user) and source.users.add(login.user, time_ns)
            source.packets.append(login.moment.number)
            hosts, users = len(source.hosts), len(source.users)
            if not new or (hosts < self.config.hosts and users < self.config.users):
                continue
            many_hosts = hosts >= self.config.hosts
            yield Finding(
                key=(party.entity,),
                moment=login.moment,
                summary=f"{party.text} failed to log in at {hosts} hosts as {users} users",
                value=hosts if many_hosts else users,
                threshold=self.config.hosts if many_hosts else self.config.users,
                window_s=self.config.window_s,
                source=party.text,
                destination="" if hosts > 1 else target.text,
                protocol=login.protocol,
                actor=party.entity,
                severity=self.rule.severity_for(local=party.local),
                first_ns=source.first_ns,
                evidence=(
                    ("hosts", ", ".join(str(name) for name in source.hosts)[:200]),
                    ("users", ", ".join(str(name) for name in source.users)[:200]),
                ),
                packets=tuple(source.packets),
            )

    @property
    def held(self) -> int:
        """Sources that are followed."""
        return len(self._sources)

    @property
    def evicted(self) -> int:
        """Sources that left."""
        return self._sources.evicted
