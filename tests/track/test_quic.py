"""QuicTracker: hellos out of Initial packets on any port, in whichever pieces."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.decode.decoder import decode
from netwatch.tables.query import TableQuery
from netwatch.track.analysis import Analysis
from netwatch.track.flow import FlowTracker
from netwatch.track.names import NameCache
from netwatch.track.quic import QuicTracker
from netwatch.track.tls import TlsTables
from netwatch.track.web import WebTracker
from netwatch.track.web_transaction import WebKind
from tests.frames import ethernet, frames, ipv4, udp
from tests.quic_packets import crypto, initial, varint
from tests.tls_messages import alpn, client_hello, extension, server_hello, server_name, versions

CLIENT, SERVER = "10.0.0.1", "10.0.0.2"
FIRST, SECOND, THIRD = b"first-id", b"second-i", b"third-id"
VERSION_2 = 0x6B3343CF


def hello(name: bytes = b"quic.example") -> bytes:
    """Return a ClientHello as QUIC has it."""
    return client_hello(server_name(name), alpn(b"h3"), versions(0x0304), extension(57, bytes(300)))


ANSWER = server_hello(extension(43, b"\3\4"))


class Talk:
    """A tracker that is told what both ends send."""

    def __init__(self, packets: int = 1 << 30) -> None:
        self.flows = FlowTracker(seed=1, capacity=64)
        self.web, self.names = WebTracker(capacity=16, names=16, agents=16), NameCache()
        self.quic = QuicTracker(TlsTables(self.web, self.names, self.flows.applications), packets=packets)
        self.number = 1

    def say(self, *turns: tuple[bool, bytes], port: int = 8443) -> Talk:
        """Hand datagrams over, each a batch of its own."""
        for forth, datagram in turns:
            ends = (40000, port) if forth else (port, 40000)
            source, destination = (CLIENT, SERVER) if forth else (SERVER, CLIENT)
            content = ethernet(
                0x0800, ipv4(17, udp(datagram, sport=ends[0], dport=ends[1]), source=source, destination=destination)
            )
            batch = decode(frames([content]), self.number)
            self.quic.feed(batch, self.flows.feed(batch), self.flows.columns.serial)
            self.number += 1
        return self

    @property
    def table(self):
        """All transactions."""
        return self.web.page(TableQuery("serial", descending=False)).table


def sent(frames_of: bytes, original: bytes = FIRST, **options) -> bytes:
    """Return a datagram with an Initial packet."""
    return initial(frames_of, original=original, size=1000, **options)


@pytest.mark.parametrize(
    ("version", "name"), [(1, "v1"), (VERSION_2, "v2"), (0xFF00001D, "draft-29"), (0x1A2A3A4A, "0x1a2a3a4a")]
)
def test_a_connection(version: int, name: str) -> None:
    """On a port of no meaning."""
    talk = Talk().say(
        (True, sent(crypto(0, hello()), version=version)),
        (False, sent(crypto(0, ANSWER), version=version, server=True, destination=b"", source=SECOND)),
    )
    table = talk.table
    assert (table.kind, table.name, table.outcome) == (("QUIC",), ("quic.example",), ("answered",))
    assert (table.version, table.cipher) == ((f"{name} TLS1.3",), ("AES_128_GCM_SHA256",))
    assert table.ja4[0].startswith("q13d0204h3_")
    assert (table.client, table.server, table.server_port.tolist()) == ((CLIENT,), (SERVER,), [8443])
    assert talk.flows.table().application == ("HTTP/3",)
    assert talk.names.find_addresses("quic.example")[0].size == 1


def test_pieces_in_several_packets_and_datagrams() -> None:
    """Out of order, coalesced, repeated, with acknowledgements between."""
    whole = hello()
    one, two, three = whole[:50], whole[50:120], whole[120:]
    talk = Talk().say(
        (True, sent(crypto(120, three) + b"\1", number=0)),
        (True, initial(crypto(0, one), original=FIRST, number=1) + sent(b"\2\5\0\0\0" + crypto(50, two), number=2)),
        (True, sent(crypto(0, one), number=3)),
    )
    assert talk.table.name == ("quic.example",)


def test_retry_gives_new_keys() -> None:
    """The client begins anew with the identifier that the server chose; later packets use the server's."""
    talk = Talk().say(
        (True, sent(crypto(0, hello()[:100]))),
        (False, b"\xf0\0\0\0\1\0" + bytes([len(SECOND)]) + SECOND + b"token" + bytes(16)),
        (True, sent(crypto(0, hello()), original=SECOND, token=b"token", number=1)),
        (False, sent(crypto(0, ANSWER), original=SECOND, server=True, destination=b"", source=THIRD)),
        (True, sent(b"\2\0\0\0\0", original=SECOND, destination=THIRD, number=2)),
    )
    assert (talk.table.name, talk.table.outcome) == (("quic.example",), ("answered",))


def test_another_connection_between_the_same_ends() -> None:
    """It has another identifier; what is sent again is no other connection."""
    first = (True, sent(crypto(0, hello())))
    answer = (False, sent(crypto(0, ANSWER), server=True, destination=b"", source=SECOND))
    talk = Talk().say(first, answer, first, (True, sent(crypto(0, hello(b"other.example")), original=THIRD)))
    assert talk.table.name == ("quic.example", "other.example")


def test_an_end_with_an_error() -> None:
    """Alerts have names."""
    talk = Talk().say(
        (True, sent(crypto(0, hello()))),
        (False, sent(b"\x1c" + varint(0x128) + b"\6\0", server=True, destination=b"", source=SECOND)),
    )
    assert talk.table.outcome == ("alert handshake_failure",)


def test_what_is_too_much_is_counted() -> None:
    """In a second of packet time."""
    talk = Talk(packets=1).say((True, sent(crypto(0, hello()[:50]))), (True, sent(crypto(50, hello()[50:]))))
    assert (talk.quic.skipped, len(talk.table)) == (1, 0)


def test_other_datagrams_cost_nothing() -> None:
    """DNS, short headers, unknown versions, other types."""
    packet = sent(crypto(0, hello()))
    talk = Talk().say(
        (True, b"\x40" + bytes(100)),
        (True, packet[:30]),
        (True, packet[:1] + b"\x0a\x0a\x0a\x0b" + packet[5:]),
        (True, bytes([packet[0] | 0x20]) + packet[1:]),
    )
    assert len(talk.table) == 0
    assert not talk.quic._connections


def test_the_analysis_has_it() -> None:
    """With names in the tables of flows and web transactions."""
    analysis = Analysis()
    content = ethernet(0x0800, ipv4(17, udp(sent(crypto(0, hello())), dport=443), source=CLIENT, destination=SERVER))
    analysis.feed(decode(frames([content]), 1))
    (kind,) = analysis.page("web", TableQuery("time")).table.kind
    assert kind == WebKind.QUIC.name
    assert analysis.page("flows", TableQuery("serial")).table.destination_name == ("quic.example",)
    assert analysis.packet_filter("web", 1).label == f"UDP {CLIENT}:40000 > {SERVER}:443"


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=100)), max_size=6))
def test_no_bytes_make_it_fail(turns: list[tuple[bool, bytes]]) -> None:
    """Headers of every kind with anything behind, and frames of any bytes with the right keys."""
    talk = Talk()
    for forth, data in turns:
        talk.say((forth, b"\xc0\0\0\0\1" + data.ljust(60, b"\0")), (forth, sent(data, server=not forth)))
    assert len(talk.table) <= 16
