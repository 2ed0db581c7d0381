"""What is learned of TLS and its relatives: hellos of clients, answers of servers, certificates. Frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netwatch.decode.x509 import CertificateFacts
    from netwatch.track.stream_reader import Moment, Stream
    from netwatch.track.web_transaction import WebRequest, WebResponse


@dataclass(frozen=True, slots=True)
class TlsHello:
    """A client said hello over TCP."""

    stream: Stream
    moment: Moment
    request: WebRequest


@dataclass(frozen=True, slots=True)
class TlsAnswer:
    """A server chose version and cipher."""

    stream: Stream
    moment: Moment
    request: WebRequest
    """With both ends, and nothing else where the hello was not captured."""
    response: WebResponse


@dataclass(frozen=True, slots=True)
class TlsCertificate:
    """A server showed its certificate, which TLS 1.3 encrypts."""

    stream: Stream
    moment: Moment
    request: WebRequest
    fingerprint: str
    """SHA-256, hexadecimal."""
    facts: CertificateFacts


@dataclass(frozen=True, slots=True)
class DatagramHello:
    """A client said hello in QUIC or DTLS; `request.kind` tells in which."""

    stream: Stream
    moment: Moment
    request: WebRequest


@dataclass(frozen=True, slots=True)
class DatagramAnswer:
    """A server answered it."""

    stream: Stream
    moment: Moment
    request: WebRequest
    response: WebResponse
