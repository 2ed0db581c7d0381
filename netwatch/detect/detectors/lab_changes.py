"""lab.arp, lab.half_open: the plain rules of a classroom for ARP and for handshakes that nobody completes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

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
from netwatch.nanoseconds import SECOND
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


class _Overdue(NamedTuple):
    syn_ns: int
    number: int
    source: str
    target: str
    port: int


class LabHalfOpen(Detector[Overdue]):
    """Tells of every service."""

    rule: ClassVar[Rule] = Rule(
        "lab.half_open",
        244,
        "Handshake that nobody completes",
        Severity.MEDIUM,
        what="Ten seconds after a SYN nobody had answered it, or the answer had not been acknowledged.",
        benign="Hosts that are off, filters and retries do that all day.",
        tune="Raise overdue_s, or use the balanced profile.",
        mitre=("T1499.001",),
    )
    profiles: ClassVar[frozenset[Profile]] = frozenset({Profile.LAB})
    defaults: ClassVar[Config] = Overdue()

    def __init__(self, config: Overdue) -> None:
        super().__init__(config)
        self._waiting: deque[_Overdue] = deque(maxlen=MOST_WAITING)
        self._half_open: deque[_Overdue] = deque(maxlen=MOST_WAITING)

    @property
    def held(self) -> int:
        """Attempts that wait to be overdue."""
        return len(self._waiting) + len(self._half_open)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Take the attempts without an answer, and tell of those that are old enough."""
        endings = seen.endings
        if endings is not None:
            at = np.flatnonzero(endings.ending == Ending.SILENT)[:MOST_WAITING]
            columns = ("syn_ns", "syn_number", "src_high", "src_low", "dst_high", "dst_low", "dport")
            for row in zip(*(getattr(endings, name)[at].tolist() for name in columns), strict=True):
                syn_ns, number, high, low, to_high, to_low, port = row
                ends = address_text(high, low), address_text(to_high, to_low)
                self._waiting.append(_Overdue(syn_ns, number, *ends, port))
        for one in seen.half_open:
            ends = one.source.text, one.target.text
            self._half_open.append(_Overdue(one.began_ns, one.moment.number, *ends, one.port))
        yield from self._due(self._waiting, seen.now_ns, "got no answer from")
        yield from self._due(self._half_open, seen.now_ns, "did not complete a handshake with")

    def _due(self, waiting: deque[_Overdue], now_ns: int, what: str) -> Iterator[Finding]:
        overdue_s = self.config.overdue_s
        while waiting and waiting[0].syn_ns + overdue_s * SECOND <= now_ns:
            one = waiting.popleft()
            yield Finding(
                key=(one.source, one.target, one.port),
                moment=Moment(one.syn_ns + overdue_s * SECOND, one.number),
                summary=f"{one.source} {what} {one.target} port {one.port} in {overdue_s} s",
                value=1,
                threshold=1,
                source=one.source,
                destination=one.target,
                port=one.port,
                protocol="TCP",
                actor=one.source,
                victim=one.target,
                confidence=40,
                first_ns=one.syn_ns,
            )
