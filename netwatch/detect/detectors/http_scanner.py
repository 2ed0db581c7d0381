"""http.scanner: somebody looks for holes in a web server, by name or by asking for what is not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.http_detector import HttpDetector
from netwatch.detect.http_inspect import target_of
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.web.scanners import scanner
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND
from netwatch.track.http_transaction import HttpRequest, HttpTransaction
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md section 3."""

    missing: int = threshold(30)
    """Different targets that are not there, within `window_s`."""
    window_s: int = 60


class _Pair:
    __slots__ = ("missing", "recent", "requests")

    def __init__(self) -> None:
        self.missing = Distinct()
        self.requests: dict[str, int] = {}
        self.recent = Recent()


class HttpScanner(HttpDetector[Thresholds, _Pair]):
    """Counts requests of scanners and targets that are not there, by source and server."""

    rule: ClassVar[Rule] = Rule(
        "http.scanner",
        194,
        "Scan of a web server",
        Severity.MEDIUM,
        what="Requests come from a tool that looks for holes in web servers and says so in its User-Agent, or many "
        "different pages were asked for that are not there, as tools do that guess names.",
        benign="Your own scanner; a site whose links broke; a crawler with an old list.",
        tune="Add your own scanner to ignore_src, or raise missing.",
        mitre=("T1595.002", "T1595.003"),
        remote_severity=Severity.LOW,
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = (HttpRequest, HttpTransaction)
    entry: ClassVar[type] = _Pair

    def concerns(self, event: HttpRequest | HttpTransaction) -> bool:
        """Return whether a request names a tool, or a response says that there is no such page."""
        if isinstance(event, HttpTransaction):
            return event.status == NOT_FOUND and event.request is not None
        return bool(scanner(event.user_agent))

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at requests, and at responses that say that there is no such page."""
        for event in self.exchanges(seen):
            if isinstance(event, HttpTransaction):
                if event.request is not None:
                    yield from self._missing(event, event.request, seen)
            else:
                tool = scanner(event.user_agent)
                pair = self._pair(event, seen)
                pair.requests[tool] = pair.requests.get(tool, 0) + 1
                self._note(pair, event, event.moment.number)
                yield self._finding(pair, event, seen, tool)

    def _missing(self, transaction: HttpTransaction, request: HttpRequest, seen: Observation) -> Iterator[Finding]:
        pair = self._pair(request, seen)
        time_ns = transaction.moment.time_ns
        pair.missing.expire(time_ns - self.config.window_s * SECOND)
        if not pair.missing.add(request.uri.partition(b"?")[0], time_ns):
            return
        self._note(pair, request, transaction.moment.number)
        if len(pair.missing) >= self.config.missing:
            yield self._finding(pair, request, seen, "", transaction)

    def _pair(self, request: HttpRequest, seen: Observation) -> _Pair:
        source, target = (seen.surroundings.party(*end[:2]) for end in (request.client, request.server))
        return self.keys.at((source.entity, target.text))

    def _note(self, pair: _Pair, request: HttpRequest, number: int) -> None:
        pair.recent.add(Moment(request.moment.time_ns, number), target_of(request))

    def _finding(
        self, pair: _Pair, request: HttpRequest, seen: Observation, tool: str, answer: HttpTransaction | None = None
    ) -> Finding:
        source, target = (seen.surroundings.party(*end[:2]) for end in (request.client, request.server))
        server = request.host or target.text
        if tool:
            summary, value, least = f"{source.text} scans {server} with {tool}", pair.requests[tool], 1
            evidence = [("tool", tool), ("user agent", request.user_agent), ("requests", str(value))]
        else:
            value, least = len(pair.missing), self.config.missing
            summary = f"{source.text} asked {server} for {value} pages that are not there"
            evidence = [("not there", f"{value} different targets in {self.config.window_s} s")]
        return Finding(
            key=(source.entity, target.text),
            moment=request.moment if answer is None else answer.moment,
            summary=summary,
            value=value,
            threshold=least,
            window_s=0 if tool else self.config.window_s,
            source=source.text,
            destination=target.text,
            port=request.server[2],
            protocol="HTTP",
            actor=source.entity,
            victim=target.text,
            severity=self.rule.severity_for(local=source.local),
            confidence=95 if tool else 60,
            first_ns=pair.recent.first_ns,
            evidence=tuple(evidence),
            samples=pair.recent.samples,
            packets=pair.recent.packets,
        )
