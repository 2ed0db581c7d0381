"""sweep.arp: one machine asks for many addresses that nobody has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from netwatch.decode.addresses import address_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.link_events import REPLY_ARP, REQUEST
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.surroundings import mac_text
from netwatch.detect.window import Distinct, held
from netwatch.nanoseconds import SECOND
from netwatch.track.neighbour_claims import ADVERTISE_NEIGHBOUR, SOLICIT_NEIGHBOUR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.track.stream_reader import Moment


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Slips tells of 5 in 30 s, which a machine that looks for its printer reaches."""

    targets: int = threshold(30)
    """Different addresses without an owner that were asked for within `window_s`."""
    window_s: int = 30
    gateway: bool = False
    """Tell of routers too: those ask for whatever anybody outside looks for."""
    max_keys: int = 4000


@dataclass(slots=True)
class _Asker:
    asked: Distinct = field(default_factory=Distinct)
    recent: Recent = field(default_factory=Recent)
    address: tuple[int, int] = (0, 0)


class SweepArp(KeyedDetector[Thresholds, _Asker]):
    """Counts addresses by VLAN and MAC address; whoever answers is taken off the list."""

    rule: ClassVar[Rule] = Rule(
        "sweep.arp",
        109,
        "ARP or neighbour sweep",
        Severity.LOW,
        what="One machine asked with ARP, or with neighbour solicitations, for many addresses that nobody has: it "
        "tries who is on the link.",
        benign="An inventory, a printer driver or a telephone app that looks for devices; a router that somebody "
        "outside scans through.",
        tune="Raise targets, or add the machine's MAC address to ignore_src.",
        mitre=("T1018",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("arp", "neighbours")
    entry: ClassVar[type] = _Asker

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count what is asked for, then judge every machine that asked."""
        if not (seen.arp or seen.neighbours):
            return
        touched: dict[tuple[int, int], Moment] = {}
        for moment, vlan, mac, sender, target in _questions(seen):
            if not self.config.gateway and _is_router(seen, mac, sender):
                continue
            asker = self.keys.at((vlan, mac))
            if asker.asked.add(target, moment.time_ns):
                asker.recent.add(moment, address_text(*target))
            asker.address = sender if sender[1] else asker.address
            touched[vlan, mac] = moment
        answered = _answered(seen)
        for key, moment in touched.items():
            asker = self.keys.at(key)
            asker.asked.expire(moment.time_ns - self.config.window_s * SECOND)
            for target in answered:
                asker.asked.remove(target)
            if len(asker.asked) >= self.config.targets:
                yield self._finding(key, asker, moment)

    def _finding(self, key: tuple[int, int], asker: _Asker, moment: Moment) -> Finding:
        vlan, mac = key
        total, silent = asker.asked.total, held(len(asker.asked))
        source = address_text(*asker.address) or mac_text(mac)
        return Finding(
            key=(vlan, mac),
            moment=moment,
            summary=f"{source} ({mac_text(mac)}) asked for {total:,} addresses, {silent} without an owner",
            value=total,
            threshold=self.config.targets,
            window_s=self.config.window_s,
            source=source,
            protocol="ARP",
            actor=mac_text(mac),
            first_ns=asker.recent.first_ns,
            evidence=(
                ("unanswered", f"{silent} in {self.config.window_s} s, {total:,} asked in all"),
                ("MAC address", mac_text(mac)),
            ),
            samples=asker.recent.samples,
            packets=asker.recent.packets,
        )


def _is_router(seen: Observation, mac: int, sender: tuple[int, int]) -> bool:
    around = seen.surroundings
    return around.is_router(mac) or around.is_gateway(*sender) or seen.forwarders.sends_on(mac, sender)


def _questions(seen: Observation) -> Iterator[tuple[Moment, int, int, tuple[int, int], tuple[int, int]]]:
    """Yield moment, VLAN, MAC address, address and target of whoever asks."""
    for event in seen.arp:
        if event.operation == REQUEST and not event.gratuitous and not event.probe:
            yield event.moment, event.vlan, event.sender_mac, event.sender, event.target
    for neighbour in seen.neighbours:
        # Solicitations from the unspecified address only test whether one's own is free (RFC 4862 section 5.4)
        if neighbour.type == SOLICIT_NEIGHBOUR and neighbour.source != (0, 0):
            yield neighbour.moment, neighbour.vlan, neighbour.frame_source, neighbour.source, neighbour.target


def _answered(seen: Observation) -> list[tuple[int, int]]:
    answered = [event.sender for event in seen.arp if event.operation == REPLY_ARP]
    return answered + [event.target for event in seen.neighbours if event.type == ADVERTISE_NEIGHBOUR]
