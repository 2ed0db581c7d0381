"""arp.mismatch: the MAC address inside ARP packets is not the one that sends them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.arp_texts import claimed_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.surroundings import is_virtual, mac_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Systems write the address of the interface into both places (RFC 826)."""

    packets: int = threshold(3)
    max_keys: int = 4000


class _Machine(Recent):
    """Packets of one machine."""

    count = 0


class ArpMismatch(KeyedDetector[Thresholds, _Machine]):
    """Counts by VLAN and the MAC address that sends."""

    rule: ClassVar[Rule] = Rule(
        "arp.mismatch",
        145,
        "ARP for somebody else's MAC address",
        Severity.LOW,
        what="The sender's MAC address inside several ARP packets is another one than that of the frame: the packets "
        "are made by hand, or by a machine that speaks for another.",
        benign="Wi-Fi repeaters, bridges of virtual machines, virtual routers and load balancers.",
        tune="Raise packets, or add the machine's MAC address to ignore_src.",
        mitre=("T1557.002",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("claims",)
    entry: ClassVar[type] = _Machine

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Compare both addresses of every claim."""
        for claimed in seen.claims:
            event = claimed.event
            frame, inside = event.frame_source, event.sender_mac
            if frame in (0, inside) or is_virtual(frame) or is_virtual(inside) or seen.surroundings.is_router(frame):
                continue
            machine = self.keys.at((event.vlan, frame))
            machine.count += 1
            machine.add(event.moment, claimed_text(claimed))
            if machine.count >= self.config.packets:
                yield Finding(
                    key=(event.vlan, frame),
                    moment=event.moment,
                    summary=f"{mac_text(frame)} sent {machine.count:,} ARP packets as {mac_text(inside)}",
                    value=machine.count,
                    threshold=self.config.packets,
                    source=mac_text(frame),
                    protocol="ARP",
                    actor=mac_text(frame),
                    first_ns=machine.first_ns,
                    evidence=(("frame", mac_text(frame)), ("inside", mac_text(inside))),
                    samples=machine.samples,
                    packets=machine.packets,
                )
