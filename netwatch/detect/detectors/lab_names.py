"""lab.long_name, lab.random_label: the plain rules of a classroom for names in queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config, Profile
from netwatch.detect.dns_detector import DnsDetector
from netwatch.detect.finding import Finding
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.track.dns_event import DnsEvent


@dataclass(frozen=True, slots=True)
class LongName(Config):
    """The rule says: longer than 60 characters with at least 3 dots."""

    characters: int = 60
    dots: int = 3


@dataclass(frozen=True, slots=True)
class RandomLabel(Config):
    """The rule says: a first label of more than 15 characters, more than 10 of them different."""

    characters: int = 15
    different: int = 10


class _Count:
    __slots__ = ("queries",)

    def __init__(self) -> None:
        self.queries = 0


class LabLongName(DnsDetector[LongName, _Count]):
    """Tells of each client with such queries."""

    rule: ClassVar[Rule] = Rule(
        "lab.long_name",
        260,
        "Long name in a query",
        Severity.MEDIUM,
        what="A query is longer than 60 characters and has at least 3 dots: names that carry data are long.",
        benign="Virus scanners, mail filters, content networks and reverse look-ups of IPv6 ask like this all day, "
        "which is why the balanced profile uses dns.tunnel instead.",
        tune="Raise characters, or use the balanced profile.",
        mitre=("T1071.004",),
    )
    profiles: ClassVar[frozenset[Profile]] = frozenset({Profile.LAB})
    defaults: ClassVar[Config] = LongName()
    entry: ClassVar[type] = _Count

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each query."""
        for event in self.roles.messages(seen):
            name = event.name.rstrip(".")
            if event.is_response or len(name) <= self.config.characters or name.count(".") < self.config.dots:
                continue
            text = f"a name of {len(name)} characters and {name.count('.')} dots"
            yield _finding(self, seen, event, text, len(name), self.config.characters)


class LabRandomLabel(DnsDetector[RandomLabel, _Count]):
    """Tells of each client with such queries."""

    rule: ClassVar[Rule] = Rule(
        "lab.random_label",
        261,
        "Random first label in a query",
        Severity.MEDIUM,
        what="The first label of a queried name has more than 15 characters, and more than 10 different ones: names "
        "made by an algorithm look like that.",
        benign="One in nine ordinary names does, content networks first of all, which is why the balanced profile uses "
        "dns.dga instead.",
        tune="Raise different, or use the balanced profile.",
        mitre=("T1568.002",),
    )
    profiles: ClassVar[frozenset[Profile]] = frozenset({Profile.LAB})
    defaults: ClassVar[Config] = RandomLabel()
    entry: ClassVar[type] = _Count

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each query."""
        for event in self.roles.messages(seen):
            label = event.name.partition(".")[0]
            different = len(set(label))
            if event.is_response or len(label) <= self.config.characters or different <= self.config.different:
                continue
            text = f"a first label of {len(label)} characters, {different} of them different"
            yield _finding(self, seen, event, text, different, self.config.different)


def _finding(
    detector: DnsDetector[LongName, _Count] | DnsDetector[RandomLabel, _Count],
    seen: Observation,
    event: DnsEvent,
    text: str,
    value: int,
    least: int,
) -> Finding:
    party = seen.surroundings.party(*event.client)
    count = detector.keys.at(party.entity)
    count.queries += 1
    return Finding(
        key=(party.entity,),
        moment=event.moment,
        summary=f"{party.text} asked for {text}",
        value=count.queries,
        threshold=1,
        source=party.text,
        protocol="DNS",
        actor=party.entity,
        confidence=30,
        evidence=(("limit", str(least)), ("this one", str(value)), ("queries like it", str(count.queries))),
        samples=(event.name,),
        packets=(event.moment.number,),
    )
