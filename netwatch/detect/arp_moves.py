"""The base of detectors that tell of addresses which moved to another MAC address without an explanation."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from netwatch.decode.addresses import address_text
from netwatch.detect.arp_texts import place_text
from netwatch.detect.config import Config
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.surroundings import mac_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.bindings import Claimed
    from netwatch.detect.observation import Observation

C = TypeVar("C", bound=Config)
V = TypeVar("V")
BINDINGS: Final = 16_000
"""Addresses that each of them follows."""


class ArpMoves(KeyedDetector[C, V]):
    """Looks at the moves only."""

    needs: ClassVar[tuple[str | type, ...]] = ("claims",)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Judge every move of the slice."""
        for claimed in seen.claims:
            # Whoever was only seen to send from an address may have passed it on
            seen_before = claimed.silent_ns >= 0 and claimed.before != claimed.event.sender_mac
            if seen_before and not claimed.explained:
                yield from self.judge(claimed)

    @abstractmethod
    def judge(self, claimed: Claimed) -> Iterator[Finding]:
        """Return what a move means."""

    def finding(self, claimed: Claimed, verb: str, value: float, least: float, **more: Any) -> Finding:
        """Return a finding of a move; `more` are further fields."""
        event = claimed.event
        ip, old, new = address_text(*event.sender), mac_text(claimed.before), mac_text(event.sender_mac)
        silent = f"{claimed.silent_ns / 1e9:,.1f} s before" if claimed.silent_ns >= 0 else "by its packets only"
        return Finding(
            key=(event.vlan, event.sender),
            moment=event.moment,
            summary=f"{ip} {verb} {old} to {new}",
            value=value,
            threshold=least,
            source=new,
            destination=ip,
            protocol="ARP",
            actor=new,
            victim=place_text(event.vlan, ip),
            evidence=(("address", ip), ("before", f"{old}, last seen {silent}"), ("now", new)),
            **more,
        )
