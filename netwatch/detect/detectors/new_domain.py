"""new.domain: a domain that nobody here asked for before."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config
from netwatch.detect.dns_detector import DnsDetector
from netwatch.detect.dns_roles import NO_ERROR
from netwatch.detect.finding import Finding
from netwatch.detect.names.prepare import prepared
from netwatch.detect.names.suffixes import public_suffixes
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

MOST_DOMAINS: Final = 100_000
HOUR: Final = 3600
DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 9.2."""

    learn_h: int = 24
    """Hours of a capture in which everything is new and nothing is told."""
    horizon_d: int = 30
    """Days after which a domain that nobody asked for is new again."""


class _Nothing:
    __slots__ = ()


class NewDomain(DnsDetector[Thresholds, _Nothing]):
    """Remembers registrable domains that exist."""

    rule: ClassVar[Rule] = Rule(
        "new.domain",
        222,
        "New domain",
        Severity.INFO,
        what="Somebody looked up a domain that nobody here had looked up before, after a day of learning. By itself it "
        "means nothing; beside another alert it may mean much.",
        benign="People visit new sites every day.",
        tune="Set enabled to false where the list is not wanted.",
    )
    defaults: ClassVar[Config] = Thresholds()

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config, _Nothing)
        self._suffixes = public_suffixes()
        self._known: OrderedDict[str, int] = OrderedDict()
        self._left = 0

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each response that says that a name exists."""
        learned_ns = seen.surroundings.began_ns + self.config.learn_h * HOUR * SECOND
        for event in self.roles.messages(seen):
            if not event.is_response or event.rcode != NO_ERROR:
                continue
            domain = self._suffixes.registered(prepared(event.name))
            if not domain:
                continue
            now_ns = event.moment.time_ns
            before = self._known.pop(domain, None)
            self._known[domain] = now_ns
            if len(self._known) > MOST_DOMAINS:
                self._known.popitem(last=False)
                self._left += 1
            new = before is None or now_ns - before > self.config.horizon_d * DAY * SECOND
            if not new or now_ns < learned_ns:
                continue
            party = seen.surroundings.party(*event.client)
            yield Finding(
                key=(domain,),
                moment=event.moment,
                summary=f"{party.text} looked up {domain}, for the first time here",
                value=1,
                threshold=1,
                source=party.text,
                destination=domain,
                protocol="DNS",
                actor=party.entity,
                victim=domain,
                evidence=(("name", event.name),),
                packets=(event.moment.number,),
            )

    @property
    def held(self) -> int:
        """Domains that are remembered."""
        return len(self._known)

    @property
    def evicted(self) -> int:
        """Domains that left."""
        return self._left
