"""dns.spoof: one question is answered twice, and the answers contradict one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.addresses import address_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.dns_detector import DnsDetector
from netwatch.detect.dns_roles import NO_ERROR
from netwatch.detect.finding import Finding
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Distinct, Keys
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.track.dns_event import DnsEvent

ADDRESSES: Final = {1: 4, 28: 16}
"""Bytes of records of type A and AAAA."""
MOST_QUESTIONS: Final = 4000
"""Questions whose answers are remembered: 16 MiB if each is as long as is read, 1 MiB of usual ones."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """One is a fault of the network now and then; whoever forges answers does so for every question."""

    names: int = threshold(2)
    """Questions with contradicting answers within `window_s`."""
    window_s: int = 600
    race_s: int = 5
    """Seconds between the two answers: the true one follows the forged one, or comes before it."""
    max_keys: int = 5000


class _Question:
    """What was asked with one identifier from one port, and the first answer."""

    __slots__ = ("answer", "asked")

    def __init__(self) -> None:
        self.asked = 0
        self.answer: DnsEvent | None = None
        """Read when there is a second one: hardly any question has."""


@dataclass(slots=True)
class _Client:
    questions: Distinct = field(default_factory=Distinct)
    recent: Recent = field(default_factory=Recent)


class DnsSpoof(DnsDetector[Thresholds, _Client]):
    """Compares the answers to each question; counts by client."""

    rule: ClassVar[Rule] = Rule(
        "dns.spoof",
        167,
        "Contradicting answers to one question",
        Severity.HIGH,
        what="A question of DNS was asked once and answered twice, with different addresses. Somebody on the way sees "
        "the questions and is quick with answers of his own: the client takes the first one.",
        benign="A network that filters names by forging answers, as some providers and states do.",
        tune="Raise names, or add the client to ignore_src.",
        mitre=("T1557",),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = _Client

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._questions: Keys[_Question] = Keys(MOST_QUESTIONS, _Question)
        """By client, server, identifier and name."""

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each message over UDP."""
        for event in self.roles.messages(seen):
            if event.tcp:
                continue
            question = self._questions.at((event.client, event.client_port, event.server, event.identifier, event.name))
            if not event.is_response:
                question.asked += 1
                question.answer = None
            elif event.rcode == NO_ERROR and question.asked == 1:
                # A client that asks again is answered twice, by two machines of a resolver perhaps; here it asked once
                if question.answer is None or not (before := _addresses(question.answer)):
                    question.answer = event
                elif self._contradict(question.answer, before, event):
                    yield from self._count(event, question.answer, seen)

    def _contradict(self, first: DnsEvent, before: frozenset[bytes], second: DnsEvent) -> bool:
        if second.moment.time_ns - first.moment.time_ns > self.config.race_s * SECOND:
            return False
        after = _addresses(second)
        return not after & before and {*map(len, after)} == {*map(len, before)}

    def _count(self, event: DnsEvent, before: DnsEvent, seen: Observation) -> Iterator[Finding]:
        party, server = seen.surroundings.party(*event.client), address_text(*event.server)
        client = self.keys.at(party.entity)
        first, second = _text(_addresses(before)), _text(_addresses(event))
        client.questions.expire(event.moment.time_ns - self.config.window_s * SECOND)
        client.questions.add((event.identifier, event.client_port, event.name), event.moment.time_ns)
        client.recent.add(event.moment, f"{event.name}: {first}, then {second}")
        if len(client.questions) < self.config.names:
            return
        yield Finding(
            key=(party.entity,),
            moment=event.moment,
            summary=f"{party.text} got two answers to one question {len(client.questions)} times: {event.name} is "
            f"{first} and {second}",
            value=len(client.questions),
            threshold=self.config.names,
            window_s=self.config.window_s,
            source=party.text,
            destination=event.name,
            protocol="DNS",
            actor=party.entity,
            victim=party.text,
            first_ns=client.recent.first_ns,
            evidence=(("name", event.name), ("first answer", first), ("second answer", second), ("server", server)),
            samples=client.recent.samples,
            packets=(before.moment.number, *client.recent.packets),
        )


def _addresses(event: DnsEvent) -> frozenset[bytes]:
    found = ((record.number, event.message[record.at : record.at + record.size]) for record in event.answers())
    return frozenset(data for number, data in found if ADDRESSES.get(number) == len(data))


def _text(answer: frozenset[bytes]) -> str:
    return ", ".join(str(ip_address(data)) for data in sorted(answer)[:4])
