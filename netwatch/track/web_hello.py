"""Makes web transactions of the hellos of TLS, over TCP and over QUIC alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.decode.tls_fingerprint import DTLS, QUIC, TLS, ja3, ja3s, ja4
from netwatch.decode.tls_numbers import cipher_text, version_text
from netwatch.track.web_totals import ENCRYPTED_HELLO
from netwatch.track.web_transaction import WebKind, WebRequest, WebResponse

if TYPE_CHECKING:
    from netwatch.decode.tls_hello import ClientHello, ServerHello
    from netwatch.track.web_transaction import End

RETRY: Final = "hello retry"
"""The server wanted another ClientHello."""
_TRANSPORTS: Final = {WebKind.TLS: TLS, WebKind.QUIC: QUIC, WebKind.DTLS: DTLS}
RESUMED: Final = "resumed"
SSL_2: Final = "SSLv2 hello"


def hello_request(
    hello: ClientHello,
    *,
    flow: int,
    time_ns: int,
    ends: tuple[End, End],
    kind: WebKind = WebKind.TLS,
    quic: str = "",
    ssl_2: bool = False,
) -> WebRequest:
    """Return what a ClientHello asks for; `quic` is the version of QUIC, `ssl_2` says that it has the old form."""
    noticed = (
        (ssl_2, SSL_2),
        (hello.encrypted, ENCRYPTED_HELLO),
        (hello.resumption, "resumption offered"),
        (hello.early_data, "early data"),
    )
    return WebRequest(
        kind,
        flow,
        time_ns,
        *ends,
        name=hello.server_name.lower(),
        version=_version(hello.version, quic),
        protocols=hello.protocols,
        ja4="" if ssl_2 else ja4(hello, _TRANSPORTS[kind]),
        ja3="" if ssl_2 else ja3(hello),
        notes=tuple(word for noted, word in noticed if noted),
    )


def hello_response(hello: ServerHello, *, time_ns: int, quic: str = "") -> WebResponse:
    """Return what a ServerHello says; `quic` as in hello_request."""
    return WebResponse(
        time_ns,
        version=_version(hello.version, quic),
        protocol=hello.protocol,
        cipher=cipher_text(hello.cipher),
        ja3s=ja3s(hello),
        notes=(RETRY,) if hello.retry else (RESUMED,) if hello.resumed else (),
    )


def _version(version: int, quic: str) -> str:
    return f"{quic} {version_text(version)}".lstrip()
