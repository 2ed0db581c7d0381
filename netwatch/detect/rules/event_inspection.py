"""What names, hellos, certificates, requests and responses offer to rules: an Inspection of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from netwatch.detect.rules.inspection import Inspection
from netwatch.track.tls_event import DatagramAnswer, DatagramHello, TlsAnswer, TlsCertificate, TlsHello

if TYPE_CHECKING:
    from netwatch.track.dns_event import DnsEvent
    from netwatch.track.http_transaction import HttpRequest
    from netwatch.track.stream_reader import Moment

TlsEvent: TypeAlias = TlsHello | DatagramHello | TlsAnswer | DatagramAnswer | TlsCertificate
TLS_EVENTS: Final[tuple[type[TlsEvent], ...]] = (TlsHello, DatagramHello, TlsAnswer, DatagramAnswer, TlsCertificate)
"""QUIC and DTLS count as TLS: they say the same."""


def of_query(event: DnsEvent) -> Inspection:
    """Return what a query offers."""
    return Inspection(
        protocol="dns",
        source=event.client[0] << 64 | event.client[1],
        destination=event.server[0] << 64 | event.server[1],
        source_port=event.client_port,
        destination_port=event.server_port,
        time_ns=event.moment.time_ns,
        buffers=query_buffers(event.name),
        established=True,
        to_server=True,
    )


def query_buffers(name: str) -> dict[str, bytes]:
    """Return the buffers of a query for a name."""
    return {"dns.query": name.rstrip(".").encode("latin-1", "replace")}


def of_tls(event: TlsEvent) -> Inspection:
    """Return what a hello, an answer or a certificate offers."""
    to_server = isinstance(event, TlsHello | DatagramHello)
    ends = (event.request.client, event.request.server)
    source, destination = ends if to_server else ends[::-1]
    return Inspection(
        protocol="tls",
        source=source[0] << 64 | source[1],
        destination=destination[0] << 64 | destination[1],
        source_port=source[2],
        destination_port=destination[2],
        time_ns=event.moment.time_ns,
        buffers=tls_buffers(event),
        established=True,
        to_server=to_server,
    )


def tls_buffers(event: TlsEvent) -> dict[str, bytes]:
    """Return the buffers of a hello, an answer or a certificate."""
    return {name: text.encode("utf-8", "replace") for name, text in tls_texts(event).items() if text}


def of_http(request: HttpRequest, moment: Moment, buffers: dict[str, bytes], *, to_server: bool) -> Inspection:
    """Return what `buffers` of a request, or of the response to it, offer."""
    ends = (request.client, request.server) if to_server else (request.server, request.client)
    source, destination = ends
    return Inspection(
        protocol="http",
        source=source[0] << 64 | source[1],
        destination=destination[0] << 64 | destination[1],
        source_port=source[2],
        destination_port=destination[2],
        time_ns=moment.time_ns,
        buffers=buffers,
        established=True,
        to_server=to_server,
    )


def tls_texts(event: TlsEvent) -> dict[str, str]:
    """Return buffers of the rule language and what is in them."""
    if isinstance(event, TlsHello | DatagramHello):
        return {"tls.sni": event.request.name, "ja3.hash": event.request.ja3, "ja4.hash": event.request.ja4}
    if isinstance(event, TlsCertificate):
        return {
            "tls.sni": event.request.name,
            "tls.cert_subject": event.facts.subject,
            "tls.cert_issuer": event.facts.issuer,
        }
    return {"ja3s.hash": event.response.ja3s, "tls.version": event.response.version.removeprefix("TLS ")}
