"""dns.dga: a client asks for many names that nobody would register, and that do not exist."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config, threshold
from netwatch.detect.dns_detector import DnsDetector
from netwatch.detect.dns_roles import NAME_ERROR, NO_ERROR
from netwatch.detect.finding import MOST_SAMPLES, Finding
from netwatch.detect.names.judge import Judged, NameJudge
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.surroundings import Party
    from netwatch.track.dns_event import DnsEvent

EXPLAINED: Final = 10
"""Names of the evidence."""
ANSWERED: Final = 20
"""Queries of a capture after which it is clear that it holds no responses."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 6.2: 8 of 20 NXDOMAIN names come about by chance once in 2e9, with a DGA in 98 %."""

    min_hits: int = threshold(8)
    """Different registrable domains within `window_s` that do not exist and read like noise."""
    share: float = 0.4
    """Of all registrable domains that did not exist for this client."""
    score: float = 5.0
    """Bits a letter above which a name reads like noise: 2 % of real names do, 61 % of made-up ones."""
    blind_hits: int = threshold(20)
    """Names that read like noise, where the capture holds queries only."""
    window_s: int = 600


class _Client:
    """What one client asked for in vain."""

    __slots__ = ("explained", "first_ns", "gone", "noise", "packets")

    def __init__(self) -> None:
        self.gone = Distinct()
        self.noise = Distinct()
        self.explained: dict[str, str] = {}
        self.packets: deque[int] = deque(maxlen=MOST_SAMPLES)
        self.first_ns = 0


class DnsDga(DnsDetector[Thresholds, _Client]):
    """Counts registrable domains by client."""

    rule: ClassVar[Rule] = Rule(
        "dns.dga",
        160,
        "Names made by an algorithm",
        Severity.HIGH,
        what="One client asked for many different domains whose letters follow each other as in no word, and that do "
        "not exist. Malware tries such names, new ones every day, until one belongs to its master.",
        benign="Software that tests whether a resolver lies asks for a few random names; a crawler of stale links.",
        tune="Raise min_hits or score, or add the client to ignore_src.",
        mitre=("T1568.002",),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = _Client

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._judge = NameJudge()
        self._queries = self._responses = 0

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each message."""
        for event in self.roles.messages(seen):
            if event.is_response:
                self._responses += 1
                if event.rcode == NAME_ERROR:
                    yield from self._missing(event, seen, self.config.min_hits)
                elif event.rcode == NO_ERROR:
                    yield from self._found(event, seen)
            else:
                self._queries += 1
                if not self._responses and self._queries > ANSWERED:
                    yield from self._missing(event, seen, self.config.blind_hits)

    def _missing(self, event: DnsEvent, seen: Observation, least: int) -> Iterator[Finding]:
        judged = self._judge.judge(event.name)
        if not judged.registered:
            return
        party = seen.surroundings.party(*event.client)
        client = self.keys.at(party.entity)
        until_ns = event.moment.time_ns - self.config.window_s * SECOND
        for window in (client.gone, client.noise):
            window.expire(until_ns)
        client.gone.add(judged.registered, event.moment.time_ns)
        if judged.score <= self.config.score:
            return
        client.first_ns = client.first_ns if len(client.noise) else event.moment.time_ns
        client.packets.append(event.moment.number)
        if client.noise.add(judged.registered, event.moment.time_ns):
            self._explain(client, judged)
            least *= self.roles.factor(event.client, seen)
            if self._enough(client, least):
                yield self._finding(client, party, event, least, seen)

    def _found(self, event: DnsEvent, seen: Observation) -> Iterator[Finding]:
        """Judge a name like those before it that does exist: where the master may be."""
        judged = self._judge.judge(event.name)
        if judged.score <= self.config.score:
            return
        party = seen.surroundings.party(*event.client)
        client = self.keys.get(party.entity)
        if client is None or judged.registered in client.gone or not event.answers(1):
            return
        least = self.config.min_hits * self.roles.factor(event.client, seen)
        for window in (client.gone, client.noise):
            window.expire(event.moment.time_ns - self.config.window_s * SECOND)
        if self._enough(client, least):
            client.packets.append(event.moment.number)
            yield self._finding(client, party, event, least, seen, hit=judged.registered)

    def _enough(self, client: _Client, least: int) -> bool:
        return len(client.noise) >= least and len(client.noise) >= self.config.share * len(client.gone)

    def _explain(self, client: _Client, judged: Judged) -> None:
        if len(client.explained) < EXPLAINED:
            client.explained[judged.registered] = self._judge.explained(judged)

    def _finding(
        self, client: _Client, party: Party, event: DnsEvent, least: int, seen: Observation, hit: str = ""
    ) -> Finding:
        noise, gone = len(client.noise), len(client.gone)
        endings = sorted({str(name).rpartition(".")[2] for name in client.noise})
        evidence = [
            ("names that read like noise", f"{noise} of {gone} that do not exist, in {self.config.window_s} s"),
            ("top-level domains", ", ".join(endings[:EXPLAINED])),
        ]
        if self.roles.factor(event.client, seen) > 1:
            evidence.append(("who", "this client asks for others: the host behind it is hidden"))
        if hit:
            evidence.insert(0, ("one of them exists", hit))
        return Finding(
            key=(party.entity,),
            moment=event.moment,
            summary=f"{party.text} asked for {noise} domains that read like noise and do not exist"
            + (f", then found {hit}" if hit else ""),
            value=noise,
            threshold=least,
            window_s=self.config.window_s,
            source=party.text,
            protocol="DNS",
            actor=party.entity,
            severity=Severity.CRITICAL if hit else None,
            confidence=90,
            first_ns=client.first_ns,
            evidence=tuple(evidence),
            samples=tuple(client.explained.values()),
            packets=tuple(client.packets),
        )
