"""scan.block: one source tries many ports of many hosts, and most attempts fail."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from netwatch.decode.batch import PROTOCOL_TCP
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.scan_detector import ScanDetector
from netwatch.detect.scan_tally import enough
from netwatch.detect.window import held
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.observation import Observation
    from netwatch.detect.outcome import Failure
    from netwatch.detect.scan_tally import ScanTally


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Between the numbers of Zeek misc/scan and those of Elastic's rules."""

    services: int = threshold(50)
    """Different pairs of host and port that failed within `window_s`."""
    window_s: int = 300
    hosts: int = 5
    ports: int = 5
    """As many different ones at least; with fewer it is another kind of scan."""
    top_port_share: float = 0.5
    ports_per_host: float = 3.0
    """One of both must be reached: peer-to-peer programs try many hosts too, each on a port of its own."""
    fail_ratio: float = 0.6


class ScanBlock(ScanDetector[Thresholds]):
    """Counts pairs of host and port by source entity."""

    rule: ClassVar[Rule] = Rule(
        "scan.block",
        103,
        "Scan of many ports of many hosts",
        Severity.HIGH,
        what="One source tried many ports of several hosts, and most attempts failed. The attempts are concentrated, "
        "on a port or on several ports of each host, which those of peer-to-peer programs are not.",
        benign="An inventory or vulnerability scanner of your own; a monitoring system whose hosts are off.",
        tune="Raise services, or add your own scanner to ignore_src.",
        mitre=("T1046",),
        remote_severity=Severity.LOW,
    )
    defaults: ClassVar[Config] = Thresholds()

    def fewest(self) -> int:
        """Return the lowest of the thresholds."""
        return self.config.services

    def counted(self, failure: Failure) -> tuple[tuple[Hashable, ...], Hashable] | None:
        """Count TCP services by source."""
        if failure.protocol != PROTOCOL_TCP:
            return None
        return (failure.source.entity,), (failure.target.text, failure.port)

    def judge(self, tally: ScanTally, last: Failure, seen: Observation) -> Finding | None:
        """Return a finding for many ports of many hosts."""
        config = self.config
        since_ns = last.moment.time_ns - config.window_s * SECOND
        tally.things.expire(since_ns)
        failed = len(tally.things)
        if failed < tally.needed(config.services):
            return None
        services = [cast("tuple[str, int]", thing) for thing in tally.things]
        ports, hosts = Counter(port for _, port in services), {host for host, _ in services}
        top_share = ports.most_common(1)[0][1] / failed
        concentrated = top_share >= config.top_port_share or failed / len(hosts) >= config.ports_per_host
        fine = seen.record.count(last.source.entity, since_ns)
        spread = len(hosts) >= config.hosts and len(ports) >= config.ports
        if not (spread and concentrated and enough(failed, fine, config.fail_ratio)):
            return None
        return Finding(
            key=(last.source.entity,),
            moment=last.moment,
            summary=f"{last.source.text} tried {len(ports):,} ports of {len(hosts):,} hosts without success",
            value=tally.things.total,
            threshold=config.services,
            window_s=config.window_s,
            source=last.source.text,
            protocol="TCP",
            actor=last.source.entity,
            severity=self.rule.severity_for(local=last.source.local),
            confidence=tally.confidence,
            first_ns=tally.first_ns,
            evidence=(
                (
                    "failed",
                    f"{held(failed)} pairs of host and port in {config.window_s} s, {tally.things.total:,} in all",
                ),
                *tally.evidence(fine, "pairs"),
                ("ports", ", ".join(f"{port} ({count})" for port, count in ports.most_common(10))),
            ),
            samples=tuple(tally.samples),
            packets=tuple(tally.packets),
        )
