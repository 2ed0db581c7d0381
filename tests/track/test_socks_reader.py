"""SOCKS, and what its tunnels carry."""

from __future__ import annotations

import pytest
from application_streams import (
    CLIENT,
    DIGEST,
    SECRET,
    SERVER,
    STREAM,
    Inner,
    Named,
    Told,
)
from http_streams import Feed

from netwatch.track.application_facts import ApplicationFacts
from netwatch.track.application_protocols import (
    application_protocols,
)
from netwatch.track.http_records import HttpRecords
from netwatch.track.socks_reader import SocksReader
from netwatch.track.tunnel_reader import Tunnels
from netwatch.track.web import WebTracker


def test_socks5_with_a_password():
    inner = Inner()
    told = Told(
        SocksReader,
        (CLIENT, b"\5\2\0\2"),
        (SERVER, b"\5\2"),
        (CLIENT, b"\1\2al" + bytes([len(SECRET)]) + SECRET.encode()),
        (SERVER, b"\1\0"),
        (CLIENT, b"\5\1\0\3\x0bexample.com\0\x50"),
        (SERVER, b"\5\0\0\1" + bytes(6)),
        (CLIENT, b"GET / HTTP/1.1\r\n"),
        tls=lambda _stream: inner,
    )
    assert told.logins == [("al", DIGEST, "success", "")]
    assert told.line == "SOCKS v5 Connect example.com:80"
    assert inner.got[CLIENT] == b"GET / HTTP/1.1\r\n"


@pytest.mark.parametrize(("name", "told"), [(b"", "10.0.0.9:80"), (b"h.example\0", "0.0.0.1:80")])
def test_socks4(name, told):
    inner = Inner()
    address = b"\0\0\0\1" if name else b"\x0a\0\0\x09"
    found = Told(
        SocksReader,
        (CLIENT, b"\4\1\0\x50" + address + b"user\0" + name),
        (SERVER, b"\0\x5a" + bytes(6)),
        (SERVER, b"hello"),
        tls=lambda _stream: inner,
    )
    assert found.line == f"SOCKS v4 Connect {told}"
    assert inner.got[SERVER] == b"hello"


def test_what_a_tunnel_carries_is_told_anew():
    named = Named()
    facts, tunnels = ApplicationFacts(named), Tunnels()
    records = HttpRecords(WebTracker(), facts, tunnels.reader)
    tunnels.know(application_protocols(records, facts))
    feed = Feed(records.reader(STREAM))
    feed.send(CLIENT, b"CONNECT h:22 HTTP/1.1\r\n\r\n").send(SERVER, b"HTTP/1.1 200 ok\r\n\r\n")
    feed.send(SERVER, b"SSH-2.0-Server\r\n").send(CLIENT, b"SSH-2.0-Client\r\n").close()
    assert facts.line(STREAM.serial) == "SSH-2.0-Client -> SSH-2.0-Server"
    feed = Feed(records.reader(STREAM))
    for _ in range(10):
        feed.send(CLIENT, b"CONNECT h:22 HTTP/1.1\r\n\r\n").send(SERVER, b"HTTP/1.1 200 ok\r\n\r\n")
    assert records.summary(1).requests < 6
