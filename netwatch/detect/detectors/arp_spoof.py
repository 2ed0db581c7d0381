"""arp.spoof: a machine takes the address of another one over, and there is proof that it is no successor."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.addresses import address_text
from netwatch.detect.arp_texts import claimed_text, place_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.surroundings import is_virtual, mac_text
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.bindings import Claimed
    from netwatch.detect.observation import Observation

ALIVE: Final = "the machine that had it is still there"
OTHERS: Final = "it uses another address as well"
INSISTS: Final = "it answers again and again without being asked"
ANNOUNCES: Final = "it tells everybody again and again"
MANY: Final = "it claims several addresses"
ASKS: Final = "it asks who has the address that it says is its own"
GATEWAY: Final = "the address is that of a router or resolver"


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 5.3; arpspoof and ettercap repeat their replies every one to ten seconds."""

    alive_s: int = 60
    """The machine before speaks for the address again within so long."""
    unsolicited: int = threshold(5)
    """Replies that nobody asked for within `unsolicited_s`."""
    unsolicited_s: int = 30
    announces_s: int = 60
    """Announcements for so long; whoever takes an address over says so a few times only (RFC 5227 section 2.3)."""
    announces_every_s: int = 3
    """The longest time between two of them."""
    claims: int = 3
    """Addresses that one machine claims within `alive_s`."""
    suppress_s: int = 3600
    max_keys: int = 16_000


@dataclass(slots=True)
class _Address:
    old: int = 0
    new: int = 0
    moved_ns: int = 0
    guessed: bool = False
    """The old machine was never seen to claim the address, only to send from it."""
    claims: int = 0
    """Of the new machine, since it took the address."""
    unsolicited: deque[int] = field(default_factory=deque)
    announces_since: int = 0
    announced_ns: int = 0
    proofs: dict[str, None] = field(default_factory=dict)
    recent: Recent = field(default_factory=Recent)


class ArpSpoof(KeyedDetector[Thresholds, _Address]):
    """Follows addresses whose owner changes, by VLAN and address."""

    rule: ClassVar[Rule] = Rule(
        "arp.spoof",
        140,
        "ARP spoofing",
        Severity.HIGH,
        what="An IP address moved to another MAC address, and the new one is no successor: the old machine is still "
        "there, or the new one uses other addresses too, insists without being asked, or claims several addresses. "
        "Somebody puts himself between two machines. Poisoning by unicast is only seen by the two ends, or on a mirror "
        "port.",
        benign="A failover pair without a virtual MAC address, a sleep proxy, two machines with the same address by "
        "mistake.",
        tune="Add the MAC addresses of a failover pair to ignore_src, or its address to ignore_dst.",
        mitre=("T1557.002",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("claims",)
    entry: ClassVar[type] = _Address

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Compare every claim with the ones before."""
        for claimed in seen.claims:
            if claimed.asks_own:
                yield self._asks_own(claimed, seen)
            key = claimed.event.vlan, claimed.event.sender
            address = self.keys.get(key)
            moved = claimed.before not in (0, claimed.event.sender_mac) and not claimed.explained
            if address is None and not moved and claimed.asked:
                continue
            address = self.keys.at(key)
            if moved:
                self._move(address, claimed)
            self._prove(address, claimed, seen)
            # A machine that was only seen to send from the address may have passed it on
            proven = address.proofs.keys() - ({GATEWAY} if address.guessed else set())
            if proven and address.old:
                yield self._finding(address, claimed, seen)

    def _asks_own(self, claimed: Claimed, seen: Observation) -> Finding:
        event = claimed.event
        address = self.keys.at((event.vlan, event.target))
        if address.new != event.sender_mac:
            address.old, address.new = address.new or -1, event.sender_mac
        address.old = address.old or -1
        address.proofs[ASKS] = None
        address.recent.add(event.moment, f"{mac_text(event.sender_mac)} asks who has {address_text(*event.target)}")
        turned = claimed._replace(event=event._replace(sender=event.target))
        return self._finding(address, turned, seen)

    def _move(self, address: _Address, claimed: Claimed) -> None:
        event, now_ns = claimed.event, claimed.event.moment.time_ns
        back = event.sender_mac == address.old and claimed.before == address.new
        if back and now_ns - address.moved_ns <= self.config.alive_s * SECOND:
            address.proofs[ALIVE] = None
        elif not back:
            address.old, address.new = claimed.before, event.sender_mac
            address.claims, address.guessed = 0, claimed.silent_ns < 0
            address.announced_ns = 0
            address.proofs.clear()
        if event.sender_mac == address.new:
            address.moved_ns = now_ns

    def _prove(self, address: _Address, claimed: Claimed, seen: Observation) -> None:
        event, config = claimed.event, self.config
        now_ns, mac = event.moment.time_ns, event.sender_mac
        address.recent.add(event.moment, claimed_text(claimed))
        if address.old and mac != address.new:
            return
        address.claims += 1
        if not claimed.asked:
            address.unsolicited.append(now_ns)
        while address.unsolicited and address.unsolicited[0] < now_ns - config.unsolicited_s * SECOND:
            address.unsolicited.popleft()
        insists = len(address.unsolicited) >= config.unsolicited
        owned = seen.bindings.owned_since(mac, now_ns - config.alive_s * SECOND)
        if not address.old and insists and owned > 1 and not is_virtual(mac) and not seen.surroundings.is_router(mac):
            # Nobody else was seen with the address, but who answers so for an address has another one
            address.new, address.proofs[OTHERS] = mac, None
            address.old = -1
        if not address.old:
            return
        if insists:
            address.proofs[INSISTS] = None
        if event.gratuitous and self._announces(address, now_ns):
            address.proofs[ANNOUNCES] = None
        if owned > 1 and (not claimed.asked or address.claims >= config.claims):
            address.proofs[OTHERS] = None
        if owned >= config.claims:
            address.proofs[MANY] = None
        if seen.surroundings.is_gateway(*event.sender):
            address.proofs[GATEWAY] = None

    def _announces(self, address: _Address, now_ns: int) -> bool:
        """Take an announcement, and return True when they have not ended for long."""
        if now_ns - address.announced_ns > self.config.announces_every_s * SECOND:
            address.announces_since = now_ns
        address.announced_ns = now_ns
        return now_ns - address.announces_since >= self.config.announces_s * SECOND

    def _finding(self, address: _Address, claimed: Claimed, seen: Observation) -> Finding:
        event = claimed.event
        ip = address_text(*event.sender)
        new, old = mac_text(address.new), mac_text(address.old) if address.old > 0 else "nobody that was seen"
        gateway = seen.surroundings.is_gateway(*event.sender)
        proofs = [proof for proof in address.proofs if proof != GATEWAY]
        severity = Severity.CRITICAL if gateway and proofs else Severity.HIGH
        return Finding(
            key=(event.vlan, event.sender),
            moment=event.moment,
            summary=f"{new} took {ip} over from {old}: {'; '.join(address.proofs)}",
            value=len(address.proofs),
            threshold=1,
            window_s=self.config.alive_s,
            source=new,
            destination=ip,
            protocol="ARP",
            actor=new,
            victim=place_text(event.vlan, ip),
            severity=severity,
            confidence=min(60 + 15 * len(address.proofs), 95),
            first_ns=address.recent.first_ns,
            evidence=(
                ("address", ip),
                ("before", old),
                ("now", new),
                ("proof", "; ".join(address.proofs)),
                ("unasked replies", f"{len(address.unsolicited):,} in {self.config.unsolicited_s} s"),
            ),
            samples=address.recent.samples,
            packets=address.recent.packets,
        )
