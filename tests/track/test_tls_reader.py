"""TlsReader: what one connection tells, in whichever pieces, up to where encryption begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.tables.query import TableQuery
from netwatch.track.flow import FlowTracker
from netwatch.track.names import NameCache
from netwatch.track.stream_reader import NO_MORE, Moment, Stream
from netwatch.track.tls import TlsTables, begins_tls
from netwatch.track.tls_reader import TlsReader
from netwatch.track.web import WebTracker
from tests.tls_messages import (
    alpn,
    certificate,
    certificate_message,
    client_hello,
    extension,
    handshake,
    numbers,
    record,
    server_hello,
    usual_hello,
    versions,
)

if TYPE_CHECKING:
    from netwatch.tables.web import WebTable

CLIENT, SERVER = 0xFFFF_0A00_0001, 0xFFFF_5DB8_D822
RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
CHANGE = record(20, b"\1")
DATA = record(23, bytes(100))
SECOND = 1_700_000_000_000_000_000
FORTH, BACK = True, False
FLOWS = FlowTracker(seed=1, capacity=64)


def tables() -> TlsTables:
    """Return empty tables."""
    return TlsTables(WebTracker(capacity=16, names=16, agents=16), NameCache(), FLOWS.applications)


class Talk:
    """A reader that is told what both ends send, a packet a microsecond."""

    def __init__(self, into: TlsTables | None = None) -> None:
        self.tables = into or tables()
        stream = Stream(3, -1, 0, CLIENT, 40000, 0, SERVER, 443, Moment(SECOND, 1))
        self.reader = TlsReader(stream, self.tables)
        self.now = SECOND

    def say(self, *turns: tuple[bool, bytes]) -> WebTable:
        """Hand bytes over and return the table."""
        for forth, data in turns:
            self.now += 1000
            if self.reader.unwanted(forth) != NO_MORE:
                self.reader.read(forth, data, Moment(self.now, 1))
        return self.table

    @property
    def table(self) -> WebTable:
        """All transactions."""
        return self.tables.web.page(TableQuery("serial")).table


def test_a_connection_of_tls_1_3() -> None:
    """Everything behind the ServerHello is encrypted."""
    talk = Talk()
    table = talk.say(
        (FORTH, record(22, usual_hello())), (BACK, record(22, server_hello(extension(43, b"\3\4"))) + CHANGE + DATA)
    )
    assert (table.kind, table.name, table.version, table.outcome) == (
        ("TLS",),
        ("example.com",),
        ("TLS1.3",),
        ("answered",),
    )
    assert (table.client, table.client_port.tolist()) == (("10.0.0.1",), [40000])
    assert (table.server, table.server_port.tolist()) == (("93.184.216.34",), [443])
    assert (table.cipher, table.protocol, table.protocols) == (("AES_128_GCM_SHA256",), ("",), (("h2", "http/1.1"),))
    assert (table.certificate, table.flow.tolist(), table.latency_ns.tolist()) == (("",), [3], [1000])
    assert table.ja4[0].startswith("t13d0203h2_")
    assert len(table.ja3[0]) == len(table.ja3s[0]) == 32
    assert talk.reader.unwanted(BACK) == NO_MORE
    talk.say((FORTH, CHANGE + DATA))
    assert talk.reader.unwanted(FORTH) == NO_MORE
    assert talk.tables.names.best(0, SERVER) == "example.com"


def test_a_connection_of_tls_1_2_with_a_certificate() -> None:
    """The server's is read, the client's is not."""
    talk = Talk()
    der = certificate("example.com", "Some CA")
    answer = server_hello(alpn(b"h2"), cipher=0xC02F) + certificate_message(der, b"another")
    table = talk.say(
        (FORTH, record(22, usual_hello())),
        (BACK, record(22, answer[:500]) + record(22, answer[500:] + handshake(14, b""))),
        (FORTH, record(22, certificate_message(certificate("client"))) + CHANGE + record(22, bytes(40))),
        (BACK, CHANGE + record(22, bytes(40))),
    )
    assert (table.version, table.cipher, table.protocol) == (("TLS1.2",), ("ECDHE_RSA_AES_128_GCM_SHA256",), ("h2",))
    assert table.certificate == ("CN=example.com by CN=Some CA, Ed25519, valid until 2030-01-01",)
    found = talk.tables.web.certificates.page(TableQuery("count")).table
    assert (found.subject, found.issuer, found.names) == (
        ("CN=example.com",),
        ("CN=Some CA",),
        (("example.com", "www.example.com"),),
    )
    assert (found.state, found.key, found.self_signed.tolist()) == (("valid",), ("Ed25519",), [False])
    assert (found.chain.tolist(), found.server, found.name, found.flow.tolist()) == (
        [2],
        ("93.184.216.34",),
        ("example.com",),
        [3],
    )
    assert table.notes == ((),)
    assert [talk.reader.unwanted(each) for each in (FORTH, BACK)] == [NO_MORE, NO_MORE]


def test_resumption_of_tls_1_2() -> None:
    """The server goes on with an earlier session: no certificate."""
    table = Talk().say(
        (FORTH, record(22, client_hello(extension(35, b"ticket")))),
        (BACK, record(22, server_hello(cipher=0xC02F)) + CHANGE),
    )
    assert table.notes == (("resumption offered", "resumed"),)


def test_a_hello_retry() -> None:
    """Two hellos of each end are one transaction, whose answer is the first."""
    retry = server_hello(extension(43, b"\3\4"), random=RETRY_RANDOM)
    table = Talk().say(
        (FORTH, record(22, usual_hello())),
        (BACK, record(22, retry) + CHANGE),
        (FORTH, CHANGE + record(22, usual_hello())),
        (BACK, record(22, server_hello(extension(43, b"\3\4"), extension(41, b"\0\0"), cipher=0x1302)) + DATA),
    )
    assert (table.cipher, table.notes) == (("AES_256_GCM_SHA384",), (("hello retry", "resumed"),))
    assert table.latency_ns.tolist() == [1000]


@pytest.mark.parametrize("size", [1, 3, 50])
def test_pieces_make_no_difference(size: int) -> None:
    """Segments and records of any size."""
    hello = usual_hello()
    data = b"".join(record(22, hello[at : at + 30]) for at in range(0, len(hello), 30))
    table = Talk().say(*((FORTH, data[at : at + size]) for at in range(0, len(data), size)))
    assert (table.name, table.outcome) == (("example.com",), ("waiting",))


def test_alerts_and_ends() -> None:
    """A fatal alert, and a connection that ends without an answer."""
    talk = Talk()
    table = talk.say((FORTH, record(22, usual_hello())), (BACK, record(21, b"\2\x28")))
    talk.reader.closed(BACK, Moment(SECOND, 9))
    assert talk.table.outcome == table.outcome == ("alert handshake_failure",)
    warned = Talk().say((FORTH, record(22, usual_hello())), (BACK, record(21, b"\1\x70") + record(22, server_hello())))
    assert warned.outcome == ("answered",)
    silent = Talk()
    silent.say((FORTH, record(22, usual_hello())))
    silent.reader.closed(BACK, Moment(SECOND, 9))
    assert silent.table.outcome == ("no answer",)


def test_an_alert_after_the_answer() -> None:
    """The client does not like the certificate."""
    table = Talk().say(
        (FORTH, record(22, usual_hello())),
        (BACK, record(22, server_hello(cipher=0xC02F) + certificate_message(certificate()) + handshake(14, b""))),
        (FORTH, record(21, b"\2\x30")),
    )
    assert table.outcome == ("alert unknown_ca",)
    assert table.certificate[0].startswith("CN=example.com self-signed")


def test_only_the_server_was_captured() -> None:
    """Who is who is known, the time it took is not."""
    table = Talk().say((BACK, record(22, server_hello(cipher=0xC02F))))
    assert (table.client, table.outcome, table.notes) == (
        ("10.0.0.1",),
        ("answered",),
        (("ClientHello not captured",),),
    )
    assert table.latency_ns.tolist() == [-1]


def test_the_responder_may_be_the_client() -> None:
    """Who sends the ClientHello is the client, whoever began the flow."""
    table = Talk().say((BACK, record(22, usual_hello())))
    assert (table.client, table.server) == (("93.184.216.34",), ("10.0.0.1",))


def test_lost_bytes_end_a_direction() -> None:
    """Where a record begins can not be told any more."""
    talk = Talk()
    talk.say((FORTH, record(22, usual_hello())[:50]))
    talk.reader.lost(FORTH, 100, Moment(SECOND, 5))
    assert talk.reader.unwanted(FORTH) == NO_MORE
    assert talk.table.name == ()


def test_the_hello_of_ssl_2() -> None:
    """It has no name and no fingerprint."""
    body = b"\1" + numbers(0x0301, 3, 0, 16) + bytes.fromhex("00002f") + bytes(16)
    data = numbers(0x8000 | len(body)) + body
    assert begins_tls(data)
    table = Talk().say((FORTH, data), (BACK, record(22, server_hello(version=0x0301))))
    assert (table.version, table.notes, table.ja4) == (("TLS1.0",), (("SSLv2 hello",),), ("",))


def test_what_begins_tls() -> None:
    """The record of a hello, of either end, and nothing else."""
    assert begins_tls(record(22, usual_hello())[:6])
    assert begins_tls(record(22, server_hello())[:6])
    for data in (b"", b"\x16\3\1", record(22, certificate_message()), record(23, b"\1\1\1"), b"GET / HTTP/1.1\r\n"):
        assert not begins_tls(data)


def test_the_flow_speaks_tls() -> None:
    """And HTTP/2 where the server says so in the clear."""
    told: list[tuple[int, str]] = []

    class Applications:
        def detect(self, serial: int, name: str) -> None:
            told.append((serial, name))

    into = tables()
    talk = Talk(TlsTables(into.web, into.names, Applications()))
    talk.say((FORTH, record(22, usual_hello())), (BACK, record(22, server_hello(alpn(b"h2"), cipher=0xC02F))))
    assert told == [(3, "TLS"), (3, "HTTP/2")]


HOSTILE = st.one_of(
    st.binary(max_size=80),
    st.builds(record, st.sampled_from([20, 21, 22, 23]), st.binary(max_size=60)),
    st.builds(
        lambda kind, body: record(22, handshake(kind, body)), st.sampled_from([1, 2, 11, 14]), st.binary(max_size=80)
    ),
    st.sampled_from(
        [
            record(22, usual_hello()),
            record(22, server_hello(cipher=0xC02F) + certificate_message(b"\x30\x80" * 20)),
            record(22, server_hello(random=RETRY_RANDOM)),
            record(22, client_hello(versions(0x0304))),
        ]
    ),
)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), HOSTILE), max_size=8))
def test_no_bytes_make_a_reader_fail(turns: list[tuple[bool, bytes]]) -> None:
    """Whatever both ends send; a stream is at most one transaction."""
    talk = Talk()
    assert len(talk.say(*turns)) <= 1
    talk.reader.closed(FORTH, Moment(SECOND, 9))
    assert all(outcome for outcome in talk.table.outcome)
