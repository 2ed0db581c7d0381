"""tcp.rst_burst: a service refuses one client again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.decode.batch import PROTOCOL_TCP
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.scan_tally import AttemptTally
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 131."""

    refusals: int = threshold(10)
    """Attempts of one client to reach one service that were answered with a RST within `window_s`."""
    window_s: int = 60
    max_keys: int = 5000


class TcpRstBurst(KeyedDetector[Thresholds, AttemptTally]):
    """Counts refusals by client, server and port."""

    rule: ClassVar[Rule] = Rule(
        "tcp.rst_burst",
        131,
        "Service refuses connections",
        Severity.INFO,
        what="A client tried to reach one service again and again, and each attempt was answered with a RST: the "
        "service is down, or a firewall refuses this client.",
        benign="A program that waits for a service which is being restarted.",
        tune="Raise refusals, or add the client to ignore_src.",
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("failures",)
    entry: ClassVar[type] = AttemptTally

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each refusal."""
        for failure in seen.failures:
            if failure.protocol != PROTOCOL_TCP or failure.how != "refused":
                continue
            source, target, port = failure.source, failure.target.text, failure.port
            tally = self.keys.at((source.entity, target, port))
            tally.things.expire(failure.moment.time_ns - self.config.window_s * SECOND)
            tally.add(failure.moment.number, failure)
            if len(tally.things) >= self.config.refusals:
                yield Finding(
                    key=(source.entity, target, port),
                    moment=failure.moment,
                    summary=f"{target} port {port} refused {source.text} {tally.things.total:,} times",
                    value=tally.things.total,
                    threshold=self.config.refusals,
                    window_s=self.config.window_s,
                    source=source.text,
                    destination=target,
                    port=port,
                    protocol="TCP",
                    actor=source.entity,
                    victim=target,
                    first_ns=tally.first_ns,
                    evidence=(("refused", f"{len(tally.things):,} in {self.config.window_s} s"),),
                    packets=tuple(tally.packets),
                )
