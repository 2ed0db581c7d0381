"""dns.qtype: queries of types that nothing but tunnels asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config, threshold
from netwatch.detect.dns_detector import DnsDetector
from netwatch.detect.dns_roles import query_type
from netwatch.detect.dns_tunnel_names import ODD_TYPES, is_service_name
from netwatch.detect.finding import MOST_SAMPLES, Finding
from netwatch.detect.names.prepare import prepared
from netwatch.detect.names.suffixes import public_suffixes
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """AnomalousDNS lists types 10 and 65399."""

    queries: int = threshold(5)
    """Queries within `window_s`."""
    window_s: int = 300
    max_keys: int = 5000


class DnsQtype(DnsDetector[Thresholds, Distinct]):
    """Counts queries by client and registrable domain."""

    rule: ClassVar[Rule] = Rule(
        "dns.qtype",
        163,
        "Query type of a tunnel",
        Severity.HIGH,
        what="One client asked for records of type NULL or of the private type 65399. No service has such records; "
        "tunnels use them because they hold any bytes.",
        benign="Tests of resolvers and research scanners.",
        tune="Add the client to ignore_src, or the domain to ignore_dst.",
        mitre=("T1071.004",),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = Distinct

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._suffixes = public_suffixes()

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each message; a query and its response count once."""
        for event in self.roles.messages(seen):
            kind = query_type(event.message)
            if kind not in ODD_TYPES or is_service_name(event.name):
                continue
            domain = self._suffixes.delegated(prepared(event.name)) or event.name
            party = seen.surroundings.party(*event.client)
            window = self.keys.at((party.entity, domain))
            window.expire(event.moment.time_ns - self.config.window_s * SECOND)
            window.add((event.identifier, event.client_port, event.name), event.moment.time_ns)
            if len(window) < self.config.queries:
                continue
            yield Finding(
                key=(party.entity, domain),
                moment=event.moment,
                summary=f"{party.text} asked {len(window)} times for type {kind} below {domain}",
                value=len(window),
                threshold=self.config.queries,
                window_s=self.config.window_s,
                source=party.text,
                destination=domain,
                protocol="DNS",
                actor=party.entity,
                victim=domain,
                confidence=90,
                evidence=(("type", "NULL" if kind == min(ODD_TYPES) else str(kind)),),
                samples=tuple(str(item[2]) for item in window if isinstance(item, tuple))[-MOST_SAMPLES:],
                packets=(event.moment.number,),
            )
