"""Handshakes of DTLS: hellos whole and in pieces, cookies, certificates, alerts, and what is none."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.decode.decoder import decode
from netwatch.tables.query import TableQuery
from netwatch.track.analysis import Analysis
from netwatch.track.dtls import DtlsTracker
from netwatch.track.event_log import EventLog
from netwatch.track.flow import FlowTracker
from netwatch.track.names import NameCache
from netwatch.track.tls import TlsTables
from netwatch.track.tls_event import DatagramAnswer, DatagramHello
from netwatch.track.web import WebTracker
from tests.frames import ethernet, frames, ipv4, udp
from tests.tls_messages import certificate, certificate_message, numbers, server_hello, server_name, vector8, vector16

CLIENT, SERVER = "192.0.2.1", "192.0.2.2"
HELLO, ANSWER, VERIFY = 1, 2, 3


def hello(name: bytes = b"dtls.example", random: int = 1, cookie: bytes = b"") -> bytes:
    """Return a ClientHello of DTLS 1.2 without its header."""
    body = numbers(0xFEFD) + bytes([random]) * 32 + b"\0" + vector8(cookie) + vector16(numbers(0xC02F)) + b"\1\0"
    return body + vector16(server_name(name))


def message(kind: int, body: bytes, number: int = 0, cuts: tuple[int, ...] = ()) -> list[bytes]:
    """Return a message in as many records as `cuts` make, without epoch."""
    edges = (0, *cuts, len(body))
    size = len(body).to_bytes(3, "big")
    pieces = [(start, body[start:end]) for start, end in pairwise(edges)]
    return [
        record(22, bytes([kind]) + size + struct.pack("!H", number) + at.to_bytes(3, "big")
               + len(piece).to_bytes(3, "big") + piece)
        for at, piece in pieces
    ]  # fmt: skip


def record(content: int, body: bytes, epoch: int = 0) -> bytes:
    """Return a record of DTLS 1.2."""
    return struct.pack("!BHHHIH", content, 0xFEFD, epoch, 0, 0, len(body)) + body


class Talk:
    """A tracker that is told what both ends send."""

    def __init__(self, packets: int = 1 << 30) -> None:
        self.flows, self.log = FlowTracker(seed=1, capacity=64), EventLog()
        self.web, self.names = WebTracker(capacity=16, names=16, agents=16), NameCache()
        self.dtls = DtlsTracker(TlsTables(self.web, self.names, self.flows.applications, self.log), packets=packets)
        self.number = 1

    def say(self, *turns: tuple[bool, bytes]) -> Talk:
        """Hand datagrams over, each a batch of its own."""
        for forth, datagram in turns:
            batch = decode(frames([framed(datagram, forth=forth)]), self.number)
            self.dtls.feed(batch, self.flows.feed(batch), self.flows.columns.serial)
            self.number += 1
        return self

    @property
    def table(self):
        """All transactions."""
        return self.web.page(TableQuery("serial", descending=False)).table


def framed(datagram: bytes, *, forth: bool = True) -> bytes:
    """Return a datagram between both ends."""
    ports, ends = ((40000, 7000), (CLIENT, SERVER)) if forth else ((7000, 40000), (SERVER, CLIENT))
    content = udp(datagram, sport=ports[0], dport=ports[1])
    return ethernet(0x0800, ipv4(17, content, source=ends[0], destination=ends[1]))


def answer() -> bytes:
    """Return a ServerHello of DTLS 1.2 without its header."""
    return server_hello(cipher=0xC02F, version=0xFEFD)[4:]


def test_a_handshake_with_a_cookie_on_any_port() -> None:
    """One transaction, the first hello counts."""
    shown = certificate_message(certificate("dtls.example"))[4:]
    talk = Talk().say(
        (True, message(HELLO, hello())[0]),
        (False, message(VERIFY, b"\xfe\xff\3abc")[0]),
        (True, message(HELLO, hello(cookie=b"abc"), 1)[0]),
        (False, message(ANSWER, answer(), 1)[0] + message(11, shown, 2, (100,))[0]),
        (False, message(11, shown, 2, (100,))[1]),
        (True, record(22, b"\1" * 40, epoch=1)),
    )
    table = talk.table
    assert (table.kind, table.name, table.version) == (("DTLS",), ("dtls.example",), ("DTLS1.2",))
    assert (table.outcome, table.cipher) == (("answered",), ("ECDHE_RSA_AES_128_GCM_SHA256",))
    assert table.certificate[0].startswith("CN=dtls.example")
    assert table.ja4[0].startswith("dd2d0101")
    assert talk.flows.table().application == ("DTLS",)
    assert talk.names.find_addresses("dtls.example")[0].size == 1
    assert [type(event) for event in talk.log.take()] == [DatagramHello, DatagramAnswer]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 1, 2, 0)])
def test_a_hello_in_pieces(order: tuple[int, ...]) -> None:
    """In any order, sent again."""
    pieces = message(HELLO, hello(), cuts=(20, 60))
    assert Talk().say(*[(True, pieces[at]) for at in order]).table.name == ("dtls.example",)


def test_another_handshake_between_the_same_ends_and_an_alert() -> None:
    """A new random number is a new handshake."""
    talk = Talk().say(
        (True, message(HELLO, hello())[0]),
        (False, record(21, b"\2\x28")),
        (True, message(HELLO, hello(b"other.example", 2))[0]),
    )
    assert talk.table.name == ("dtls.example", "other.example")
    assert talk.table.outcome == ("alert handshake_failure", "waiting")


def test_what_is_too_much_is_counted() -> None:
    """In a second of packet time."""
    pieces = message(HELLO, hello(), cuts=(20,))
    talk = Talk(packets=1).say(*[(True, piece) for piece in pieces])
    assert (talk.dtls.skipped, len(talk.table)) == (1, 0)


def test_the_analysis_has_it() -> None:
    """With names in the table of flows."""
    analysis = Analysis()
    analysis.feed(decode(frames([framed(message(HELLO, hello())[0])]), 1))
    assert analysis.page("web", TableQuery("time")).table.kind == ("DTLS",)
    assert analysis.page("flows", TableQuery("serial")).table.destination_name == ("dtls.example",)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=80), st.integers(0, 255)), max_size=6))
def test_no_bytes_make_it_fail(turns: list[tuple[bool, bytes, int]]) -> None:
    """Records with anything in them, and messages with anything in these."""
    talk = Talk()
    for forth, data, kind in turns:
        talk.say((forth, record(22, data)), (forth, message(kind % 12, data, cuts=(len(data) // 2,))[0]))
    assert len(talk.table) <= len(turns) * 2
