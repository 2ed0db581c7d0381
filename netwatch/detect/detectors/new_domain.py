"""new.domain: a domain that nobody here asked for before."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.dns_roles import NO_ERROR, DnsRoles
from netwatch.detect.finding import Finding
from netwatch.detect.learning import LearningDetector, LearningThresholds
from netwatch.detect.names.prepare import prepared
from netwatch.detect.names.suffixes import public_suffixes
from netwatch.detect.rule import Rule, Severity
from netwatch.track.dns_event import DnsEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.beginning import Beginning
    from netwatch.detect.config import Config
    from netwatch.detect.observation import Observation

READ_AT_ONCE: Final = 2000
"""Names of earlier runs whose domains are found out with one slice of time that has names."""


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
        what="Somebody looked up a domain that nobody here had looked up before, after a day of learning, or in an "
        "earlier run where name_history is set. By itself it means nothing; beside another alert it may mean much.",
        benign="People visit new sites every day.",
        tune="Set enabled to false where the list is not wanted.",
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = (DnsEvent,)

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._roles = DnsRoles()
        self._suffixes = public_suffixes()
        self._unread: Iterator[str] = iter(())
        """Names of earlier runs of which the domains are not known yet."""
        self._reading = False

    def begin(self, beginning: Beginning) -> None:
        """Take over the names of earlier runs."""
        self._unread, self._reading = iter(beginning.known_names), bool(beginning.known_names)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each response that says that a name exists."""
        if self._reading:
            self._read(seen.surroundings.began_ns)
        for event in self._roles.messages(seen):
            if not event.is_response or event.rcode != NO_ERROR:
                continue
            domain = self._suffixes.registered(prepared(event.name))
            if not domain or not self.is_news(domain, event.moment.time_ns, seen) or self._reading:
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

    def _read(self, began_ns: int) -> None:
        """Learn some of the domains of earlier runs: all at once would take half a second."""
        names = list(islice(self._unread, READ_AT_ONCE))
        self._reading = len(names) == READ_AT_ONCE
        for name in names:
            if domain := self._suffixes.registered(prepared(name)):
                self.learn(domain, began_ns)
