"""GuessingDetector: what the detectors of password guessing have in common; they differ in protocol and thresholds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from netwatch.detect.config import Config, threshold
from netwatch.detect.detector import Detector
from netwatch.detect.finding import MOST_SAMPLES, Finding
from netwatch.detect.rule import Rule, Severity, raised
from netwatch.detect.window import Distinct, Keys
from netwatch.nanoseconds import SECOND
from netwatch.track.application_events import Login, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.surroundings import Party
    from netwatch.track.stream_reader import Moment

MOST_A_SLICE: Final = 4000
"""Logins of one slice of time that a detector looks at."""
MOST_TRIES: Final = 512
NEGOTIATED: Final = frozenset({"NTLM", "Negotiate", "Kerberos"})
"""Ways to log in that begin with a refusal."""
VALID_ACCOUNTS: Final = "T1078"


@dataclass(frozen=True, slots=True)
class GuessThresholds(Config):
    """detections.md 8.3."""

    failures: int = threshold(10)
    """Passwords that did not work within `window_s`; of a service that does not say, different ones."""
    window_s: int = 300


def guessing_rule(identifier: str, number: int, title: str, *, more: str = ".") -> Rule:
    """Return the rule of a protocol whose failures are counted; `more` ends the sentence of what is counted."""
    return Rule(
        identifier,
        number,
        f"Password guessing {title}",
        Severity.MEDIUM,
        what=f"One source failed to log in many times within minutes{more} People mistype a password twice; programs "
        "that go through lists do not stop.",
        benign="A program with an old password that tries again and again.",
        tune="Raise failures, or add the program's host to ignore_src.",
        mitre=("T1110.001",),
    )


class Attempt(NamedTuple):
    """One try to log in."""

    moment: Moment
    source: Party
    target: Party
    port: int
    user: str
    failed: bool
    worked: bool


class Guesses:
    """What one source tried with one target."""

    __slots__ = ("first_ns", "known", "packets", "told", "tries", "users")

    def __init__(self) -> None:
        self.tries: deque[int] = deque(maxlen=MOST_TRIES)
        self.known = Distinct(MOST_TRIES)
        """Names and digests of passwords where nobody says whether they worked."""
        self.users: dict[str, int] = {}
        self.packets: deque[int] = deque(maxlen=MOST_SAMPLES)
        self.first_ns = 0
        self.told = False
        """There were enough for an alert."""


class GuessingDetector(Detector[GuessThresholds]):
    """Counts failures by source and target; a success after enough of them is critical."""

    protocols: ClassVar[frozenset[str]]
    service: ClassVar[str]
    """In sentences."""
    defaults: ClassVar[Config] = GuessThresholds()
    needs: ClassVar[tuple[str | type, ...]] = (Login,)

    def __init__(self, config: GuessThresholds) -> None:
        super().__init__(config)
        self._pairs: Keys[Guesses] = Keys(config.max_keys, Guesses)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each login."""
        for login in self._logins(seen):
            stream = login.stream
            source = seen.surroundings.party(stream.initiator_high, stream.initiator_low)
            target = seen.surroundings.party(stream.responder_high, stream.responder_low)
            failed = login.outcome is Outcome.FAILURE
            if login.outcome is Outcome.UNKNOWN:
                known = self._pairs.at((source.entity, target.text)).known
                thing = (login.user, login.secret) if login.secret else stream.serial
                failed = known.add(thing, login.moment.time_ns)
            worked = login.outcome is Outcome.SUCCESS
            attempt = Attempt(login.moment, source, target, stream.responder_port, login.user, failed, worked)
            yield from self.judge(attempt)

    @property
    def held(self) -> int:
        """Pairs that are followed."""
        return len(self._pairs)

    @property
    def evicted(self) -> int:
        """Pairs that left."""
        return self._pairs.evicted

    def judge(self, attempt: Attempt) -> Iterator[Finding]:
        """Count one attempt, and tell when there are enough."""
        key = attempt.source.entity, attempt.target.text
        pair = self._pairs.at(key) if attempt.failed else self._pairs.get(key)
        if pair is None:
            return
        while pair.tries and attempt.moment.time_ns - pair.tries[0] > self.config.window_s * SECOND:
            pair.tries.popleft()
        if attempt.failed:
            pair.first_ns = pair.first_ns if pair.tries else attempt.moment.time_ns
            pair.tries.append(attempt.moment.time_ns)
            pair.packets.append(attempt.moment.number)
            if len(pair.users) < MOST_SAMPLES or attempt.user in pair.users:
                pair.users[attempt.user] = pair.users.get(attempt.user, 0) + 1
            if self.enough(pair):
                pair.told = True
                yield self._finding(pair, attempt)
        elif attempt.worked:
            if pair.told and self.enough(pair):
                pair.packets.append(attempt.moment.number)
                yield self._finding(pair, attempt)
            pair.tries.clear()

    def enough(self, pair: Guesses) -> bool:
        """Return True where there were enough failures in the window."""
        return len(pair.tries) >= self.config.failures

    def _logins(self, seen: Observation) -> list[Login]:
        found = [one for one in seen.of(Login) if one.protocol in self.protocols and one.method not in NEGOTIATED]
        self.left_out += max(len(found) - MOST_A_SLICE, 0)
        return found[:MOST_A_SLICE]

    def _finding(self, pair: Guesses, attempt: Attempt) -> Finding:
        count = len(pair.tries)
        seconds = max((attempt.moment.time_ns - pair.tries[0]) / SECOND, 1.0) if pair.tries else 1.0
        severity = self.rule.severity_for(local=attempt.source.local)
        if count >= 3 * self.config.failures:
            severity = raised(severity)
        summary = f"{attempt.source.text} tried {count} passwords with {self.service} of {attempt.target.text}"
        evidence = [
            ("failures", f"{count} within {self.config.window_s} s, {count / seconds:.1f} a second"),
            ("users", ", ".join(f"{user or 'not known'} {times}" for user, times in list(pair.users.items())[:10])),
        ]
        if attempt.worked:
            severity = Severity.CRITICAL
            summary += ", then one worked"
            evidence.insert(0, ("then", f"a login worked ({VALID_ACCOUNTS}): {attempt.user or 'user not known'}"))
        return Finding(
            key=(attempt.source.entity, attempt.target.text),
            moment=attempt.moment,
            summary=summary,
            value=count,
            threshold=self.config.failures,
            window_s=self.config.window_s,
            source=attempt.source.text,
            destination=attempt.target.text,
            port=attempt.port,
            protocol="TCP",
            actor=attempt.source.entity,
            victim=attempt.target.text,
            severity=severity,
            confidence=90,
            first_ns=pair.first_ns,
            evidence=tuple(evidence),
            packets=tuple(pair.packets),
        )
