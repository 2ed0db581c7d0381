"""flood.udp: a destination gets thousands of UDP datagrams a second that it does not answer."""

from __future__ import annotations

from typing import ClassVar

from netwatch.decode.batch import PROTOCOL_UDP
from netwatch.detect.datagram_flood import DatagramFlood
from netwatch.detect.rule import Rule, Severity


class FloodUdp(DatagramFlood):
    """Counts datagrams by destination."""

    rule: ClassVar[Rule] = Rule(
        "flood.udp",
        121,
        "UDP flood",
        Severity.MEDIUM,
        what="One destination gets far more UDP datagrams than is usual for it, and hardly answers.",
        benign="One-way streams such as video over UDP, syslog or flow export; a load test.",
        tune="Raise pps, or add receivers of streams to ignore_dst.",
        mitre=("T1498.001",),
    )
    protocols: ClassVar[tuple[int, ...]] = (PROTOCOL_UDP,)
    word: ClassVar[str] = "UDP"
