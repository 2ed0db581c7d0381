"""Followed conversations: the bytes of tshark's -z follow, gaps, overlaps, wrap-around, HTTP bodies."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.capture.file_source import FileSource
from netwatch.errors import NetwatchError
from netwatch.examine import reassembly as reassembly_module
from netwatch.examine.http_messages import decoded, http_chunks
from netwatch.examine.reassembly import Reassembly
from netwatch.tables.stream import Chunk
from tests.examine.follow_tshark import DEV, FACTS, digest, order
from tests.scenes import SceneSource, day, frames_of, running_engine, wait_for

if TYPE_CHECKING:
    from netwatch.tables.stream import Stream

LINES = [line.split("\t") for line in FACTS.read_text().splitlines()]


def with_gaps(stream: Stream) -> list[tuple[int, bytes]]:
    """Return the pieces of a stream as tshark writes them, gaps in words."""
    return [
        (chunk.side, f"[{chunk.missing} bytes missing in capture file]\0".encode() if chunk.missing else chunk.data)
        for chunk in stream.chunks
    ]


@pytest.mark.skipif(not DEV.is_dir(), reason="the captures are not beside the checkout")
@pytest.mark.parametrize("name", sorted({line[0] for line in LINES}))
def test_bytes_are_those_of_tshark(name: str) -> None:
    """Of both sides, and in the same order."""
    source = FileSource([str(DEV / name)])
    engine = running_engine(source, 1)  # type: ignore[arg-type]
    wait_for(lambda: engine.snapshot().state.name == "STOPPED")
    try:
        for number, one, two, whole in (line[2:] for line in LINES if line[0] == name):
            pieces = with_gaps(engine.follow(int(number)).result(180))
            sides = [digest(b"".join(data for side, data in pieces if side == wanted)) for wanted in (0, 1)]
            assert (number, sides, order(pieces)) == (number, [one, two], whole)
    finally:
        engine.close()


def put_together(*segments: tuple[int, int, bytes]) -> list[tuple[int, bytes, int]]:
    """Return what (side, sequence number, bytes) become."""
    reassembly = Reassembly()
    for number, (side, seq, data) in enumerate(segments, 1):
        reassembly.segment(1 if side else 0, seq % (1 << 32), None, data, len(data), number)
    return [(chunk.side, chunk.data, chunk.missing) for chunk in reassembly.finish()]


def test_what_comes_twice_late_or_never() -> None:
    """The first bytes win, early ones wait, gaps are told, numbers wrap around."""
    assert put_together((0, 5, b"abc"), (0, 6, b"XYZ"), (0, 5, b"old")) == [(0, b"abcZ", 0)]
    assert put_together((0, 5, b"ab"), (0, 9, b"ef"), (0, 7, b"cd")) == [(0, b"abcdef", 0)]
    assert put_together((0, 5, b"ab"), (0, 9, b"ef")) == [(0, b"ab", 0), (0, b"", 2), (0, b"ef", 0)]
    assert put_together((0, -2, b"abcd"), (0, 2, b"ef")) == [(0, b"abcdef", 0)]
    assert put_together((0, 1, b"a"), (1, 1, b"b"), (0, 2, b"c")) == [(0, b"a", 0), (1, b"b", 0), (0, b"c", 0)]


def test_an_acknowledged_gap_is_closed() -> None:
    """Whoever acknowledges bytes has seen them, though the capture has not."""
    reassembly = Reassembly()
    reassembly.segment(0, 1, None, b"ab", 2, 1)
    reassembly.segment(0, 5, None, b"ef", 2, 2)
    reassembly.segment(1, 1, 7, b"yes", 3, 3)
    reassembly.segment(0, 7, None, b"gh", 2, 4)
    chunks = reassembly.finish()
    assert [(chunk.side, chunk.data, chunk.missing) for chunk in chunks] == [
        (0, b"ab", 0),
        (0, b"", 2),
        (0, b"ef", 0),
        (1, b"yes", 0),
        (0, b"gh", 0),
    ]


def test_a_segment_that_was_cut_short() -> None:
    """What was sent and not captured is missing."""
    reassembly = Reassembly()
    reassembly.segment(0, 1, None, b"ab", 6, 1)
    reassembly.segment(0, 7, None, b"gh", 2, 2)
    assert [(chunk.data, chunk.missing) for chunk in reassembly.finish()] == [(b"ab", 0), (b"", 4), (b"gh", 0)]


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what is kept nor what waits grows without end."""
    monkeypatch.setattr(reassembly_module, "MOST_BYTES", 100)
    monkeypatch.setattr(reassembly_module, "MOST_WAITING", 40)
    reassembly = Reassembly()
    reassembly.segment(0, 0, None, b"a", 1, 1)
    for number in range(20):
        reassembly.segment(0, 10 + number * 20, None, b"0123456789", 10, number)
    assert reassembly.full
    assert sum(len(chunk.data) for chunk in reassembly.finish()) == 100


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 40), st.integers(1, 12)), max_size=25), st.integers(0, 9))
def test_any_order_gives_the_bytes(cuts: list[tuple[int, int, int]], start: int) -> None:
    """Segments of a text in any order and overlap: what is there stands in its place."""
    text = bytes(range(64))
    base = (1 << 32) - start
    reassembly = Reassembly()
    for side in (0, 1):
        reassembly.segment(1 if side else 0, base % (1 << 32), None, text[:1], 1, 0)
    for number, (side, at, size) in enumerate(cuts):
        data = text[at : at + size]
        reassembly.segment(1 if side else 0, (base + at) % (1 << 32), None, data, len(data), number)
    chunks = reassembly.finish()
    for side in (0, 1):
        at = 0
        covered = {0} | {byte for one, begin, size in cuts if one == side for byte in range(begin, begin + size)}
        for chunk in chunks:
            if chunk.side != side:
                continue
            assert chunk.data == text[at : at + len(chunk.data)]
            assert not covered & set(range(at, at + chunk.missing))
            at += len(chunk.data) + chunk.missing
        assert at == max(covered) + 1


