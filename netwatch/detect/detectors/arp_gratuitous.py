"""arp.gratuitous: a machine says again and again, without being asked, that addresses are its own."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from netwatch.decode.addresses import address_text
from netwatch.detect.arp_texts import claimed_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.link_events import REPLY_ARP
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.surroundings import is_virtual, mac_text
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """RFC 5227 section 2.3: two announcements, two seconds apart."""

    packets: int = threshold(20)
    """More than so many gratuitous or unasked ones of one machine within `window_s`."""
    window_s: int = 10
    max_keys: int = 4000


@dataclass(slots=True)
class _Machine:
    times: deque[int] = field(default_factory=deque)
    recent: Recent = field(default_factory=Recent)
    addresses: dict[str, None] = field(default_factory=dict)


class ArpGratuitous(KeyedDetector[Thresholds, _Machine]):
    """Counts by VLAN and MAC address."""

    rule: ClassVar[Rule] = Rule(
        "arp.gratuitous",
        144,
        "Flood of gratuitous ARP",
        Severity.LOW,
        what="One machine sent many ARP packets that nobody asked for, within seconds. Announcements come twice; "
        "floods overwrite the tables of others.",
        benign="A switch-over of many addresses at once, such as of a virtualisation host or a load balancer.",
        tune="Raise packets.",
        mitre=("T1557.002",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("claims",)
    entry: ClassVar[type] = _Machine

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the packets of the slice."""
        for claimed in seen.claims:
            event = claimed.event
            unasked = event.gratuitous or (event.operation == REPLY_ARP and not claimed.asked)
            if not unasked or is_virtual(event.sender_mac):
                continue
            machine = self.keys.at((event.vlan, event.sender_mac))
            machine.times.append(event.moment.time_ns)
            while machine.times[0] < event.moment.time_ns - self.config.window_s * SECOND:
                machine.times.popleft()
            machine.recent.add(event.moment, claimed_text(claimed))
            if len(machine.addresses) < len(machine.recent.samples):
                machine.addresses[address_text(*event.sender)] = None
            if len(machine.times) > self.config.packets:
                name = mac_text(event.sender_mac)
                yield Finding(
                    key=(event.vlan, event.sender_mac),
                    moment=event.moment,
                    summary=f"{name} sent {len(machine.times):,} ARP packets in {self.config.window_s} s that nobody "
                    "asked for",
                    value=len(machine.times),
                    threshold=self.config.packets,
                    window_s=self.config.window_s,
                    source=name,
                    protocol="ARP",
                    actor=name,
                    first_ns=machine.recent.first_ns,
                    evidence=(("addresses", ", ".join(machine.addresses)),),
                    samples=machine.recent.samples,
                    packets=machine.recent.packets,
                )
