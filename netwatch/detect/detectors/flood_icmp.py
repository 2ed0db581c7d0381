"""flood.icmp: a destination gets thousands of ICMP messages a second that it does not answer."""

from __future__ import annotations

from typing import ClassVar

from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6
from netwatch.detect.datagram_flood import DatagramFlood
from netwatch.detect.rule import Rule, Severity


class FloodIcmp(DatagramFlood):
    """Counts messages by destination."""

    rule: ClassVar[Rule] = Rule(
        "flood.icmp",
        122,
        "ICMP flood",
        Severity.MEDIUM,
        what="One destination gets far more ICMP messages than is usual for it, and hardly answers.",
        benign="A load test; a routing loop.",
        tune="Raise pps.",
        mitre=("T1498.001",),
    )
    protocols: ClassVar[tuple[int, ...]] = (PROTOCOL_ICMP, PROTOCOL_ICMPV6)
    word: ClassVar[str] = "ICMP"
