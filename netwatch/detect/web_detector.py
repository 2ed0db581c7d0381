"""WebAttackDetector: what the detectors of each kind of web attack have in common."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.http_detector import HttpDetector
from netwatch.detect.http_inspect import ToldRequests, attacks_in, leaked, shown, target_of
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Severity
from netwatch.nanoseconds import SECOND
from netwatch.track.http_transaction import HttpRequest, HttpTransaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.web.attacks import Attack
    from netwatch.detect.web.attacks import Finding as Sign

SERVER_ERRORS: Final = range(500, 600)
MOST_TIMES: Final = 64


@dataclass(frozen=True, slots=True)
class WebThresholds(Config):
    """detections.md 8.1."""

    requests: int = threshold(1)
    """Requests with a sure sign."""
    weak_requests: int = threshold(5)
    """Requests within `window_s` with signs that count only together; only SQL has such."""
    window_s: int = 300


class Pair:
    """What one source sent to one server."""

    __slots__ = ("recent", "sure", "tokens", "told", "weak")

    def __init__(self) -> None:
        self.sure = 0
        self.weak: deque[int] = deque(maxlen=MOST_TIMES)
        self.recent = Recent()
        self.tokens: dict[str, int] = {}
        self.told = ToldRequests()


class WebAttackDetector(HttpDetector[WebThresholds, Pair]):
    """Counts requests with signs of one kind of attack, by source and server."""

    attack: ClassVar[Attack]
    defaults: ClassVar[Config] = WebThresholds()
    needs: ClassVar[tuple[str | type, ...]] = (HttpRequest, HttpTransaction)
    entry: ClassVar[type] = Pair

    def concerns(self, event: HttpRequest | HttpTransaction) -> bool:
        """Return whether a request, or the one that was answered, has signs of the attack."""
        request = event.request if isinstance(event, HttpTransaction) else event
        signs = attacks_in(request) if request is not None else ()
        return bool(signs) and any(sign.attack is self.attack for sign in signs)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at requests, and at the responses to those that were told."""
        for event in self.exchanges(seen):
            if isinstance(event, HttpTransaction):
                yield from self._answered(event, seen)
            else:
                yield from self._asked(event, seen)

    def _asked(self, request: HttpRequest, seen: Observation) -> Iterator[Finding]:
        signs = [sign for sign in attacks_in(request) if sign.attack is self.attack]
        pair = self.keys.at(self._key(request, seen))
        if any(sign.strong for sign in signs):
            pair.sure += 1
        else:
            while pair.weak and request.moment.time_ns - pair.weak[0] > self.config.window_s * SECOND:
                pair.weak.popleft()
            pair.weak.append(request.moment.time_ns)
        self._note(pair, request, signs)
        if pair.sure >= self.config.requests or len(pair.weak) >= self.config.weak_requests:
            yield self._finding(pair, request, signs, seen)

    def _note(self, pair: Pair, request: HttpRequest, signs: list[Sign]) -> None:
        pair.recent.add(request.moment, f"{target_of(request)}  {signs[0].value.place}: {shown(request, signs[0])}")
        pair.told.add(request)
        for sign in signs:
            if len(pair.tokens) < MOST_TIMES or sign.token in pair.tokens:
                pair.tokens[sign.token] = pair.tokens.get(sign.token, 0) + 1

    def _answered(self, transaction: HttpTransaction, seen: Observation) -> Iterator[Finding]:
        request = transaction.request
        leak = leaked(transaction)
        if request is None or not (leak or transaction.status in SERVER_ERRORS):
            return
        pair = self.keys.get(self._key(request, seen))
        if pair is None or request not in pair.told or pair.sure < self.config.requests:
            return
        signs = [sign for sign in attacks_in(request) if sign.attack is self.attack and sign.strong]
        if signs:
            pair.recent.add(transaction.moment)
            answer = f"{transaction.status}, with {leak}" if leak else str(transaction.status)
            yield self._finding(pair, request, signs, seen, answer=answer, moment=transaction)

    def _key(self, request: HttpRequest, seen: Observation) -> tuple[str, str]:
        return (
            seen.surroundings.party(*request.client[:2]).entity,
            seen.surroundings.party(*request.server[:2]).text,
        )

    def _finding(
        self,
        pair: Pair,
        request: HttpRequest,
        signs: list[Sign],
        seen: Observation,
        *,
        answer: str = "",
        moment: HttpTransaction | None = None,
    ) -> Finding:
        source, target = (seen.surroundings.party(*end[:2]) for end in (request.client, request.server))
        sign = signs[0]
        count, least = (pair.sure, self.config.requests) if pair.sure else (len(pair.weak), self.config.weak_requests)
        severity = self.rule.severity_for(local=source.local)
        return Finding(
            key=(source.entity, target.text),
            moment=request.moment if moment is None else moment.moment,
            summary=f"{source.text} sent {self.attack.value} to {request.host or target.text}: {sign.token}",
            value=count,
            threshold=least,
            window_s=0 if pair.sure else self.config.window_s,
            source=source.text,
            destination=target.text,
            port=request.server[2],
            protocol="HTTP",
            actor=source.entity,
            victim=target.text,
            severity=max(severity, Severity.HIGH) if answer else severity,
            confidence=80 if pair.sure else 50,
            first_ns=pair.recent.first_ns,
            evidence=_evidence(pair, request, sign, answer),
            samples=pair.recent.samples,
            packets=pair.recent.packets,
            source_port=request.client[2],
        )


def _evidence(pair: Pair, request: HttpRequest, sign: Sign, answer: str) -> tuple[tuple[str, str], ...]:
    found = [("the server answered", answer)] if answer else []
    found += [
        ("request", target_of(request)),
        ("host", request.host),
        ("where", f"{sign.value.place} {sign.value.name}".strip()),
        ("value", shown(request, sign)),
        ("signs", ", ".join(f"{token} {times}" for token, times in pair.tokens.items())[:300]),
    ]
    if request.user_agent:
        found.append(("user agent", request.user_agent))
    return tuple(found)
