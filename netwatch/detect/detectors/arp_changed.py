"""arp.changed: an address has another MAC address than before, and nothing explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.arp_moves import BINDINGS, ArpMoves
from netwatch.detect.config import Config
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.bindings import Claimed
    from netwatch.detect.finding import Finding


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """As arpwatch's `changed ethernet address`."""

    max_keys: int = BINDINGS


class ArpChanged(ArpMoves[Thresholds, int]):
    """One alert an address."""

    rule: ClassVar[Rule] = Rule(
        "arp.changed",
        142,
        "Another MAC address for an IP address",
        Severity.LOW,
        what="An IP address moved to another MAC address. Neither DHCP, nor a virtual router, nor a MAC address that "
        "changes for privacy, nor one machine with several interfaces explains it.",
        benign="A new network card, or an address that was given to another machine by hand.",
        tune="Add addresses that move often to ignore_dst.",
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = int

    def judge(self, claimed: Claimed) -> Iterator[Finding]:
        """Tell of every move."""
        yield self.finding(claimed, "moved from", 1, 1)
