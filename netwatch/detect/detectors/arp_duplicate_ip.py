"""arp.duplicate_ip: two MAC addresses say at the same time that an address is theirs."""

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
    """RFC 5227 section 2.4 lets both ends of a conflict defend an address once in ten seconds."""

    times: int = threshold(2)
    """How often both claim the address within `both_s`."""
    both_s: int = 10
    window_s: int = 3600
    max_keys: int = BINDINGS


class ArpDuplicateIp(ArpMoves[Thresholds, "deque[int]"]):
    """Counts conflicts by VLAN and address."""

    rule: ClassVar[Rule] = Rule(
        "arp.duplicate_ip",
        143,
        "Two machines with one IP address",
        Severity.MEDIUM,
        what="Two MAC addresses claimed the same IP address within seconds, more than once: two machines have it, or "
        "one pretends to.",
        benign="An address that was given twice by mistake.",
        tune="Raise times, or add the address to ignore_dst.",
        mitre=("T1557.002",),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = deque

    def judge(self, claimed: Claimed) -> Iterator[Finding]:
        """Count a move after which the old owner could hardly have left."""
        event, config = claimed.event, self.config
        if not 0 <= claimed.silent_ns <= config.both_s * SECOND:
            return
        times = self.keys.at((event.vlan, event.sender))
        times.append(event.moment.time_ns)
        while times[0] < event.moment.time_ns - config.window_s * SECOND or len(times) > BINDINGS:
            times.popleft()
        if len(times) >= config.times:
            yield self.finding(
                claimed, "is claimed by two: it went from", len(times), config.times, window_s=config.window_s
            )
