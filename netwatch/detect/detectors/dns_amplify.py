"""dns.amplify: somebody gets many answers of UDP services that it never asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.addresses import address_text
from netwatch.decode.batch import PROTOCOL_UDP
from netwatch.detect.burst_tally import BurstTally, each
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

AMPLIFIERS: Final = {
    17: "QOTD", 19: "chargen", 53: "DNS", 69: "TFTP", 111: "portmap", 123: "NTP", 137: "NetBIOS", 161: "SNMP",
    389: "CLDAP", 427: "SLP", 500: "IKE", 520: "RIP", 1434: "SQL browser", 1701: "L2TP", 1900: "SSDP", 3283: "ARD",
    3478: "STUN", 3702: "WS-Discovery", 4500: "IKE", 5060: "SIP", 5353: "mDNS", 5683: "CoAP", 10001: "Ubiquiti",
    11211: "memcached", 27960: "Quake", 37810: "DVR",
}  # fmt: skip
"""UDP services that answer with more than they are asked with (US-CERT TA14-017A and later reports)."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Answers that were asked for come one by one, and from few."""

    responses: int = threshold(500)
    """Datagrams from one such port to one destination within `window_s`, none of which it asked for."""
    window_s: int = 10
    sources: int = 5
    """Different senders in a quarter of a second."""
    share: float = 0.8
    """Share of all datagrams to the destination."""
    suppress_s: int = 600
    max_keys: int = 2000


class DnsAmplify(KeyedDetector[Thresholds, BurstTally]):
    """Counts answers by victim."""

    rule: ClassVar[Rule] = Rule(
        "dns.amplify",
        123,
        "Reflected and amplified answers",
        Severity.MEDIUM,
        what="One destination gets many answers of DNS, NTP, SSDP, memcached or a similar service from several "
        "senders, without having asked: somebody asks in its name, and the answers are larger than the questions.",
        benign="A capture that sees one direction only.",
        tune="Raise responses, or add a busy resolver to ignore_dst.",
        mitre=("T1498.002",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("bursts",)
    entry: ClassVar[type] = BurstTally

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Judge every destination with a burst from such a port."""
        if seen.bursts is None:
            return
        config = self.config
        for burst in each(seen.bursts):
            if burst.protocol != PROTOCOL_UDP or burst.source_port not in AMPLIFIERS:
                continue
            if burst.source_port_share < config.share or burst.replies or burst.sources < config.sources:
                continue
            tally = self.keys.at((burst.target, burst.source_port))
            tally.add(burst)
            last = tally.within(config.window_s)
            packets = sum(one.packets for one in last)
            if packets < config.responses:
                continue
            target, service = address_text(*burst.target), AMPLIFIERS[burst.source_port]
            total, size = sum(one.packets for one in tally.bursts), sum(one.bytes for one in tally.bursts)
            yield Finding(
                key=(burst.target, burst.source_port),
                moment=burst.moment,
                summary=f"{total:,} answers of {service} to {target}, which asked for none",
                value=total,
                threshold=config.responses,
                window_s=config.window_s,
                destination=target,
                source_port=burst.source_port,
                protocol="UDP",
                victim=target,
                first_ns=tally.recent.first_ns,
                evidence=(
                    ("answers", f"{packets:,} in {config.window_s} s"),
                    ("bytes", f"{size:,}, {size // max(total, 1):,} each"),
                    ("senders", f"{max(one.sources for one in last):,} in a quarter of a second"),
                ),
                samples=tally.recent.samples,
                packets=tally.recent.packets,
            )