def test_udp_and_what_cannot_be_followed() -> None:
    """Datagrams stay apart; ARP says nothing."""
    engine = running_engine(SceneSource([frames_of(day(1))]), 14)
    try:
        found = engine.follow(4).result(180)
        assert [chunk.side for chunk in found.chunks] == [0, 1]
        assert found.label == "UDP 10.0.0.17:41800 > 10.0.0.1:53"
        page = engine.follow(10).result(180)
        assert [chunk.data[:4] for chunk in page.http] == [b"GET ", b"HTTP", b"<p>"]
        with pytest.raises(NetwatchError, match="can be followed"):
            engine.follow(1).result(180)
    finally:
        engine.close()


@pytest.mark.parametrize("layer", ["udp", "tcp"])
@pytest.mark.parametrize("six", [False, True], ids=["ipv4", "ipv6"])
def test_fragments_are_put_together(layer: str, six: bool) -> None:
    """In any order, among other packets, from whichever fragment one follows; one that lacks a part has its first."""
    said = bytes(range(256)) * 12
    frames = [*fragments(layer, said, 1, six=six), *fragments(layer, b"late" * 800, 2, six=six)]
    frames = [*frames[:3][::-1], *frames_of_day(), *frames[3:], *fragments(layer, said, 3, six=six)[:2]]
    engine = running_engine(SceneSource([frames_of(frames)]), len(frames))
    try:
        for number in (1, 3, len(frames) - 4):
            found = engine.follow(number).result(180)
            whole = [chunk.data for chunk in found.chunks if not chunk.missing]
            assert b"".join(whole).startswith(said + b"late" * 800)
            assert {chunk.side for chunk in found.chunks} == {0}
            assert found.chunks[0].packet == 3
    finally:
        engine.close()


def frames_of_day() -> list[bytes]:
    """Packets that have nothing to do with it."""
    return day(1)[:5]


def fragments(layer: str, said: bytes, identification: int, *, six: bool) -> list[bytes]:
    """Return a datagram, or a segment behind those before it, in frames of at most 1200 bytes."""
    from scapy.layers.inet import IP, TCP, UDP, fragment
    from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, fragment6
    from scapy.layers.l2 import Ether
    from scapy.packet import Raw

    seq = {1: 1000, 2: 1000 + 3072, 3: 1000 + 3072 + 3200}[identification]
    transport = UDP(sport=4000, dport=5000) if layer == "udp" else TCP(sport=4000, dport=5000, flags="A", seq=seq)
    inner = transport / Raw(said)
    if six:
        packet = IPv6(src="2001:db8::1", dst="2001:db8::2") / IPv6ExtHdrFragment(id=identification) / inner
        parts = fragment6(packet, 1200)
    else:
        parts = fragment(IP(src="10.9.0.1", dst="10.9.0.2", id=identification) / inner, 1176)
    return [bytes(Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / part) for part in parts]


