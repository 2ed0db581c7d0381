"""dhcp.starve: somebody asks for addresses in the name of many machines until none is left."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.link_events import DISCOVER
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.surroundings import mac_text
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """The numbers of Elastic's rule."""

    discovers: int = threshold(75)
    clients: int = threshold(50)
    """DISCOVERs, and different client MAC addresses in them, within `window_s`."""
    window_s: int = 60
    max_keys: int = 64


@dataclass(slots=True)
class _Vlan:
    times: deque[int] = field(default_factory=lambda: deque(maxlen=10_000))
    clients: Distinct = field(default_factory=Distinct)
    recent: Recent = field(default_factory=Recent)


class DhcpStarve(KeyedDetector[Thresholds, _Vlan]):
    """Counts by VLAN."""

    rule: ClassVar[Rule] = Rule(
        "dhcp.starve",
        149,
        "DHCP starvation",
        Severity.MEDIUM,
        what="Within a minute very many machines that were not there before asked for an address: one that pretends to "
        "be many, until the server has none left.",
        benign="A power failure after which everything starts at once.",
        tune="Raise discovers and clients to more than the machines of your network.",
        mitre=("T1498.001",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("dhcp",)
    entry: ClassVar[type] = _Vlan

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the questions of the slice."""
        config = self.config
        for event in seen.dhcp:
            if event.reply or event.type != DISCOVER:
                continue
            vlan, now_ns = self.keys.at(event.vlan), event.moment.time_ns
            vlan.times.append(now_ns)
            while vlan.times[0] < now_ns - config.window_s * SECOND:
                vlan.times.popleft()
            vlan.clients.expire(now_ns - config.window_s * SECOND)
            vlan.clients.add(event.client_mac, now_ns)
            vlan.recent.add(event.moment, mac_text(event.client_mac))
            if len(vlan.times) >= config.discovers and len(vlan.clients) >= config.clients:
                yield Finding(
                    key=(event.vlan,),
                    moment=event.moment,
                    summary=f"{len(vlan.times):,} DHCP DISCOVERs of {len(vlan.clients):,} MAC addresses in "
                    f"{config.window_s} s",
                    value=len(vlan.times),
                    threshold=config.discovers,
                    window_s=config.window_s,
                    protocol="UDP",
                    port=67,
                    first_ns=vlan.recent.first_ns,
                    evidence=(("MAC addresses", f"{len(vlan.clients):,}"),),
                    samples=vlan.recent.samples,
                    packets=vlan.recent.packets,
                )
