"""dns.nx_burst: nearly everything that a client asks for does not exist, whatever the names look like."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config, threshold
from netwatch.detect.dns_detector import DnsDetector
from netwatch.detect.dns_roles import NAME_ERROR, NO_ERROR
from netwatch.detect.finding import MOST_SAMPLES, Finding
from netwatch.detect.names.prepare import prepared
from netwatch.detect.names.suffixes import public_suffixes
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.surroundings import Party
    from netwatch.track.dns_event import DnsEvent


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 6.2: names of words are invisible to a model of letters."""

    names: int = threshold(50)
    """Different registrable domains within `window_s` that do not exist."""
    share: float = 0.8
    """Of all registrable domains that the client got an answer about."""
    window_s: int = 300


class _Client:
    __slots__ = ("fine", "first_ns", "gone", "packets")

    def __init__(self) -> None:
        # Room for the thresholds of clients that ask for others, twice
        self.gone = Distinct(1024)
        self.fine = Distinct(1024)
        self.packets: deque[int] = deque(maxlen=MOST_SAMPLES)
        self.first_ns = 0


class DnsNxBurst(DnsDetector[Thresholds, _Client]):
    """Counts registrable domains by client, those that exist from its first failure on."""

    rule: ClassVar[Rule] = Rule(
        "dns.nx_burst",
        161,
        "Burst of names that do not exist",
        Severity.MEDIUM,
        what="Nearly every domain that one client asked for does not exist, and there were many. Some malware makes "
        "names of words, which look like any other; that they lead nowhere gives them away.",
        benign="A crawler or mail server that works through old links or addresses; a resolver without a connection.",
        tune="Raise names, or add the client to ignore_src.",
        mitre=("T1568.002",),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = _Client

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._suffixes = public_suffixes()

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each response."""
        for event in self.roles.messages(seen):
            if not event.is_response or event.rcode not in (NO_ERROR, NAME_ERROR):
                continue
            registered = self._suffixes.registered(prepared(event.name))
            if not registered:
                continue
            party = seen.surroundings.party(*event.client)
            if event.rcode == NO_ERROR:
                known = self.keys.get(party.entity)
                if known is not None:
                    known.fine.add(registered, event.moment.time_ns)
                continue
            client = self.keys.at(party.entity)
            client.first_ns = client.first_ns if len(client.gone) else event.moment.time_ns
            for window in (client.gone, client.fine):
                window.expire(event.moment.time_ns - self.config.window_s * SECOND)
            client.packets.append(event.moment.number)
            if client.gone.add(registered, event.moment.time_ns):
                least = self.config.names * self.roles.factor(event.client, seen)
                gone, fine = len(client.gone), len(client.fine)
                if gone >= least and gone >= self.config.share * (gone + fine):
                    yield self._finding(client, party, event, least)

    def _finding(self, client: _Client, party: Party, event: DnsEvent, least: int) -> Finding:
        gone, fine = len(client.gone), len(client.fine)
        return Finding(
            key=(party.entity,),
            moment=event.moment,
            summary=f"{party.text} asked for {gone} domains that do not exist, and for {fine} that do",
            value=gone,
            threshold=least,
            window_s=self.config.window_s,
            source=party.text,
            protocol="DNS",
            actor=party.entity,
            confidence=70,
            first_ns=client.first_ns,
            evidence=(
                ("domains that do not exist", f"{gone} in {self.config.window_s} s"),
                ("domains that do", str(fine)),
            ),
            samples=tuple(str(name) for name in client.gone)[-MOST_SAMPLES:],
            packets=tuple(client.packets),
        )