PLAIN = b"hello, hello, hello " * 20


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(PLAIN)),
        ("x-gzip", gzip.compress(PLAIN)),
        ("deflate", zlib.compress(PLAIN)),
        ("deflate", zlib.compress(PLAIN)[2:-4]),
        ("deflate, gzip", gzip.compress(zlib.compress(PLAIN))),
        ("identity", PLAIN),
        ("", PLAIN),
    ],
    ids=["gzip", "x-gzip", "zlib", "deflate", "both", "identity", "none"],
)
def test_content_codings(encoding: str, body: bytes) -> None:
    """Each alone, one in the other, with and without zlib's header."""
    assert decoded(body, encoding)[0] == PLAIN


def test_br_and_zstd() -> None:
    """As far as there are libraries for them; without one that is said."""
    assert decoded(b"\x8b\x02\x80abc\x03", "br") in [
        (b"abc", "br, 7 bytes"),
        (b"\x8b\x02\x80abc\x03", "br needs the package brotli"),
        (b"\x8b\x02\x80abc\x03", "broken br"),
    ]
    zstandard = pytest.importorskip("zstandard")
    assert decoded(zstandard.ZstdCompressor().compress(PLAIN), "zstd")[0] == PLAIN


def test_hostile_bodies() -> None:
    """A bomb is cut off, what is broken or unknown stays as it is."""
    bomb = gzip.compress(bytes(64 << 20))
    assert len(decoded(bomb, "gzip")[0]) == 4 << 20
    assert decoded(b"\x1f\x8bno", "gzip") == (b"\x1f\x8bno", "broken gzip")
    assert decoded(b"x", "strange") == (b"x", "strange is not understood")


def test_http_that_was_met_in_the_middle() -> None:
    """A connection may begin with the byte of a keep-alive, an answer before the capture did; nothing is left out."""
    asked, answer = b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    found = http_chunks((Chunk(0, b"\0" + asked, 1), Chunk(1, answer, 2)))
    assert [(chunk.side, chunk.data) for chunk in found] == [(0, b"\0"), (0, asked), (1, answer[:-2]), (1, b"ok")]
    assert found[0].note == "what began before, 1 byte"
    late = http_chunks((Chunk(0, asked, 1), Chunk(1, b"end of a picture", 2), Chunk(0, asked, 3), Chunk(1, answer, 4)))
    assert [chunk.data for chunk in late] == [asked, b"end of a picture", asked, answer[:-2], b"ok"]


def test_http_messages() -> None:
    """Chunks put together, heads apart, a response without body after HEAD, pipelined requests."""
    packed = gzip.compress(PLAIN)
    chunked = b"%x\r\n%s\r\n%x;q=1\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (9, packed[:9], len(packed) - 9, packed[9:])
    asked = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    rest = b"HTTP/1.0 404 Not Found\r\n\r\nuntil the end"
    found = http_chunks((Chunk(0, asked, 1), Chunk(1, head + answer, 2), Chunk(1, chunked + rest, 3)))
    assert [(chunk.side, chunk.packet) for chunk in found] == [(0, 1), (0, 1), (1, 2), (1, 2), (1, 2), (1, 3), (1, 3)]
    assert found[4].data == PLAIN
    assert "gzip" in found[4].note
    assert found[6].data == b"until the end"
    assert http_chunks((Chunk(0, b"SSH-2.0-x\r\n", 1),)) == ()
    assert hashlib.sha256(b"".join(chunk.data for chunk in found[:2])).digest() == hashlib.sha256(asked).digest()


@settings(max_examples=40)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_hostile_messages(one: bytes, two: bytes) -> None:
    """Whatever follows a first line ends, and never raises."""
    start = b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    http_chunks((Chunk(0, start + one, 1), Chunk(1, b"HTTP/1.1 200 OK\r\n" + two, 2)))
