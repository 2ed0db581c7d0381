"""Heads of requests that servers read differently, and those of ordinary clients."""

from __future__ import annotations

import pytest

from netwatch.detect.web.framing import framing_signs
from tests.detect.fixtures.sessions import OK
from tests.detect.traffic import LAN, WEB, Traffic, alerts

LENGTHS, BOTH, CODING, LENGTH, HOSTS = (
    "different lengths", "a length and a transfer coding", "a transfer coding that not every server reads",
    "a length that not every server reads", "different hosts",
)  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (b"Content-Length: 5", []),
        (b"Content-Length: 5\r\nContent-Length: 5", []),
        (b"Transfer-Encoding: gzip, chunked", []),
        (b"host: a.example\r\nX-Content-Length: 7\r\nContent-Length: 5", []),
        (b"Content-Length: 5\r\nContent-Length: 6", [LENGTHS]),
        (b"Content-Length: 5, 6", [LENGTHS]),
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked", [BOTH]),
        (b"Transfer-Encoding: xchunked", [CODING]),
        (b"Transfer-Encoding : chunked", [CODING]),
        (b"Transfer-Encoding: \x0bchunked", [CODING]),
        (b"Content-Length : 5", [LENGTH]),
        (b"Host: b.example", [HOSTS]),
    ],
)
def test_heads(fields: bytes, told: list[str]) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a.example\r\n" + fields + b"\r\n\r\n"
    assert [sign.token for sign in framing_signs(head)] == told


def test_smuggled_requests_are_one_alert() -> None:
    traffic = Traffic()
    hidden = b"GET /admin HTTP/1.1\r\nX: "
    head = b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    for _ in range(3):
        traffic.wait(1).connect(LAN, WEB, 80, request=head % (len(hidden) + 5) + hidden, answer=OK)
    (alert,) = alerts(traffic)
    assert (alert.rule, alert.word, alert.destination) == ("http.smuggling", "medium", WEB)
    assert "chunked" in dict(alert.evidence)["value"]
