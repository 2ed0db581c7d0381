"""tcp.half_open: many attempts to connect to one service wait for an answer, or for their last packet, at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

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
    from netwatch.detect.outcome import Failure

UNFINISHED: Final = frozenset({"silent", "half-open"})


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 130; no ratio is asked for, which is why it is information only."""

    attempts: int = threshold(50)
    """Attempts to reach one service that nobody answered, or whose handshake nobody completed, within `window_s`."""
    window_s: int = 10
    suppress_s: int = 600
    max_keys: int = 5000


class TcpHalfOpen(KeyedDetector[Thresholds, AttemptTally]):
    """Counts unanswered and half-open attempts by server and port."""

    rule: ClassVar[Rule] = Rule(
        "tcp.half_open",
        130,
        "Connections that are never completed",
        Severity.INFO,
        what="Many attempts to connect to one service got no answer within seconds, or an answer that nobody "
        "acknowledged for ten seconds.",
        benign="A service that is down, overloaded, or behind a filter; a client that went away.",
        tune="Raise attempts, or add the server to ignore_dst.",
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("failures", "half_open")
    entry: ClassVar[type] = AttemptTally

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the attempts of the slice, then judge every service that had one."""
        if seen.surroundings.one_way:
            return
        touched: dict[tuple[str, int], Failure] = {}
        for failure in (*seen.failures, *seen.half_open):
            if failure.protocol == PROTOCOL_TCP and failure.how in UNFINISHED:
                key = failure.target.text, failure.port
                self.keys.at(key).add(failure.moment.number, failure)
                touched[key] = failure
        for (target, port), last in touched.items():
            tally = self.keys.at((target, port))
            tally.things.expire(last.moment.time_ns - self.config.window_s * SECOND)
            if len(tally.things) >= self.config.attempts:
                yield Finding(
                    key=(target, port),
                    moment=last.moment,
                    summary=f"{tally.things.total:,} attempts to reach {target} port {port} were not completed",
                    value=tally.things.total,
                    threshold=self.config.attempts,
                    window_s=self.config.window_s,
                    destination=target,
                    port=port,
                    protocol="TCP",
                    victim=target,
                    first_ns=tally.first_ns,
                    evidence=(
                        ("not completed", f"{len(tally.things):,} in {self.config.window_s} s"),
                        tally.how_said(),
                    ),
                    samples=tuple(tally.samples),
                    packets=tuple(tally.packets),
                )
