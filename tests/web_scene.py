"""A scene of TLS, QUIC and HTTP for the web pane: answered, failed and waiting, with certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.quic_packets import crypto, initial
from tests.scenes import CLIENT, SERVER, SceneSource, frames_of, running_engine, tcp, udp
from tests.tls_messages import (
    CHROME_CIPHERS,
    alpn,
    certificate,
    certificate_message,
    client_hello,
    extension,
    handshake,
    numbers,
    record,
    server_hello,
    server_name,
    vector16,
    versions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.engine import Engine

CHANGE = record(20, b"\1")
HEADERS = b" HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/8.5.0\r\n\r\n"
TLS_1_3 = extension(43, b"\3\4")


def hello(name: bytes, *protocols: bytes) -> bytes:
    """Return the ClientHello of a browser."""
    algorithms = extension(13, vector16(numbers(0x0403, 0x0804, 0x0401)))
    return client_hello(
        server_name(name),
        alpn(*protocols),
        algorithms,
        versions(0x0A0A, 0x0304, 0x0303),
        ciphers=(0x0A0A, *CHROME_CIPHERS),
    )


def connection(port: int, server_port: int, *turns: tuple[bool, bytes]) -> Iterator[bytes]:
    """Yield the frames of a TCP connection in which each end says what it has to."""
    sent = {True: 1001, False: 7001}
    yield tcp(CLIENT, SERVER, port, server_port, 0x02, 1000)
    yield tcp(SERVER, CLIENT, server_port, port, 0x12, 7000, 1001)
    yield tcp(CLIENT, SERVER, port, server_port, 0x10, 1001, 7001)
    for forth, data in turns:
        ends = (CLIENT, SERVER, port, server_port) if forth else (SERVER, CLIENT, server_port, port)
        yield tcp(*ends, 0x18, sent[forth], sent[not forth], data)
        sent[forth] += len(data)
    yield tcp(CLIENT, SERVER, port, server_port, 0x11, sent[True], sent[False])
    yield tcp(SERVER, CLIENT, server_port, port, 0x11, sent[False], sent[True] + 1)


def web_frames() -> list[bytes]:
    """Return the frames of the scene."""
    old = server_hello(alpn(b"http/1.1"), cipher=0xC02F)
    chain = certificate_message(certificate("shop.example", "Example CA"), certificate("Example CA"))
    quic = crypto(0, client_hello(server_name(b"video.example"), alpn(b"h3"), versions(0x0304)))
    answer = initial(
        crypto(0, server_hello(TLS_1_3)),
        original=b"original",
        destination=b"",
        source=b"servers",
        server=True,
        size=1000,
    )
    return [
        *connection(50001, 443, (True, record(22, hello(b"www.example.com", b"h2", b"http/1.1"))),
                    (False, record(22, server_hello(TLS_1_3)) + CHANGE + record(23, bytes(900)))),
        *connection(50002, 443, (True, record(22, hello(b"shop.example", b"http/1.1"))),
                    (False, record(22, old + chain + handshake(14, b""))), (True, CHANGE), (False, CHANGE)),
        *connection(50003, 8443, (True, record(22, hello(b"router.lan", b"http/1.1"))),
                    (False, record(22, old + certificate_message(certificate("router.lan")))),
                    (True, record(21, b"\2\x30"))),
        *connection(50004, 443, (True, record(22, hello(b"old.example", b"h2"))), (False, record(21, b"\2\x46"))),
        udp(CLIENT, SERVER, 50005, 443, initial(quic, original=b"original", size=1000)),
        udp(SERVER, CLIENT, 443, 50005, answer),
        *connection(50006, 80, (True, b"GET /index.html" + HEADERS),
                    (False, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello")),
        *connection(50007, 80, (True, b"GET /gone" + HEADERS),
                    (False, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")),
    ]  # fmt: skip


def web_engine(live: object = None) -> Engine:
    """Return an engine that has seen the scene."""
    packets = web_frames()
    return running_engine(SceneSource([frames_of(packets)]), len(packets), live)
