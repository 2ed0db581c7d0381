"""c2.beacon: a machine of this network calls the same place elsewhere again and again, as a clock does."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, cast

import numpy as np

from netwatch.detect.calls import CALLS, CallReader
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.regularity import regularity
from netwatch.detect.rule import Rule, Severity
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.calls import Call
    from netwatch.detect.observation import Observation
    from netwatch.detect.outcome import Success

KEPT: Final = 128
"""Calls of one identity that are remembered."""
JUDGED_EVERY: Final = 4
"""Every so many calls the score is worked out anew."""
WEIGHTS: Final = (0.5, 0.3, 0.2)
"""Of the times, the sizes and the share of the capture that is covered (detections.md 7.1)."""
LEAST_REGULAR: Final = 0.85
"""Of the times alone: requests of equal size at gaps of 100 to 600 s, drawn evenly, have 0.82, Poisson's 0.5, and
a pause with a jitter of 30 % has 0.93."""
MOST_DELTA_S: Final = 86_400
POPULAR_SHARE: Final = 0.5
POPULAR_LEAST: Final = 4
"""A place that so many of the machines here, and so large a share of them, call is no secret."""
HELD: Final = 0.5
"""A server that keeps half of the time from one call to the next for its answer sets the pace: a long poll, where a
client asks again as soon as it was answered. A clock goes on whatever the server does."""
USUAL_PORTS: Final = (80, 443)
ALLOWED: Final = (
    "push.apple.com", "mtalk.google.com", "alt.mtalk.google.com", "events.data.microsoft.com", "captive.apple.com",
    "connectivitycheck.gstatic.com", "clients3.google.com", "connectivity-check.ubuntu.com", "msftconnecttest.com",
    "detectportal.firefox.com", "nmcheck.gnome.org", "network-test.debian.org", "fedoraproject.org",
    "windowsupdate.com", "update.microsoft.com", "delivery.mp.microsoft.com", "swscan.apple.com", "swdist.apple.com",
    "wns.windows.com", "notify.windows.com", "push.services.mozilla.com", "telemetry.mozilla.org", "ntp.org",
    "ping.archlinux.org",
)  # fmt: skip
"""Suffixes of names that systems and browsers call at fixed times: connectivity checks, updates, telemetry, push."""
IGNORED_PORTS: Final = (53, 110, 123, 143, 853, 993, 995)
"""Names, time, and mail that is looked for every few minutes."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 7.1."""

    score: float = 0.8
    connections: int = threshold(24)
    """Calls, those within `burst_s` of one another counted once."""
    span_s: int = threshold(1800)
    """Between the first and the last call that are remembered."""
    burst_s: int = 5
    least_delta_s: int = 10
    """Median of the gaps; what calls more often is a conversation."""
    allowed: tuple[str, ...] = ALLOWED
    ignore_ports: tuple[int, ...] = IGNORED_PORTS
    max_keys: int = 20_000


class Calls:
    """When one machine called one place, and with how much."""

    __slots__ = ("count", "first_ns", "recent", "sizes", "times", "waits")

    def __init__(self) -> None:
        self.count = 0
        self.first_ns = 0
        self.times = array("q")
        """Of SYNs, ns."""
        self.sizes = array("i")
        self.waits = array("q")
        """Until data had gone both ways, ns: the server's answer, in most protocols."""
        self.recent = Recent()

    def add(self, success: Success, burst_ns: int) -> bool:
        """Add a connection; return False where it belongs to the call before."""
        if self.times and success.began_ns - self.times[-1] < burst_ns:
            return False
        self.count += 1
        self.first_ns = self.first_ns or success.began_ns
        self.times.append(success.began_ns)
        self.sizes.append(success.request_bytes)
        self.waits.append(success.moment.time_ns - success.began_ns)
        if len(self.times) > KEPT:
            del self.times[0], self.sizes[0], self.waits[0]
        self.recent.add(success.moment)
        return True


class Score(NamedTuple):
    """The parts of a score, each from 0 to 1, and what they were made of."""

    total: float
    times: float
    sizes: float
    covered: float
    delta_s: float
    """Median of the gaps."""
    span_s: float


