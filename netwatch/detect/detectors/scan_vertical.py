"""scan.vertical: one source tries many ports of one host, and most of them fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.batch import PROTOCOL_TCP
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.rule import Rule, Severity, raised
from netwatch.detect.scan_tally import ScanTally, enough, many
from netwatch.detect.window import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.outcomes import Failure

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


class ScanVertical(KeyedDetector[Thresholds, ScanTally]):
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
    needs: ClassVar[tuple[str | type, ...]] = ("failures",)

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config, ScanTally)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the failures of the slice, then judge every pair that had one."""
        touched: dict[tuple[str, str], Failure] = {}
        for failure in seen.failures:
            if failure.protocol != PROTOCOL_TCP:
                continue
            key = failure.source.entity, failure.target.text
            self.keys.at(key).add(failure.port, failure)
            touched[key] = failure
        for key, failure in touched.items():
            finding = self._judge(key, self.keys.at(key), failure, seen)
            if finding is not None:
                yield finding

    def _burst(self, tally: ScanTally, now_ns: int) -> tuple[int, int, int] | None:
        config = self.config
        recent = tally.things.newest(now_ns - config.burst_s * SECOND)
        known = sum(int(str(port)) < WELL_KNOWN for port in recent)
        return (known, config.burst_ports, config.burst_s) if known >= config.burst_ports else None

    def _judge(self, key: tuple[str, str], tally: ScanTally, failure: Failure, seen: Observation) -> Finding | None:
        config = self.config
        now_ns = failure.moment.time_ns
        tally.things.expire(now_ns - config.slow_window_s * SECOND)
        crossed = None
        for least, window_s in ((config.ports, config.window_s), (config.slow_ports, config.slow_window_s)):
            failed = tally.things.since(now_ns - window_s * SECOND)
            if failed >= tally.needed(least):
                crossed = crossed or (failed, least, window_s)
        if crossed is None and len(tally.things) >= config.burst_ports:
            crossed = self._burst(tally, now_ns)
        if crossed is None:
            return None
        failed, least, window_s = crossed
        since_ns = now_ns - config.slow_window_s * SECOND
        fine = seen.record.count(failure.source.entity, since_ns, address=failure.target_address)
        if not enough(failed, fine, config.fail_ratio):
            return None
        total = tally.things.total
        severity = self.rule.severity_for(local=failure.source.local)
        if failure.source.local and total >= MANY_PORTS:
            severity = max(severity, Severity.HIGH)
        if seen.surroundings.is_gateway(*failure.target_address):
            severity = raised(severity)
        ports = sorted(int(str(port)) for port in tally.things)
        return Finding(
            key=key,
            moment=failure.moment,
            summary=f"{failure.source.text} tried {total:,} ports of {failure.target.text} without success",
            value=total,
            threshold=least,
            window_s=window_s,
            source=failure.source.text,
            destination=failure.target.text,
            protocol="TCP",
            actor=failure.source.entity,
            victim=failure.target.text,
            severity=severity,
            confidence=tally.confidence,
            first_ns=tally.first_ns,
            evidence=(
                ("failed ports", f"{failed:,} in {window_s} s, {total:,} in all"),
                *tally.evidence(fine, "ports"),
                ("ports", many(ports)),
            ),
            samples=tuple(tally.samples),
            packets=tuple(tally.packets),
        )
