"""scan.horizontal: one source tries the same port of many hosts, and most attempts fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.outcomes import PROTOCOL_NAMES
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

SENSITIVE: Final = {
    PROTOCOL_TCP: frozenset(
        {22, 23, 135, 139, 445, 1433, 3306, 3389, 5432, 5900, 5985, 5986, 6379, 9200, 11211, 27017}
    ),
    PROTOCOL_UDP: frozenset({161, 1900, 11211}),
}
"""Services that worms and intruders look for."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Zeek misc/scan: 25 hosts on a port in 5 min; bro-simple-scan: 25 for remote sources."""

    hosts: int = threshold(25)
    """Different hosts on one port that failed within `window_s`; twice as many when none of them refused."""
    window_s: int = 300
    hosts_sensitive: int = threshold(10)
    """The same for ports in SENSITIVE, within `sensitive_window_s`."""
    sensitive_window_s: int = 60
    hosts_remote: int = threshold(8)
    """The same for ports in SENSITIVE and sources elsewhere, which have nothing to look for there, within
    `remote_window_s`; silence counts as much as a refusal."""
    remote_window_s: int = 7200
    fail_ratio: float = 0.6
    """Failed hosts among all that were tried on the port."""
    max_keys: int = 20_000


class ScanHorizontal(ScanDetector[Thresholds]):
    """Counts hosts by source entity, protocol and port."""

    rule: ClassVar[Rule] = Rule(
        "scan.horizontal",
        102,
        "Scan of many hosts for one port",
        Severity.HIGH,
        what="One source tried the same port of many hosts, and most of them refused, did not answer or were dropped "
        "at once: somebody looks for a service, as worms do.",
        benign="A management or backup server that goes through a list with hosts that are off; service discovery; an "
        "own vulnerability scanner.",
        tune="Raise hosts or hosts_sensitive, or add your own scanner to ignore_src.",
        mitre=("T1046", "T1018"),
        remote_severity=Severity.LOW,
    )
    defaults: ClassVar[Config] = Thresholds()

    def fewest(self) -> int:
        """Return the lowest of the thresholds."""
        return min(self.config.hosts, self.config.hosts_sensitive, self.config.hosts_remote)

    def counted(self, failure: Failure) -> tuple[tuple[Hashable, ...], Hashable] | None:
        """Count hosts by source, protocol and port."""
        return (failure.source.entity, failure.protocol, failure.port), failure.target.text

    def judge(self, tally: ScanTally, last: Failure, seen: Observation) -> Finding | None:
        """Return a finding for many hosts in one of the windows that the port has."""
        crossed = self._crossed(tally, last)
        if crossed is None:
            return None
        failed, least, window_s = crossed
        fine = 0
        if last.protocol == PROTOCOL_TCP:
            fine = seen.record.count(last.source.entity, last.moment.time_ns - window_s * SECOND, port=last.port)
        if not enough(failed, fine, self.config.fail_ratio):
            return None
        name = PROTOCOL_NAMES.get(last.protocol, "")
        total = tally.things.total
        return Finding(
            key=(last.source.entity, last.protocol, last.port),
            moment=last.moment,
            summary=f"{last.source.text} tried {name} port {last.port} of {total:,} hosts without success",
            value=total,
            threshold=least,
            window_s=window_s,
            source=last.source.text,
            port=last.port,
            protocol=name,
            actor=last.source.entity,
            severity=self.rule.severity_for(local=last.source.local),
            confidence=tally.confidence,
            first_ns=tally.first_ns,
            evidence=(
                ("failed hosts", f"{held(failed)} in {window_s} s, {total:,} in all"),
                *tally.evidence(fine, "hosts"),
            ),
            samples=tuple(tally.samples),
            packets=tuple(tally.packets),
        )

    def _crossed(self, tally: ScanTally, last: Failure) -> tuple[int, int, int] | None:
        """Return how many hosts failed, how many are an alert, and within how many seconds; None for too few."""
        config, now_ns = self.config, last.moment.time_ns
        tally.things.expire(now_ns - max(config.window_s, config.remote_window_s) * SECOND)
        tiers = [(config.hosts, config.window_s)]
        if last.port in SENSITIVE.get(last.protocol, ()):
            tiers.insert(0, (config.hosts_sensitive, config.sensitive_window_s))
            if not last.source.local:
                tiers.append((config.hosts_remote, config.remote_window_s))
        for least, window_s in tiers:
            failed = tally.things.since(now_ns - window_s * SECOND)
            if failed >= (least if least == config.hosts_remote else tally.needed(least)):
                return failed, least, window_s
        return None
