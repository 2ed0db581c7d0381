"""CallReader: connections that carried data, over TCP and QUIC alike, with the name that each was for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.detect.outcome import Success
from netwatch.detect.window import Keys
from netwatch.track.http_transaction import HttpRequest
from netwatch.track.tls_event import DatagramAnswer, TlsHello
from netwatch.track.web_transaction import WebKind, ends

if TYPE_CHECKING:
    from netwatch.detect.observation import Observation
    from netwatch.track.web_transaction import End

MOST_NAMES: Final = 4096
CALLS: Final[tuple[str | type, ...]] = ("successes", TlsHello, HttpRequest, DatagramAnswer)
"""What a slice must have one of."""
INITIAL_BYTES: Final = 1200
"""A client's first datagram of QUIC has so many at least (RFC 9000 section 14.1), and hardly ever more."""


class Call(NamedTuple):
    """One connection."""

    success: Success
    name: str
    """In lower case: of the TLS hello, or the host of an HTTP request; empty for none."""
    protocol: str
    """TCP or QUIC."""


class CallReader:
    """Used by one detector."""

    def __init__(self) -> None:
        self._names: Keys[list[str]] = Keys(MOST_NAMES, list)
        """The name in the newest request, by both ends."""

    def read(self, seen: Observation) -> list[Call]:
        """Return the calls of a slice in the order of their packets."""
        for hello in seen.of(TlsHello):
            self._learn(*ends(hello.stream), hello.request.name)
        for asked in seen.of(HttpRequest):
            client, server = ends(asked.stream)
            self._learn(*((client, server) if asked.from_initiator else (server, client)), asked.host)
        found = [Call(success, self._name(success), "TCP") for success in seen.successes]
        found += [
            Call(_success(answer, seen), answer.request.name.lower().rstrip("."), "QUIC")
            for answer in seen.of(DatagramAnswer)
            if answer.request.kind == WebKind.QUIC
        ]
        return sorted(found, key=lambda call: call.success.moment.number)

    def _learn(self, client: End, server: End, name: str) -> None:
        if name:
            self._names.at((*client, *server))[:] = [name]

    def _name(self, success: Success) -> str:
        server = *success.target_address, success.port
        found = self._names.get((*success.source_address, success.source_port, *server))
        return found[0].lower().rstrip(".") if found else ""


def _success(answer: DatagramAnswer, seen: Observation) -> Success:
    """Return a QUIC connection whose server answered as TCP connections are told; it began with the hello."""
    request = answer.request
    client, server = request.client[:2], request.server[:2]
    return Success(
        moment=answer.moment,
        source=seen.surroundings.party(*client),
        target=seen.surroundings.party(*server),
        target_address=server,
        port=request.server[2],
        began_ns=request.time_ns,
        source_address=client,
        source_port=request.client[2],
        request_bytes=INITIAL_BYTES,
    )
