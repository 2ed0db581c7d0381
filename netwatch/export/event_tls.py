"""EVE records of TLS: one a connection, once its hellos and, before TLS 1.3, its certificate were seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP
from netwatch.export.eve import Ends, record
from netwatch.track.tls_event import TlsAnswer, TlsCertificate, TlsHello

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.track.event_log import Event
    from netwatch.track.stream_reader import Moment
    from netwatch.track.web_transaction import WebRequest

PATIENCE_NS: Final = 5_000_000_000
"""Packet time that a hello waits for its answer, and an answer for its certificate."""
MOST: Final = 10_000
"""Connections that wait; the oldest is told when there are more."""
ENCRYPTED: Final = "1.3"
"""What the names of versions end in from which on certificates cannot be seen (RFC 8446)."""


@dataclass(slots=True)
class _Waiting:
    moment: Moment
    request: WebRequest
    tls: dict[str, Any] = field(default_factory=dict)


class TlsRecords:
    """Puts together what is told of a connection bit by bit."""

    def __init__(self) -> None:
        self._waiting: dict[int, _Waiting] = {}

    def take(self, events: Iterable[Event], now_ns: int) -> list[dict[str, Any]]:
        """Return records of connections about which nothing more is expected."""
        done = []
        for event in events:
            if not isinstance(event, TlsHello | TlsAnswer | TlsCertificate):
                continue
            serial = event.stream.serial
            waiting = self._waiting.get(serial)
            if waiting is None:
                waiting = self._waiting[serial] = _Waiting(event.moment, event.request, _asked(event.request))
            if isinstance(event, TlsAnswer):
                response = event.response
                waiting.tls |= _known(
                    version=response.version,
                    ja3s={"hash": response.ja3s} if response.ja3s else None,
                    server_alpns=[response.protocol] if response.protocol else None,
                )
            elif isinstance(event, TlsCertificate):
                waiting.tls |= _certificate(event)
            if isinstance(event, TlsCertificate) or waiting.tls.get("version", "").endswith(ENCRYPTED):
                done.append(_record(self._waiting.pop(serial)))
        late = [serial for serial, one in self._waiting.items() if now_ns - one.moment.time_ns > PATIENCE_NS]
        late += list(self._waiting)[: max(len(self._waiting) - MOST, 0)]
        return [*done, *(_record(self._waiting.pop(serial)) for serial in dict.fromkeys(late))]

    def finish(self) -> list[dict[str, Any]]:
        """Return records of all that wait."""
        waiting, self._waiting = self._waiting, {}
        return [_record(one) for one in waiting.values()]


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
    (*client, client_port), (*server, server_port) = one.request.client, one.request.server
    ends = Ends((client[0], client[1]), client_port, (server[0], server[1]), server_port, PROTOCOL_TCP)
    return record("tls", one.moment, ends) | {"tls": one.tls}


def _known(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _date(seconds: int) -> str:
    """Return a time as EVE writes those of certificates: without a zone."""
    return str(np.datetime64(seconds, "s"))
