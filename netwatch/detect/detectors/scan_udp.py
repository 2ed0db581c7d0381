"""scan.udp: one source tries many UDP ports of one host, which says that they are closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.decode.batch import PROTOCOL_UDP
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.scan_detector import ScanDetector
from netwatch.detect.scan_tally import port_numbers
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.observation import Observation
    from netwatch.detect.outcome import Failure
    from netwatch.detect.scan_tally import ScanTally


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Hosts answer at most some errors a second (RFC 1812 section 4.3.2.8), so that few tell of many probes."""

    ports: int = threshold(10)
    """Different ports of one host that were answered by an ICMP error within `window_s`."""
    silent_ports: int = threshold(50)
    """The same when most of them were not answered at all."""
    window_s: int = 60


class ScanUdp(ScanDetector[Thresholds]):
    """Counts ports by source entity and target."""

    rule: ClassVar[Rule] = Rule(
        "scan.udp",
        105,
        "UDP scan of one host",
        Severity.MEDIUM,
        what="One source sent datagrams to many different UDP ports of one host, which answered that nobody listens "
        "there, or did not answer at all.",
        benign="A program that tries a range of ports, such as a game or a telephone; late answers to ports that were "
        "closed are left out, as is traceroute.",
        tune="Raise ports or silent_ports.",
        mitre=("T1046",),
        remote_severity=Severity.LOW,
    )
    defaults: ClassVar[Config] = Thresholds()

    def fewest(self) -> int:
        """Return the lowest of the thresholds."""
        return min(self.config.ports, self.config.silent_ports)

    def counted(self, failure: Failure) -> tuple[tuple[Hashable, ...], Hashable] | None:
        """Count UDP ports by source and target."""
        if failure.protocol != PROTOCOL_UDP:
            return None
        return (failure.source.entity, failure.target.text), failure.port

    def judge(self, tally: ScanTally, last: Failure, _seen: Observation) -> Finding | None:
        """Return a finding for many ports, more of them when most were silent."""
        tally.things.expire(last.moment.time_ns - self.config.window_s * SECOND)
        refused, least = tally.how.get("unreachable", 0), self.config.ports
        if refused < least:
            least = self.config.silent_ports
        if len(tally.things) < least:
            return None
        total = tally.things.total
        return Finding(
            key=(last.source.entity, last.target.text),
            moment=last.moment,
            summary=f"{last.source.text} tried {total:,} UDP ports of {last.target.text} without an answer",
            value=total,
            threshold=least,
            window_s=self.config.window_s,
            source=last.source.text,
            destination=last.target.text,
            protocol="UDP",
            actor=last.source.entity,
            victim=last.target.text,
            severity=self.rule.severity_for(local=last.source.local),
            confidence=tally.confidence,
            first_ns=tally.first_ns,
            evidence=(
                ("ports", f"{len(tally.things):,} in {self.config.window_s} s, {total:,} in all"),
                tally.how_said(),
                ("port numbers", port_numbers(tally.things)),
            ),
            samples=tuple(tally.samples),
            packets=tuple(tally.packets),
        )
