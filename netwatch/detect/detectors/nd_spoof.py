"""nd.spoof: the IPv6 twin of ARP spoofing, and answers to everybody who tests whether an address is free."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from netwatch.decode.addresses import address_text
from netwatch.detect.arp_texts import place_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.link_events import OVERRIDE
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.surroundings import is_virtual, mac_text
from netwatch.detect.window import Distinct, Keys
from netwatch.nanoseconds import SECOND
from netwatch.track.neighbour_claims import ADVERTISE_NEIGHBOUR, HOP_LIMIT, SOLICIT_NEIGHBOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.link_events import NeighbourEvent
    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """RFC 6583 and the tools of the THC (parasite6, dos-new-ip6) show what happens."""

    alive_s: int = 60
    """The machine before speaks for the address again within so long."""
    takeovers: int = threshold(2)
    """How often the address moves that way."""
    victims: int = threshold(2)
    """Machines whose addresses one MAC address takes over, all of them there less than `alive_s` before."""
    probes: int = threshold(5)
    """Answers of one machine to tests of different addresses within `probes_s`."""
    probes_s: int = 60
    max_keys: int = 16_000


@dataclass(slots=True)
class _Address:
    mac: int = 0
    seen: dict[int, int] = field(default_factory=dict)
    moves: int = 0
    recent: Recent = field(default_factory=Recent)


@dataclass(slots=True)
class _Answerer:
    targets: Distinct = field(default_factory=Distinct)
    recent: Recent = field(default_factory=Recent)


@dataclass(slots=True)
class _Taker:
    victims: Distinct = field(default_factory=Distinct)
    recent: Recent = field(default_factory=Recent)


class NdSpoof(KeyedDetector[Thresholds, _Address]):
    """Follows addresses by VLAN, and machines that answer tests."""

    rule: ClassVar[Rule] = Rule(
        "nd.spoof",
        146,
        "Neighbour discovery spoofing",
        Severity.HIGH,
        what="Neighbour advertisements with the override flag move an IPv6 address to another MAC address although the "
        "machine before is still there, or addresses of several machines to one; or one machine says of every address "
        "that is tested that it is taken.",
        benign="A failover pair without a virtual MAC address; a proxy for neighbour discovery.",
        tune="Raise takeovers or probes, or add the machine's MAC address to ignore_src.",
        mitre=("T1557",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("neighbours",)
    entry: ClassVar[type] = _Address

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._tested: Keys[Distinct] = Keys(256, Distinct)
        """Addresses that were tested in each VLAN."""
        self._answerers: Keys[_Answerer] = Keys(1024, _Answerer)
        self._takers: Keys[_Taker] = Keys(1024, _Taker)
        """By VLAN and MAC address, those that took an address over."""

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Follow solicitations and advertisements."""
        for event in seen.neighbours:
            if event.hop_limit != HOP_LIMIT:
                continue
            if event.type == SOLICIT_NEIGHBOUR and event.source == (0, 0):
                self._tested.at(event.vlan).add(event.target, event.moment.time_ns)
            elif event.type == ADVERTISE_NEIGHBOUR:
                yield from self._advertised(event)

    def _advertised(self, event: NeighbourEvent) -> Iterator[Finding]:
        now_ns, mac = event.moment.time_ns, event.link_address or event.frame_source
        tested = self._tested.get(event.vlan)
        if tested is not None:
            tested.expire(now_ns - SECOND)
            if event.target in tested:
                yield from self._answered(event, mac)
        address = self.keys.at((event.vlan, event.target))
        before = address.mac
        address.recent.add(event.moment, f"{mac_text(mac)} advertises {address_text(*event.target)}")
        if not event.flags & OVERRIDE and before:
            return
        back = mac in address.seen and now_ns - address.seen[mac] <= self.config.alive_s * SECOND
        if before and mac != before and not is_virtual(mac) and not is_virtual(before):
            address.moves += back
            if not back and now_ns - address.seen.get(before, 0) <= self.config.alive_s * SECOND:
                yield from self._taken(event, (before, mac))
            told = self._takes(event.vlan, mac) or self._takes(event.vlan, before)
            if address.moves >= self.config.takeovers and not told:
                yield self._takeover(event, address, (before, mac))
        address.mac = mac
        address.seen[mac] = now_ns
        if len(address.seen) > 8:
            del address.seen[next(iter(address.seen))]

    def _takes(self, vlan: int, mac: int) -> bool:
        """Return whether a MAC address has an alert of its own, which is that of each address that it took."""
        taker = self._takers.get((vlan, mac))
        return taker is not None and len(taker.victims) >= self.config.victims

    def _taken(self, event: NeighbourEvent, macs: tuple[int, int]) -> Iterator[Finding]:
        """Count the machines from which the second MAC address takes addresses."""
        old, new = macs
        taker = self._takers.at((event.vlan, new))
        ip, name = address_text(*event.target), mac_text(new)
        taker.recent.add(event.moment, f"{ip}, until then of {mac_text(old)}")
        taker.victims.expire(event.moment.time_ns - self.config.alive_s * SECOND)
        taker.victims.add(old, event.moment.time_ns)
        if not self._takes(event.vlan, new):
            return
        yield Finding(
            key=("taker", event.vlan, new),
            moment=event.moment,
            summary=f"{name} advertises addresses of {len(taker.victims):,} other machines, {ip} the last",
            value=len(taker.victims),
            threshold=self.config.victims,
            window_s=self.config.alive_s,
            source=name,
            destination=ip,
            protocol="ICMPv6",
            actor=name,
            victim=place_text(event.vlan, ip),
            first_ns=taker.recent.first_ns,
            evidence=(("machines", f"{len(taker.victims):,} in {self.config.alive_s} s"), ("last from", mac_text(old))),
            samples=taker.recent.samples,
            packets=taker.recent.packets,
        )

    def _takeover(self, event: NeighbourEvent, address: _Address, macs: tuple[int, int]) -> Finding:
        ip, old, new = address_text(*event.target), mac_text(macs[0]), mac_text(macs[1])
        return Finding(
            key=(event.vlan, event.target),
            moment=event.moment,
            summary=f"{ip} moves between {old} and {new}, both of which are there",
            value=address.moves,
            threshold=self.config.takeovers,
            window_s=self.config.alive_s,
            source=new,
            destination=ip,
            protocol="ICMPv6",
            actor=new,
            victim=place_text(event.vlan, ip),
            first_ns=address.recent.first_ns,
            evidence=(("address", ip), ("before", old), ("now", new), ("moves", f"{address.moves:,}")),
            samples=address.recent.samples,
            packets=address.recent.packets,
        )

    def _answered(self, event: NeighbourEvent, mac: int) -> Iterator[Finding]:
        answerer = self._answerers.at((event.vlan, mac))
        answerer.targets.expire(event.moment.time_ns - self.config.probes_s * SECOND)
        answerer.targets.add(event.target, event.moment.time_ns)
        answerer.recent.add(event.moment, address_text(*event.target))
        if len(answerer.targets) < self.config.probes:
            return
        name = mac_text(mac)
        yield Finding(
            key=("probes", event.vlan, mac),
            moment=event.moment,
            summary=f"{name} says of {len(answerer.targets):,} addresses that were tested that they are taken",
            value=len(answerer.targets),
            threshold=self.config.probes,
            window_s=self.config.probes_s,
            source=name,
            protocol="ICMPv6",
            actor=name,
            first_ns=answerer.recent.first_ns,
            evidence=(("addresses", f"{len(answerer.targets):,} in {self.config.probes_s} s"),),
            samples=answerer.recent.samples,
            packets=answerer.recent.packets,
        )