class C2Beacon(KeyedDetector[Thresholds, Calls]):
    """Judges by (machine, name in the TLS hello or of the HTTP host or else address, port), over TCP and QUIC alike.

    Connections without data do not count. The size of a call is the payload of the initiator's first segment, not the
    sum of its bytes, because a connection is told when it has succeeded, not when it is over. A machine that keeps one
    connection open for all calls is not seen.
    """

    rule: ClassVar[Rule] = Rule(
        "c2.beacon",
        170,
        "Regular calls to one place",
        Severity.MEDIUM,
        what="A machine of this network opened a connection to the same place elsewhere again and again, at nearly the "
        "same distance in time and with requests of nearly the same size, for most of the capture. Programs that wait "
        "for orders from outside call so.",
        benign="Monitoring, update checks, home automation, news readers and pages that refresh themselves are as "
        "regular.",
        tune="Add names to allowed, or the place to ignore_dst; raise connections and span_s to wait for longer.",
        mitre=("T1071.001", "T1029"),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = CALLS
    entry: ClassVar[type] = Calls

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._reader = CallReader()
        self._allowed = tuple(f".{name}" for name in config.allowed)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at the connections of the slice."""
        for call in self._reader.read(seen):
            success, name = call.success, call.name
            if success.target.local or not success.source.local or success.port in self.config.ignore_ports:
                continue
            if name and f".{name}".endswith(self._allowed):
                continue
            key = (success.source.entity, name or success.target.text, success.port)
            calls = self.keys.at(key)
            judged = calls.add(success, self.config.burst_s * SECOND) and calls.count % JUDGED_EVERY == 0
            if not judged or calls.count < self.config.connections:
                continue
            score = self._score(calls, seen.surroundings.began_ns)
            if score is None or self._is_popular(key):
                continue
            yield self._finding(call, calls, score)

    def _score(self, calls: Calls, began_ns: int) -> Score | None:
        """Return the score if it is high enough."""
        times = np.array(calls.times, np.int64)
        deltas = np.diff(times) / SECOND
        span_s, delta_s = float(times[-1] - times[0]) / SECOND, float(np.median(deltas))
        if span_s < self.config.span_s or not self.config.least_delta_s <= delta_s <= MOST_DELTA_S:
            return None
        if float(np.median(np.array(calls.waits, np.int64)[:-1] / SECOND / np.maximum(deltas, 1))) >= HELD:
            return None
        regular = regularity(deltas)
        sizes = regularity(np.array(calls.sizes, np.float64))
        covered = min(float(times[-1] - calls.first_ns) / max(float(times[-1] - began_ns), 1.0), 1.0)
        total = sum(weight * part for weight, part in zip(WEIGHTS, (regular, sizes, covered), strict=True))
        if total < self.config.score or regular < LEAST_REGULAR:
            return None
        return Score(total, regular, sizes, covered, delta_s, span_s)

    def _callers(self, identity: str) -> tuple[int, int]:
        """Return how many machines call a place, and how many call any."""
        everybody: set[str] = set()
        callers: set[str] = set()
        for key in self.keys:
            entity, place, _ = cast("tuple[str, str, int]", key)
            everybody.add(entity)
            if place == identity:
                callers.add(entity)
        return len(callers), len(everybody)

    def _is_popular(self, key: tuple[str, str, int]) -> bool:
        callers, everybody = self._callers(key[1])
        return callers >= max(POPULAR_LEAST, POPULAR_SHARE * everybody)

    def _finding(self, call: Call, calls: Calls, score: Score) -> Finding:
        success, name = call.success, call.name
        source, target, port = success.source, success.target, success.port
        callers, everybody = self._callers(name or target.text)
        rare = callers == 1 and everybody >= POPULAR_LEAST
        odd = not name or port not in USUAL_PORTS
        place = f"{name} ({target.text})" if name else target.text
        return Finding(
            key=(source.entity, name or target.text, port),
            moment=success.moment,
            summary=f"{source.text} calls {place} port {port} every {score.delta_s:.0f} s, {calls.count} times so far",
            value=calls.count,
            threshold=self.config.connections,
            window_s=score.span_s,
            source=source.text,
            destination=name or target.text,
            port=port,
            protocol=call.protocol,
            actor=source.entity,
            victim=target.text,
            severity=Severity.HIGH if rare and odd else None,
            confidence=min(round(100 * score.total) - 20, 90),
            first_ns=calls.first_ns,
            evidence=(
                ("score", f"{score.total:.2f}, at least {self.config.score:.2f}"),
                ("times", f"{score.times:.2f} regular, {score.delta_s:.1f} s apart in the median"),
                ("sizes of requests", f"{score.sizes:.2f} regular, {int(np.median(calls.sizes))} bytes in the median"),
                ("covered", f"{100 * score.covered:.0f} % of the capture until now"),
                ("machines that call it", f"{callers} of {everybody}"),
            ),
            packets=calls.recent.packets,
        )
