"""scan.udp: one source tries many UDP ports of one host, which says that they are closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.decode.batch import PROTOCOL_UDP
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.scan_tally import ScanTally, many
from netwatch.detect.window import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.outcomes import Failure


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Hosts answer at most some errors a second (RFC 1812 section 4.3.2.8), so that few tell of many probes."""

    ports: int = threshold(10)
    """Different ports of one host that were answered by an ICMP error within `window_s`."""
    silent_ports: int = threshold(50)
    """The same when most of them were not answered at all."""
    window_s: int = 60


class ScanUdp(KeyedDetector[Thresholds, ScanTally]):
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
    needs: ClassVar[tuple[str | type, ...]] = ("failures",)

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config, ScanTally)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the failures of the slice, then judge every pair that had one."""
        touched: dict[tuple[str, str], Failure] = {}
        for failure in seen.failures:
            if failure.protocol == PROTOCOL_UDP:
                key = failure.source.entity, failure.target.text
                self.keys.at(key).add(failure.port, failure)
                touched[key] = failure
        for key, failure in touched.items():
            tally = self.keys.at(key)
            tally.things.expire(failure.moment.time_ns - self.config.window_s * SECOND)
            refused = tally.how.get("unreachable", 0)
            failed, least = len(tally.things), self.config.ports
            if refused < least:
                least = self.config.silent_ports
            if failed >= least:
                yield self._finding(key, tally, failure, least)

    def _finding(self, key: tuple[str, str], tally: ScanTally, last: Failure, least: int) -> Finding:
        total = tally.things.total
        return Finding(
            key=key,
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
                ("port numbers", many(sorted(int(str(port)) for port in tally.things))),
            ),
            samples=tuple(tally.samples),
            packets=tuple(tally.packets),
        )
