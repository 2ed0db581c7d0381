"""scan.vertical: one source tries many ports of one host, and most of them fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.batch import PROTOCOL_TCP
from netwatch.detect.config import Config, threshold
from netwatch.detect.decoys import Decoys
from netwatch.detect.finding import Finding
from netwatch.detect.rule import Rule, Severity, raised
from netwatch.detect.scan_detector import ScanDetector
from netwatch.detect.scan_tally import enough, port_numbers
from netwatch.detect.window import held
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.observation import Observation
    from netwatch.detect.outcome import Failure
    from netwatch.detect.scan_tally import ScanTally

WELL_KNOWN: Final = 1024
"""Ports below are assigned by IANA for the services of systems (RFC 6335 section 6)."""
MANY_PORTS: Final = 100
"""A local source that tries so many ports is no accident: high."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Zeek misc/scan: 15 ports of one host in 5 min; Snort port_scan: 10 rejected ports in 90 s."""

    ports: int = threshold(15)
    """Different ports of one host that failed within `window_s`; twice as many when none of them was refused."""
    window_s: int = 60
    slow_ports: int = threshold(25)
    """The same within `slow_window_s`."""
    slow_window_s: int = 900
    burst_ports: int = threshold(8)
    """Well-known ports, below 1024, within `burst_s`, answered or not: nobody needs so many of one host at once."""
    burst_s: int = 2
    fail_ratio: float = 0.6
    """Failed ports among all that were tried."""
    max_keys: int = 20_000


class ScanVertical(ScanDetector[Thresholds]):
    """Counts ports by source entity and target."""

    rule: ClassVar[Rule] = Rule(
        "scan.vertical",
        101,
        "Port scan of one host",
        Severity.MEDIUM,
        what="One source tried many different TCP ports of one host, and most attempts were refused, went unanswered "
        "or were taken back at once. Programs know which ports they want; somebody who looks for open ones does not.",
        benign="An inventory or vulnerability scanner of your own; a program that tries a range of ports; a host that "
        "came up after its clients.",
        tune="Raise ports or slow_ports, or add your own scanner to ignore_src.",
        mitre=("T1046",),
        remote_severity=Severity.LOW,
    )
    defaults: ClassVar[Config] = Thresholds()

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._decoys = Decoys()

    def fewest(self) -> int:
        """Return the lowest of the thresholds."""
        return min(self.config.ports, self.config.slow_ports, self.config.burst_ports)

    def counted(self, failure: Failure) -> tuple[tuple[Hashable, ...], Hashable] | None:
        """Count TCP ports by source and target."""
        if failure.protocol != PROTOCOL_TCP:
            return None
        return (failure.source.entity, failure.target.text), failure.port

    def judge(self, tally: ScanTally, last: Failure, seen: Observation) -> Finding | None:
        """Return a finding for many ports in one of the windows."""
        now_ns = last.moment.time_ns
        since_ns = now_ns - self.config.slow_window_s * SECOND
        tally.things.expire(since_ns)
        crossed = self._crossed(tally, now_ns)
        if crossed is None:
            return None
        failed = crossed[0]
        fine = seen.record.count(last.source.entity, since_ns, address=last.target_address)
        if not enough(failed, fine, self.config.fail_ratio):
            return None
        return self._decoys.whole(self._finding(tally, last, seen, crossed, fine), tally)

    def _finding(
        self, tally: ScanTally, last: Failure, seen: Observation, crossed: tuple[int, int, int], fine: int
    ) -> Finding:
        (failed, least, window_s), total = crossed, tally.things.total
        return Finding(
            key=(last.source.entity, last.target.text),
            moment=last.moment,
            summary=f"{last.source.text} tried {total:,} ports of {last.target.text} without success",
            value=total,
            threshold=least,
            window_s=window_s,
            source=last.source.text,
            destination=last.target.text,
            protocol="TCP",
            actor=last.source.entity,
            victim=last.target.text,
            severity=self._severity(total, last, seen),
            confidence=tally.confidence,
            first_ns=tally.first_ns,
            evidence=(
                ("failed ports", f"{held(failed)} in {window_s} s, {total:,} in all"),
                *tally.evidence(fine, "ports"),
                ("ports", port_numbers(tally.things)),
            ),
            samples=tuple(tally.samples),
            packets=tuple(tally.packets),
        )

    def _crossed(self, tally: ScanTally, now_ns: int) -> tuple[int, int, int] | None:
        """Return how many ports failed, how many are an alert, and within how many seconds; None for too few."""
        config = self.config
        for least, window_s in ((config.ports, config.window_s), (config.slow_ports, config.slow_window_s)):
            failed = tally.things.since(now_ns - window_s * SECOND)
            if failed >= tally.needed(least):
                return failed, least, window_s
        if len(tally.things) < config.burst_ports:
            return None
        recent = tally.things.newest(now_ns - config.burst_s * SECOND)
        known = sum(int(str(port)) < WELL_KNOWN for port in recent)
        return (known, config.burst_ports, config.burst_s) if known >= config.burst_ports else None

    def _severity(self, total: int, last: Failure, seen: Observation) -> Severity:
        severity = self.rule.severity_for(local=last.source.local)
        if last.source.local and total >= MANY_PORTS:
            severity = max(severity, Severity.HIGH)
        return raised(severity) if seen.surroundings.is_gateway(*last.target_address) else severity
