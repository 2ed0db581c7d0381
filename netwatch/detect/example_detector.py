"""An example of a detector of your own: `~/.config/netwatch/detectors/NAME.py` is loaded like this one could be.

It tells of each client that looks up names below a domain which you name in config.toml:

    [detect."my.domain"]
    domains = ["example.com"]

A detector gets an Observation for each slice of packet time: events of trackers by class (`seen.of(DnsEvent)`,
HttpRequest, HttpTransaction, Login, TlsHello, ...), connections that failed or worked, ARP, ICMP and more. It returns
findings; the engine makes alerts of them: one for each key, told again when the value doubles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND
from netwatch.track.dns_event import DnsEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """What may be set in config.toml; `threshold` marks what the quiet profile doubles."""

    domains: tuple[str, ...] = ()
    names: int = threshold(3)
    """Different names below the domains within `window_s`."""
    window_s: int = 600


class MyDomain(KeyedDetector[Thresholds, Distinct]):
    """Counts names by client; when there are too many clients, the one that was idle for longest is forgotten."""

    rule: ClassVar[Rule] = Rule(
        "my.domain",
        900,
        "Look-ups below a domain of mine",
        Severity.LOW,
        what="One client looked up several names below a domain that you listed.",
        benign="Somebody is meant to.",
        tune="Raise names, or take the domain off the list.",
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = (DnsEvent,)
    entry: ClassVar[type] = Distinct

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._suffixes = tuple(f".{domain.lower().strip('.')}" for domain in config.domains)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each query; packet time only, never the clock."""
        for event in seen.of(DnsEvent):
            if event.is_response or not self._suffixes or not f".{event.name}".endswith(self._suffixes):
                continue
            client = seen.surroundings.party(*event.client)
            names = self.keys.at(client.entity)
            names.expire(event.moment.time_ns - self.config.window_s * SECOND)
            names.add(event.name, event.moment.time_ns)
            if len(names) >= self.config.names:
                yield Finding(
                    key=(client.entity,),
                    moment=event.moment,
                    summary=f"{client.text} looked up {len(names)} names of mine",
                    value=len(names),
                    threshold=self.config.names,
                    window_s=self.config.window_s,
                    source=client.text,
                    protocol="DNS",
                    actor=client.entity,
                    samples=tuple(str(name) for name in names),
                    packets=(event.moment.number,),
                )
