"""EVE records of TLS, DTLS and QUIC: one a connection, once its hellos and, before TLS 1.3, its certificate came."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.export.eve import Ends, record
from netwatch.track.tls_event import DatagramAnswer, DatagramHello, TlsAnswer, TlsCertificate, TlsHello
from netwatch.track.web_hello import RETRY
from netwatch.track.web_transaction import WebKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.track.event_log import Event
    from netwatch.track.stream_reader import Moment
    from netwatch.track.web_transaction import WebRequest

PATIENCE_NS: Final = 5_000_000_000
"""Packet time that a hello waits for its answer, and an answer for its certificate."""
MOST: Final = 10_000
"""Connections that wait, and that are known to be told; of the former the oldest is told when there are more."""
ENCRYPTED: Final = "1.3"
"""What the names of versions end in from which on certificates cannot be seen (RFC 8446)."""
_QUIC: Final = ("sni", "ja3", "ja3s", "ja4")
EVENTS: Final = (TlsHello, TlsAnswer, TlsCertificate, DatagramHello, DatagramAnswer)


@dataclass(slots=True)
class _Waiting:
    moment: Moment
    request: WebRequest
    tls: dict[str, Any] = field(default_factory=dict)
    retried: bool = False
    """The server wanted another hello, and its answer to that one is awaited."""


class TlsRecords:
    """Puts together what is told of a connection bit by bit."""

    def __init__(self) -> None:
        self._waiting: dict[int, _Waiting] = {}
        self._told: dict[int, None] = {}
        """Flows whose connection was told."""

    def take(self, events: Iterable[Event], now_ns: int) -> list[dict[str, Any]]:
        """Return records of connections about which nothing more is expected."""
        done = []
        for event in events:
            if not isinstance(event, EVENTS):
                continue
            serial = event.stream.serial
            waiting = self._waiting.get(serial)
            if waiting is None:
                if serial in self._told and not isinstance(event, TlsHello | DatagramHello):
                    continue
                waiting = self._waiting[serial] = _Waiting(event.moment, event.request, _asked(event.request))
            if _is_last(waiting, event):
                done.append(self._tell(serial))
        late = [serial for serial, one in self._waiting.items() if now_ns - one.moment.time_ns > PATIENCE_NS]
        late += list(self._waiting)[: max(len(self._waiting) - MOST, 0)]
        return [*done, *(self._tell(serial) for serial in dict.fromkeys(late))]

    def finish(self) -> list[dict[str, Any]]:
        """Return records of all that wait."""
        return [self._tell(serial) for serial in list(self._waiting)]

    def _tell(self, serial: int) -> dict[str, Any]:
        self._told[serial] = None
        if len(self._told) > MOST:
            del self._told[next(iter(self._told))]
        return _record(self._waiting.pop(serial))


def _is_last(waiting: _Waiting, event: Event) -> bool:
    """Add what an event tells; return True when nothing more is expected."""
    if isinstance(event, TlsCertificate):
        waiting.tls |= _certificate(event)
        return True
    if not isinstance(event, TlsAnswer | DatagramAnswer):
        return False
    response = event.response
    waiting.tls |= _known(
        version=response.version,
        ja3s={"hash": response.ja3s} if response.ja3s else None,
        server_alpns=[response.protocol] if response.protocol else None,
    )
    retry, waiting.retried = RETRY in response.notes and not waiting.retried, True
    return not retry and (isinstance(event, DatagramAnswer) or response.version.endswith(ENCRYPTED))


def _asked(request: WebRequest) -> dict[str, Any]:
    return _known(
        sni=request.name,
        version=request.version,
        ja3={"hash": request.ja3} if request.ja3 else None,
        ja4=request.ja4,
        client_alpns=list(request.protocols) or None,
    )


def _certificate(event: TlsCertificate) -> dict[str, Any]:
    facts, digits = event.facts, event.fingerprint
    return _known(
        subject=facts.subject,
        issuerdn=facts.issuer,
        fingerprint=":".join(digits[at : at + 2] for at in range(0, len(digits), 2)),
        notbefore=_date(facts.not_before) if facts.readable else "",
        notafter=_date(facts.not_after) if facts.readable else "",
        subjectaltname=list(facts.names) or None,
    )


def _record(one: _Waiting) -> dict[str, Any]:
    """Return a record `tls`, or `quic` with the fewer fields that this has."""
    (*client, client_port), (*server, server_port) = one.request.client, one.request.server
    kind = one.request.kind
    protocol = PROTOCOL_TCP if kind is WebKind.TLS else PROTOCOL_UDP
    ends = Ends((client[0], client[1]), client_port, (server[0], server[1]), server_port, protocol)
    if kind is not WebKind.QUIC:
        return record("tls", one.moment, ends) | {"tls": one.tls}
    version = one.request.version.split(" ")[0].removeprefix("v")
    quic = _known(version=version, **{name: one.tls.get(name) for name in _QUIC})
    return record("quic", one.moment, ends) | {"quic": quic}


def _known(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _date(seconds: int) -> str:
    """Return a time as EVE writes those of certificates: without a zone."""
    return str(np.datetime64(seconds, "s"))
