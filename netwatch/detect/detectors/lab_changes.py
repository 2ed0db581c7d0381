"""lab.arp, lab.half_open: the plain rules of a classroom for ARP and for handshakes that nobody completes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from netwatch.decode.addresses import address_text
from netwatch.detect.arp_texts import claimed_text
from netwatch.detect.config import Config, Profile
from netwatch.detect.detector import Detector
from netwatch.detect.finding import Finding
from netwatch.detect.link_events import REPLY_ARP
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.surroundings import mac_text
from netwatch.detect.tcp_events import Ending
from netwatch.detect.window import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

MOST_WAITING: Final = 10_000
"""Attempts without an answer that wait to be overdue."""


class LabArp(Detector[Config]):
    """Tells of every change."""

    rule: ClassVar[Rule] = Rule(
        "lab.arp",
        243,
        "IP address with another MAC address",
        Severity.HIGH,
        what="An ARP reply gives an IP address another MAC address than the one before.",
        benign="DHCP, virtual routers and failover pairs do that, which is why the balanced profile asks for proof.",
        tune="Use the balanced profile.",
        mitre=("T1557.002",),
    )
    profiles: ClassVar[frozenset[Profile]] = frozenset({Profile.LAB})
    defaults: ClassVar[Config] = Config()
    needs: ClassVar[tuple[str | type, ...]] = ("claims",)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Compare every reply with the claim before."""
        for claimed in seen.claims:
            event = claimed.event
            if event.operation != REPLY_ARP or claimed.before in (0, event.sender_mac):
                continue
            ip, old, new = address_text(*event.sender), mac_text(claimed.before), mac_text(event.sender_mac)
            yield Finding(
                key=(event.vlan, event.sender),
                moment=event.moment,
                summary=f"{ip} had {old}, an ARP reply says {new}",
                value=1,
                threshold=1,
                source=new,
                destination=ip,
                protocol="ARP",
                actor=new,
                victim=ip,
                confidence=40,
                evidence=(("before", old), ("now", new), ("explanation", claimed.explained or "none")),
                samples=(claimed_text(claimed),),
            )


@dataclass(frozen=True, slots=True)
class Overdue(Config):
    """The rule says: no complete handshake 10 s after the SYN."""

    overdue_s: int = 10


class LabHalfOpen(Detector[Overdue]):
    """Tells of every service."""

    rule: ClassVar[Rule] = Rule(
        "lab.half_open",
        244,
        "Handshake that nobody completes",
        Severity.MEDIUM,
        what="Ten seconds after a SYN nobody had answered it.",
        benign="Hosts that are off, filters and retries do that all day.",
        tune="Raise overdue_s, or use the balanced profile.",
        mitre=("T1499.001",),
    )
    profiles: ClassVar[frozenset[Profile]] = frozenset({Profile.LAB})
    defaults: ClassVar[Config] = Overdue()

    def __init__(self, config: Overdue) -> None:
        super().__init__(config)
        self._waiting: deque[tuple[int, int, str, str, int]] = deque(maxlen=MOST_WAITING)

    @property
    def held(self) -> int:
        """Attempts that wait to be overdue."""
        return len(self._waiting)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Take the attempts without an answer, and tell of those that are old enough."""
        endings = seen.endings
        if endings is not None:
            at = np.flatnonzero(endings.ending == Ending.SILENT)[:MOST_WAITING]
            columns = ("syn_ns", "syn_number", "src_high", "src_low", "dst_high", "dst_low", "dport")
            for row in zip(*(getattr(endings, name)[at].tolist() for name in columns), strict=True):
                syn_ns, number, high, low, to_high, to_low, port = row
                self._waiting.append((syn_ns, number, address_text(high, low), address_text(to_high, to_low), port))
        while self._waiting and self._waiting[0][0] + self.config.overdue_s * SECOND <= seen.now_ns:
            syn_ns, number, source, target, port = self._waiting.popleft()
            yield Finding(
                key=(source, target, port),
                moment=Moment(syn_ns + self.config.overdue_s * SECOND, number),
                summary=f"{source} got no answer from {target} port {port} in {self.config.overdue_s} s",
                value=1,
                threshold=1,
                source=source,
                destination=target,
                port=port,
                protocol="TCP",
                actor=source,
                victim=target,
                confidence=40,
                first_ns=syn_ns,
            )
