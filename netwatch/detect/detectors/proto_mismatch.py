"""proto.mismatch: a service speaks another protocol than its port is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.track.application_events import SmbNegotiated, SshBanners
from netwatch.track.http_transaction import HttpRequest
from netwatch.track.tls_event import TlsHello

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.track.stream_reader import Moment, Stream

MOST_A_SLICE: Final = 1000
"""Events of one kind of one slice of time that are looked at."""
WELL_KNOWN: Final = 1024
"""Ports below are for one thing each (RFC 6335 section 6)."""
TLS_PORTS: Final = frozenset(
    {
        *(21, 25, 110, 143, 587),  # after STARTTLS and its likes
        *(261, 443, 448, 465, 563, 614, 636, 684, 695, 832, 853, 989, 990, 992, 993, 994, 995),
    }
)
USUAL: Final[dict[type, tuple[str, frozenset[int]]]] = {
    SshBanners: ("SSH", frozenset({22})),
    HttpRequest: ("HTTP", frozenset({80, 81, 280, 591, 593, 631})),
    TlsHello: ("TLS", TLS_PORTS),
    SmbNegotiated: ("SMB", frozenset({139, 445})),
}
"""Well-known ports that a protocol has, by itself or after STARTTLS (IANA, Service Name and Port Number Registry)."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 213."""

    connections: int = threshold(3)
    """To one service."""
    suppress_s: int = 86_400
    max_keys: int = 5000


class _Service:
    __slots__ = ("recent", "serials")

    def __init__(self) -> None:
        self.serials: set[int] = set()
        """Of connections, as many as are needed."""
        self.recent = Recent()


class ProtoMismatch(KeyedDetector[Thresholds, _Service]):
    """Counts connections by service and protocol."""

    rule: ClassVar[Rule] = Rule(
        "proto.mismatch",
        213,
        "Protocol on a port of another",
        Severity.INFO,
        what="Connections to a port that is known for something else speak SSH, HTTP, TLS or SMB. Whoever wants to get "
        "through a filter, or not to be noticed, uses ports that are open for others.",
        benign="An administrator who put SSH on port 443; a proxy; a device with a port of its own choice.",
        tune="Raise connections, or add the server to ignore_dst.",
        mitre=("T1571",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = tuple(USUAL)
    entry: ClassVar[type] = _Service

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at what told which protocol is spoken."""
        for kind, (protocol, usual) in USUAL.items():
            events: tuple[Any, ...] = seen.of(kind)
            self.left_out += max(len(events) - MOST_A_SLICE, 0)
            for event in events[:MOST_A_SLICE]:
                if event.stream.responder_port < WELL_KNOWN and event.stream.responder_port not in usual:
                    yield from self._count(event.stream, event.moment, protocol, seen)

    def _count(self, stream: Stream, moment: Moment, protocol: str, seen: Observation) -> Iterator[Finding]:
        target = seen.surroundings.party(stream.responder_high, stream.responder_low)
        port = stream.responder_port
        service = self.keys.at((target.text, port, protocol))
        if stream.serial in service.serials:
            return
        if len(service.serials) < self.config.connections:
            service.serials.add(stream.serial)
        service.recent.add(moment)
        if len(service.serials) < self.config.connections:
            return
        source = seen.surroundings.party(stream.initiator_high, stream.initiator_low)
        yield Finding(
            key=(target.text, port, protocol),
            moment=moment,
            summary=f"{target.text} speaks {protocol} on port {port}",
            value=len(service.serials),
            threshold=self.config.connections,
            source=source.text,
            destination=target.text,
            port=port,
            protocol="TCP",
            actor=source.entity,
            victim=target.text,
            confidence=60,
            first_ns=service.recent.first_ns,
            evidence=(("protocol", protocol), ("connections", f"at least {len(service.serials)}")),
            packets=service.recent.packets,
        )
