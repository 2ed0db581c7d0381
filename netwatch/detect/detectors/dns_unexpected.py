"""dns.unexpected: a client asks a resolver that nobody else here uses."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.addresses import address_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.dns_detector import DnsDetector
from netwatch.detect.finding import Finding
from netwatch.detect.rule import Rule, Severity
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

MOST_RESOLVERS: Final = 256


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md section 3."""

    queries: int = threshold(10)
    """Queries to such a resolver, since the start."""
    learn_s: int = 600
    """Resolvers that were asked in the first seconds of a capture are usual."""
    allowed: tuple[str, ...] = ()
    """Addresses of resolvers that are usual."""
    max_keys: int = 5000


class _Count:
    __slots__ = ("queries",)

    def __init__(self) -> None:
        self.queries = 0


class DnsUnexpected(DnsDetector[Thresholds, _Count]):
    """Counts queries by client and resolver."""

    rule: ClassVar[Rule] = Rule(
        "dns.unexpected",
        165,
        "Unusual resolver",
        Severity.INFO,
        what="A local client asks a resolver that neither DHCP told of, nor anybody asked when the capture began. "
        "Whoever runs it sees every name, and may answer whatever it likes.",
        benign="Somebody chose a public resolver; a resolver of your own that asks for others.",
        tune="Add the resolver to allowed.",
        mitre=("T1071.004",),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = _Count

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._usual: OrderedDict[tuple[int, int], None] = OrderedDict()

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each query."""
        learned_ns = seen.surroundings.began_ns + self.config.learn_s * SECOND
        for event in self.roles.messages(seen):
            server = event.server
            if event.is_response or server in self._usual or seen.surroundings.is_gateway(*server):
                continue
            text = address_text(*server)
            if event.moment.time_ns < learned_ns or text in self.config.allowed:
                if len(self._usual) < MOST_RESOLVERS:
                    self._usual[server] = None
                continue
            party = seen.surroundings.party(*event.client)
            # Resolvers ask servers everywhere
            if not party.local or self.roles.factor(event.client, seen) > 1:
                continue
            count = self.keys.at((party.entity, server))
            count.queries += 1
            if count.queries >= self.config.queries:
                yield Finding(
                    key=(party.entity, text),
                    moment=event.moment,
                    summary=f"{party.text} asked {text}, which nobody used before, {count.queries} times",
                    value=count.queries,
                    threshold=self.config.queries,
                    source=party.text,
                    destination=text,
                    port=event.server_port,
                    protocol="DNS",
                    actor=party.entity,
                    victim=text,
                    evidence=(("resolver", text), ("queries", str(count.queries)), ("newest name", event.name)),
                    packets=(event.moment.number,),
                )
