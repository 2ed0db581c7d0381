"""new.domain: a domain that nobody here asked for before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.dns_roles import NO_ERROR, DnsRoles
from netwatch.detect.finding import Finding
from netwatch.detect.learning import LearningDetector, LearningThresholds
from netwatch.detect.names.prepare import prepared
from netwatch.detect.names.suffixes import public_suffixes
from netwatch.detect.rule import Rule, Severity
from netwatch.track.dns_event import DnsEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.config import Config
    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(LearningThresholds):
    """People visit more domains than they have machines."""

    max_keys: int = 100_000


class NewDomain(LearningDetector[Thresholds]):
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
    needs: ClassVar[tuple[str | type, ...]] = (DnsEvent,)

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._roles = DnsRoles()
        self._suffixes = public_suffixes()

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each response that says that a name exists."""
        for event in self._roles.messages(seen):
            if not event.is_response or event.rcode != NO_ERROR:
                continue
            domain = self._suffixes.registered(prepared(event.name))
            if not domain or not self.is_news(domain, event.moment.time_ns, seen):
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
    def skipped(self) -> int:
        """Messages that were left out because too many came at once."""
        return self._roles.skipped
