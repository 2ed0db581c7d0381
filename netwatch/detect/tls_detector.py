"""TlsDetector: what detectors of TLS have in common: a bounded count by key, and the ends of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from netwatch.detect.config import Config
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.track.tls_event import DatagramAnswer, DatagramHello, TlsAnswer, TlsHello
from netwatch.track.web_transaction import WebKind

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.observation import Observation
    from netwatch.detect.rule import Severity
    from netwatch.track.tls_event import TlsCertificate

C = TypeVar("C", bound=Config)
T = TypeVar("T")

MOST_A_SLICE: Final = 2000
"""Events of one slice of time that a detector looks at."""
HELLOS: Final = (TlsHello, DatagramHello)
"""What clients begin with: TLS over TCP, and QUIC or DTLS."""
ANSWERS: Final = (TlsAnswer, DatagramAnswer)
_PROTOCOLS: Final = {WebKind.TLS: "TLS", WebKind.QUIC: "QUIC", WebKind.DTLS: "DTLS"}


class _Count:
    __slots__ = ("times",)

    def __init__(self) -> None:
        self.times = 0


class TlsDetector(KeyedDetector[C, _Count]):
    """Tells each key again with every connection; the engine keeps one alert of it."""

    entry: ClassVar[type] = _Count

    def bounded(self, events: tuple[T, ...]) -> tuple[T, ...]:
        """Return the first of the events, and count the others."""
        self.left_out += max(len(events) - MOST_A_SLICE, 0)
        return events[:MOST_A_SLICE]

    def hellos(self, seen: Observation) -> tuple[TlsHello | DatagramHello, ...]:
        """Return the hellos of clients in the order of their packets, over TCP and UDP alike."""
        both: tuple[TlsHello | DatagramHello, ...] = (*seen.of(TlsHello), *seen.of(DatagramHello))
        return self.bounded(tuple(sorted(both, key=lambda hello: hello.moment.number)))

    def answers(self, seen: Observation) -> tuple[TlsAnswer | DatagramAnswer, ...]:
        """Return the answers of servers in the order of their packets."""
        both: tuple[TlsAnswer | DatagramAnswer, ...] = (*seen.of(TlsAnswer), *seen.of(DatagramAnswer))
        return self.bounded(tuple(sorted(both, key=lambda answer: answer.moment.number)))

    def found(
        self,
        event: TlsHello | TlsAnswer | TlsCertificate | DatagramHello | DatagramAnswer,
        seen: Observation,
        *,
        key: tuple[Hashable, ...],
        summary: str,
        evidence: tuple[tuple[str, str], ...],
        least: int = 1,
        severity: Severity | None = None,
        confidence: int = 80,
    ) -> Finding | None:
        """Count a connection; return the finding once there are `least`. `{client}` and `{server}` are filled in."""
        request = event.request
        source, target = (seen.surroundings.party(*end[:2]) for end in (request.client, request.server))
        count = self.keys.at(key)
        count.times += 1
        if count.times < least:
            return None
        server = f"{request.name} ({target.text})" if request.name else target.text
        return Finding(
            key=key,
            moment=event.moment,
            summary=summary.format(client=source.text, server=server),
            value=count.times,
            threshold=least,
            source=source.text,
            destination=target.text,
            port=request.server[2],
            protocol=_PROTOCOLS.get(request.kind, "TLS"),
            actor=source.entity,
            victim=target.text,
            severity=severity,
            confidence=confidence,
            evidence=(*evidence, ("server name", request.name or "none"), ("connections", str(count.times))),
            packets=(event.moment.number,),
            source_port=request.client[2],
        )
