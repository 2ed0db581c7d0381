"""ra.rogue: router advertisements from a machine that was no router before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.addresses import address_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.surroundings import mac_text
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND
from netwatch.track.host_scope import UNIQUE_LOCAL_IPV6
from netwatch.track.neighbour_claims import ADVERTISE_ROUTER, HOP_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.link_events import NeighbourEvent
    from netwatch.detect.observation import Observation

MOST_ROUTERS: Final = 64
"""Routers of one VLAN that are known."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """RFC 6104 names the cases; Windows connection sharing is the usual one."""

    learn_s: int = 60
    """Routers that advertise within so long after the first are taken for the network's own."""
    prefixes: int = threshold(20)
    """Different prefixes within `prefixes_s` are a flood."""
    prefixes_s: int = 60
    suppress_s: int = 21_600
    max_keys: int = 256


@dataclass(slots=True)
class _Vlan:
    first_ns: int = 0
    known: dict[tuple[tuple[int, int], int], None] = field(default_factory=dict)
    prefixes: set[tuple[int, int]] = field(default_factory=set)
    resolvers: set[bytes] = field(default_factory=set)
    advertised: Distinct = field(default_factory=Distinct)
    recent: Recent = field(default_factory=Recent)


class RaRogue(KeyedDetector[Thresholds, _Vlan]):
    """Learns the routers of each VLAN, then tells of others."""

    rule: ClassVar[Rule] = Rule(
        "ra.rogue",
        147,
        "Rogue router advertisement",
        Severity.MEDIUM,
        what="A machine that was no router before advertises itself as one: hosts send their IPv6 traffic through it, "
        "above all when it brings a prefix or a resolver of its own, or takes another router's lifetime away.",
        benign="A new router, a second one that took over, Windows with connection sharing, a Thread border router.",
        tune="Raise learn_s, or add the router's address to ignore_src.",
        mitre=("T1557",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("neighbours",)
    entry: ClassVar[type] = _Vlan

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Compare advertisements with what is known."""
        for event in seen.neighbours:
            if event.type != ADVERTISE_ROUTER or event.hop_limit != HOP_LIMIT:
                continue
            vlan = self.keys.at(event.vlan)
            vlan.first_ns = vlan.first_ns or event.moment.time_ns
            vlan.recent.add(event.moment, _text(event))
            vlan.advertised.expire(event.moment.time_ns - self.config.prefixes_s * SECOND)
            for prefix in event.prefixes:
                vlan.advertised.add(prefix, event.moment.time_ns)
            yield from self._judge(vlan, event)

    def _judge(self, vlan: _Vlan, event: NeighbourEvent) -> Iterator[Finding]:
        if len(vlan.advertised) >= self.config.prefixes:
            yield self._finding(vlan, event, f"{len(vlan.advertised):,} prefixes within a minute", Severity.HIGH)
            return
        learning = event.moment.time_ns - vlan.first_ns <= self.config.learn_s * SECOND
        router = event.source, event.frame_source
        if learning and (not vlan.known or event.lifetime > 0):
            if len(vlan.known) < MOST_ROUTERS:
                vlan.known[router] = None
            vlan.prefixes.update(event.prefixes)
            vlan.resolvers.update(event.resolvers)
            return
        if router in vlan.known:
            return
        reasons = []
        if set(event.prefixes) - vlan.prefixes:
            reasons.append("a prefix of its own")
        if set(event.resolvers) - vlan.resolvers:
            reasons.append("a resolver of its own")
        if event.lifetime == 0 and any(source == event.source for source, _ in vlan.known):
            reasons.append("the lifetime of a known router taken away")
        private = all(prefix >> 57 == UNIQUE_LOCAL_IPV6[0] >> 57 for prefix, _ in event.prefixes)
        if event.lifetime == 0 and private and len(reasons) < 2:
            severity = Severity.INFO
        else:
            severity = Severity.HIGH if reasons else Severity.MEDIUM
        yield self._finding(vlan, event, " and ".join(reasons) or "nothing new", severity)

    def _finding(self, vlan: _Vlan, event: NeighbourEvent, what: str, severity: Severity) -> Finding:
        source, mac = address_text(*event.source), mac_text(event.frame_source)
        return Finding(
            key=(event.vlan, event.source, event.frame_source),
            moment=event.moment,
            summary=f"{source} ({mac}) advertises itself as a router, with {what}",
            value=1,
            threshold=1,
            source=source,
            protocol="ICMPv6",
            actor=mac,
            severity=severity,
            first_ns=event.moment.time_ns,
            evidence=(
                ("router", f"{source}, {mac}"),
                ("brings", what),
                ("known routers", ", ".join(address_text(*known) for known, _ in vlan.known) or "none"),
            ),
            samples=vlan.recent.samples,
            packets=(event.moment.number,),
        )


def _text(event: NeighbourEvent) -> str:
    prefixes = ", ".join(f"{address_text(high, 0)}/{length}" for high, length in event.prefixes)
    return f"{address_text(*event.source)}: lifetime {event.lifetime} s, prefixes {prefixes or 'none'}"
