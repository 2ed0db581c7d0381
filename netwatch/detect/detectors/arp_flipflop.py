"""arp.flipflop: an address moves between two MAC addresses, forth and back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.arp_moves import BINDINGS, ArpMoves
from netwatch.detect.config import Config, threshold
from netwatch.detect.rule import Rule, Severity
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.bindings import Claimed
    from netwatch.detect.finding import Finding


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """As arpwatch's `flip flop`."""

    alternations: int = threshold(2)
    """Moves back to a MAC address that had the address before, within `window_s`."""
    window_s: int = 86_400
    max_keys: int = BINDINGS


class ArpFlipflop(ArpMoves[Thresholds, "deque[int]"]):
    """Counts moves back by VLAN and address."""

    rule: ClassVar[Rule] = Rule(
        "arp.flipflop",
        141,
        "IP address between two MAC addresses",
        Severity.MEDIUM,
        what="An IP address moves between MAC addresses, forth and back: both machines say that it is theirs, as while "
        "somebody poisons ARP tables.",
        benign="A failover pair without a virtual MAC address; two machines with the same address by mistake.",
        tune="Raise alternations, or add the address to ignore_dst.",
        mitre=("T1557.002",),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = deque

    def judge(self, claimed: Claimed) -> Iterator[Finding]:
        """Count a move back."""
        if not claimed.returned:
            return
        event = claimed.event
        times = self.keys.at((event.vlan, event.sender))
        times.append(event.moment.time_ns)
        while times[0] < event.moment.time_ns - self.config.window_s * SECOND or len(times) > BINDINGS:
            times.popleft()
        if len(times) >= self.config.alternations:
            yield self.finding(
                claimed, "moved back from", len(times), self.config.alternations, window_s=self.config.window_s
            )
