"""scan.distributed: several sources share the ports of one host among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from netwatch.decode.batch import PROTOCOL_TCP
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.scan_detector import ScanDetector
from netwatch.detect.scan_tally import many
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.observation import Observation
    from netwatch.detect.outcome import Failure
    from netwatch.detect.scan_tally import ScanTally


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Twice the ports of a scan by one source, from enough sources that each of them stays below that."""

    ports: int = threshold(30)
    """Different ports of one host that failed within `window_s`."""
    sources: int = 10
    window_s: int = 300
    most_of_one: float = 0.5
    """Share of the failures that may come from one source: with more it is that one's scan."""
    max_keys: int = 5000


class ScanDistributed(ScanDetector[Thresholds]):
    """Counts pairs of source and port by target."""

    rule: ClassVar[Rule] = Rule(
        "scan.distributed",
        104,
        "Scan of one host by many sources",
        Severity.LOW,
        what="Many sources tried ports of one host without success, different ones each: together they scan it, and "
        "each alone stays below what is noticed. nmap's decoys look the same.",
        benign="A host that got the address of a popular server, or of a member of a peer-to-peer network.",
        tune="Raise ports or sources, or add the host to ignore_dst.",
        mitre=("T1595.001",),
    )
    defaults: ClassVar[Config] = Thresholds()

    def fewest(self) -> int:
        """Return the lowest of the thresholds."""
        return self.config.ports

    def counted(self, failure: Failure) -> tuple[tuple[Hashable, ...], Hashable] | None:
        """Count TCP ports, each by who tried it, by target."""
        if failure.protocol != PROTOCOL_TCP:
            return None
        return (failure.target.text,), (failure.source.entity, failure.port)

    def judge(self, tally: ScanTally, last: Failure, _seen: Observation) -> Finding | None:
        """Return a finding for many ports and many sources."""
        config = self.config
        tally.things.expire(last.moment.time_ns - config.window_s * SECOND)
        if len(tally.things) < config.ports:
            return None
        pairs = [cast("tuple[str, int]", thing) for thing in tally.things]
        ports = sorted({port for _, port in pairs})
        by_source: dict[str, int] = {}
        for source, _ in pairs:
            by_source[source] = by_source.get(source, 0) + 1
        if len(ports) < tally.needed(config.ports) or len(by_source) < config.sources:
            return None
        if max(by_source.values()) > config.most_of_one * len(pairs):
            return None
        return Finding(
            key=(last.target.text,),
            moment=last.moment,
            summary=f"{len(by_source):,} sources tried {len(ports):,} ports of {last.target.text} without success",
            value=tally.things.total,
            threshold=config.ports,
            window_s=config.window_s,
            destination=last.target.text,
            protocol="TCP",
            victim=last.target.text,
            confidence=tally.confidence,
            first_ns=tally.first_ns,
            evidence=(
                ("ports", many(ports)),
                ("sources", ", ".join(list(by_source)[:10])),
                *tally.evidence(0, "ports"),
            ),
            samples=tuple(tally.samples),
            packets=tuple(tally.packets),
        )
