"""quality.retrans: much of what one machine sends to another is sent again, or a receiver takes nothing for long."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.lossy import Lossy
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.nanoseconds import SECOND
from netwatch.track.capture_health import CaptureHealth
from netwatch.track.path_health import PathSecond

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 9.1; Suricata tells of 10 in a flow, which every slow line reaches."""

    segments: int = threshold(100)
    """With data, from one machine to another within `window_s`, counted from the first that was sent again on."""
    share: float = 0.1
    """Of them that were sent before."""
    window_s: int = 30
    shut_s: int = threshold(5)
    """Seconds without a packet that takes data, while the window is zero."""
    max_keys: int = 5000


class _Path:
    __slots__ = ("_parts", "recent", "resent", "segments", "shut", "told_ns")

    def __init__(self) -> None:
        self._parts: deque[list[int]] = deque()
        """[second of packet time, segments, those of them that were sent again].

        What trackers tell of parts of a second is added up: at 100,000 packets/s it was 150,000 parts, 20 MiB.
        """
        self.segments = self.resent = 0
        """Sums of them."""
        self.recent = Recent()
        self.shut: dict[int, int] = {}
        """Since when the window is zero, by flow."""
        self.told_ns = 0
        """When it was told last that much is sent again."""

    def add(self, second: PathSecond, since_ns: int) -> None:
        """Add a second, and forget those before `since_ns`."""
        now = second.moment.time_ns // SECOND
        if not self._parts or self._parts[-1][0] != now:
            self._parts.append([now, 0, 0])
        self._parts[-1][1] += second.segments
        self._parts[-1][2] += second.resent
        self.segments += second.segments
        self.resent += second.resent
        while self._parts[0][0] < since_ns // SECOND:
            _, segments, resent = self._parts.popleft()
            self.segments -= segments
            self.resent -= resent


class QualityRetrans(KeyedDetector[Thresholds, _Path]):
    """Judges by both ends; silent while the capture itself loses packets."""

    rule: ClassVar[Rule] = Rule(
        "quality.retrans",
        230,
        "Much is sent again",
        Severity.INFO,
        what="A tenth or more of the TCP segments from one machine to another were sent again, or a receiver's window "
        "was zero for seconds: the path loses packets, or a program does not read what it gets.",
        benign="A weak radio link, a full line, a machine that is busy. Nothing is told while the capture itself loses "
        "packets.",
        tune="Raise share, segments or shut_s, or add the machine to ignore_src.",
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = (PathSecond, CaptureHealth)
    entry: ClassVar[type] = _Path

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._lossy = Lossy()

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at the seconds of the slice."""
        self._lossy.take(seen)
        for second in seen.of(PathSecond):
            if self._lossy.at(second.moment.time_ns):
                continue
            path = self.keys.at((second.source, second.destination))
            path.recent.add(second.moment)
            for finding in (self._resent(path, second, seen), self._shut(path, second, seen)):
                if finding is not None:
                    yield finding

    def _resent(self, path: _Path, second: PathSecond, seen: Observation) -> Finding | None:
        path.add(second, second.moment.time_ns - self.config.window_s * SECOND)
        segments, resent = path.segments, path.resent
        if segments < self.config.segments or resent < self.config.share * segments:
            return None
        if second.moment.time_ns - path.told_ns < SECOND:  # many flows have the same path
            return None
        path.told_ns = second.moment.time_ns
        return self._finding(
            path,
            second,
            seen,
            f"{resent:,} of {segments:,} segments from {{source}} to {{target}} were sent again",
            (100 * resent / segments, 100 * self.config.share, self.config.window_s),
            ("sent again", f"{resent:,} of {segments:,} segments with data in {self.config.window_s} s"),
        )

    def _shut(self, path: _Path, second: PathSecond, seen: Observation) -> Finding | None:
        if second.opened:
            path.shut.pop(second.flow, None)
        if not second.shut_ns:
            return None
        shut_s = (second.moment.time_ns - path.shut.setdefault(second.flow, second.shut_ns)) / SECOND
        if shut_s <= self.config.shut_s:
            return None
        return self._finding(
            path,
            second,
            seen,
            f"{{source}} takes no data from {{target}} for {shut_s:.0f} s: its window is zero",
            (shut_s, self.config.shut_s, 0),
            ("window zero", f"{shut_s:.1f} s"),
        )

    def _finding(
        self,
        path: _Path,
        second: PathSecond,
        seen: Observation,
        summary: str,
        numbers: tuple[float, float, float],
        evidence: tuple[str, str],
    ) -> Finding:
        source, target = seen.surroundings.party(*second.source), seen.surroundings.party(*second.destination)
        return Finding(
            key=(source.entity, target.text, evidence[0]),
            moment=second.moment,
            summary=summary.format(source=source.text, target=target.text),
            value=round(numbers[0], 1),
            threshold=numbers[1],
            window_s=numbers[2],
            source=source.text,
            destination=target.text,
            protocol="TCP",
            actor=source.entity,
            victim=target.text,
            confidence=70,
            first_ns=path.recent.first_ns,
            evidence=(evidence,),
            packets=path.recent.packets,
        )
