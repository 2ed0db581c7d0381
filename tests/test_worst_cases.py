"""What a sender can make most expensive: twice as much of it is twice the work, not four times.

Work is counted in lines of Python that are executed, which is the same on every machine.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from netwatch.decode.decoder import decode
from netwatch.decode.row import packet_row
from netwatch.detect.rules.build import build
from netwatch.detect.rules.expression import Expression, expression
from netwatch.detect.rules.search import Search
from netwatch.expression_cost import MOST_STEPS, EndlessExpressionError, cost
from tests.frames import DESTINATION, SOURCE, ethernet, extension, fragment_header, frames, ipv4, ipv6, tcp, udp
from tests.fuzz.trackers import Trackers
from tests.work import lines

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from netwatch.capture.frames import Frames

GROWTH = 2.4
"""Most work that twice as much may cost, of once as much."""
DESCRIBED = 20
"""Rows in sight."""
NO_OPERATIONS = b"\x01" * 40


def dns_pointers(count: int) -> list[bytes]:
    """Return an answer of so many records, the name of each behind a hundred pointers (RFC 1035 section 4.1.4)."""
    # A hundred pointers, each to the one before, are the data of a first record whose type nobody knows
    pointers = b"".join(struct.pack("!H", 0xC000 | at) for at in (12, *range(29, 29 + 2 * 99, 2)))
    first = b"\xc0\x0c" + struct.pack("!HHIH", 65000, 1, 60, len(pointers)) + pointers
    record = struct.pack("!HHHIH", 0xC000 | 29 + 2 * 99, 1, 1, 60, 4) + bytes(4)
    query = struct.pack("!HHHHHHBHH", 7, 0x100, 1, 0, 0, 0, 0, 1, 1)
    answered = struct.pack("!HHHHHHBHH", 7, 0x8180, 1, count + 1, 0, 0, 0, 1, 1)
    answer = udp(answered + first + record * count, sport=53, dport=40000)
    back = ipv4(17, answer, source=DESTINATION, destination=SOURCE)
    return [ethernet(0x0800, ipv4(17, udp(query))), ethernet(0x0800, back)]


def dns_circles(count: int) -> list[bytes]:
    """Return an answer of so many records whose names point to themselves."""
    answered = struct.pack("!HHHHHHBHH", 7, 0x8180, 1, count, 0, 0, 0, 1, 1)
    places = range(len(answered), len(answered) + 16 * count, 16)
    records = b"".join(struct.pack("!HHHIHI", 0xC000 | at & 0x3FFF, 1, 1, 60, 4, 0) for at in places)
    answer = udp(answered + records, sport=53, dport=40000)
    return [ethernet(0x0800, ipv4(17, answer, source=DESTINATION, destination=SOURCE))]


def dns_labels(count: int) -> list[bytes]:
    """Return an answer of so many records, the name of each of 126 labels, which is as many as there is room for."""
    records = (b"\1a" * 126 + b"\0" + struct.pack("!HHIH", 5, 1, 60, 2) + b"\xc0\x0c") * count
    answer = udp(struct.pack("!HHHHHH", 7, 0x8180, 0, count, 0, 0) + records, sport=53, dport=40000)
    return [ethernet(0x0800, ipv4(17, answer, source=DESTINATION, destination=SOURCE))]


def tunnels(count: int) -> list[bytes]:
    """Return a packet inside so many packets (RFC 2003)."""
    packet = ipv4(17, udp(b""))
    for _ in range(count):
        packet = ipv4(4, packet)
    return [ethernet(0x0800, packet)]


def extension_headers(count: int) -> list[bytes]:
    """Return a packet with so many destination options (RFC 8200 section 4.6)."""
    packet = tcp(b"")
    for _ in range(count):
        packet = extension(60, packet)
    return [ethernet(0x86DD, ipv6(60, packet))]


def ip_options(count: int) -> list[bytes]:
    """Return so many packets whose options of IP and of TCP do nothing (RFC 791 section 3.1, RFC 9293 section 3.2)."""
    syn = struct.pack("!HHIIBBHHH", 1024, 80, 1, 0, 0xF0, 2, 100, 0, 0) + NO_OPERATIONS
    return [ethernet(0x0800, ipv4(6, syn, options=NO_OPERATIONS))] * count


def fragments_backwards(count: int) -> list[bytes]:
    """Return so many of the smallest fragments of one datagram, the last one first; the first never comes."""
    return [ethernet(0x0800, ipv4(17, bytes(8), fragment=0x2000 | at)) for at in range(count, 0, -1)]


def fragments_overlapping(count: int) -> list[bytes]:
    """Return so many fragments that begin within each other."""
    return [ethernet(0x0800, ipv4(17, bytes(800), fragment=0x2000 | 1 + at % 90)) for at in range(count)]


def fragments_of_many(count: int) -> list[bytes]:
    """Return the first fragments of so many datagrams, of which no second ever comes."""
    sources = (f"10.1.{at >> 8}.{at & 255}" for at in range(count))
    return [ethernet(0x0800, ipv4(17, bytes(8), fragment=0x2000, source=source)) for source in sources]


def fragments_of_ipv6(count: int) -> list[bytes]:
    """Return so many fragments behind another extension header, the last one first (RFC 8200 section 4.5)."""
    pieces = (fragment_header(17, bytes(8), offset=8 * at, more=True) for at in range(count, 0, -1))
    return [ethernet(0x86DD, ipv6(60, extension(44, piece))) for piece in pieces]


def segments_backwards(count: int) -> list[bytes]:
    """Return a stream in segments of a byte, the last one first."""
    segments = [tcp(b"G", seq=1000 + at, flags=0x18, dport=80) for at in range(count, 0, -1)]
    opening = tcp(b"GET / HTTP/1.1\r\n", seq=1, flags=0x18, dport=80)
    return [ethernet(0x0800, ipv4(6, segment)) for segment in (opening, *segments)]


def tls_extensions(count: int) -> list[bytes]:
    """Return a ClientHello of so many empty extensions (RFC 8446 section 4.2)."""
    listed = b"".join(struct.pack("!HH", number, 0) for number in range(count))
    body = b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0" + struct.pack("!H", len(listed)) + listed
    message = b"\1\0" + struct.pack("!H", len(body)) + body
    record = b"\x16\3\1" + struct.pack("!H", len(message)) + message
    return [ethernet(0x0800, ipv4(6, tcp(record, seq=1, flags=0x18, dport=443)))]


def tls_records(count: int) -> list[bytes]:
    """Return a ClientHello with a list of so many bytes in records of a byte (RFC 8446 section 5.1)."""
    body = b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0" + struct.pack("!H", count) + bytes(count)
    message = b"\1\0" + struct.pack("!H", len(body)) + body
    records = b"".join(b"\x16\3\1\0\1" + bytes((byte,)) for byte in message)
    return [ethernet(0x0800, ipv4(6, tcp(records, seq=1, flags=0x18, dport=443)))]


def segments_of_a_byte(count: int) -> list[bytes]:
    """Return the begin of a request that comes byte by byte and is never whole."""
    request = (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * count)[:count]
    segments = (tcp(bytes((byte,)), seq=1 + at, flags=0x18, dport=80) for at, byte in enumerate(request))
    return [ethernet(0x0800, ipv4(6, segment)) for segment in segments]


def header_lines(count: int) -> list[bytes]:
    """Return a request with so many of the shortest header lines (RFC 9112 section 5)."""
    request = b"GET / HTTP/1.1\r\n" + b"a:\r\n" * count + b"\r\n"
    return [ethernet(0x0800, ipv4(6, tcp(request, seq=1, flags=0x18, dport=80)))]


def chunks(count: int) -> list[bytes]:
    """Return a body in so many chunks of a byte (RFC 9112 section 7.1)."""
    request = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * count
    return [ethernet(0x0800, ipv4(6, tcp(request, seq=1, flags=0x18, dport=80)))]


def small_messages(count: int) -> list[bytes]:
    """Return so many of the smallest DNS messages in one stream (RFC 7766 section 8)."""
    message = struct.pack("!HHHHHHHBHH", 17, 7, 0x100, 1, 0, 0, 0, 0, 1, 1)
    return [ethernet(0x0800, ipv4(6, tcp(message * count, seq=1, flags=0x18, dport=53)))]


WORST: dict[str, tuple[Callable[[int], list[bytes]], int]] = {
    "dns-pointers": (dns_pointers, 400),
    "dns-circles": (dns_circles, 400),
    "dns-labels": (dns_labels, 100),
    "tunnels": (tunnels, 300),
    "extension-headers": (extension_headers, 500),
    "ip-options": (ip_options, 500),
    "fragments-backwards": (fragments_backwards, 500),
    "fragments-overlapping": (fragments_overlapping, 300),
    "fragments-of-many": (fragments_of_many, 400),
    "fragments-of-ipv6": (fragments_of_ipv6, 400),
    "segments-backwards": (segments_backwards, 500),
    "tls-extensions": (tls_extensions, 400),
    "tls-records": (tls_records, 400),
    "segments-of-a-byte": (segments_of_a_byte, 400),
    "header-lines": (header_lines, 500),
    "chunks": (chunks, 500),
    "small-messages": (small_messages, 300),
}


def read_all(block: Frames) -> None:
    """Let all trackers and detectors see a block, up to the end of the capture, and describe its last packets."""
    batch = decode(block, 1)
    for position in range(max(len(batch) - DESCRIBED, 0), len(batch)):
        packet_row(batch, position, "eth0")
    trackers = Trackers()
    trackers.feed(block)
    trackers.finish()


@pytest.mark.parametrize("name", WORST)
def test_twice_as_much_is_twice_the_work(name: str) -> None:
    """Of all trackers and detectors together, beyond what they cost for nothing at all."""
    make, count = WORST[name]
    read_all(frames(make(1)))  # what is loaded and worked out once is no packet's work
    nothing, once, twice = (lines(lambda many=many: read_all(frames(make(many)))) for many in (1, count, 2 * count))
    assert twice - nothing <= GROWTH * max(once - nothing, count)


@pytest.mark.parametrize("expression", ["(a+)+b", "(a*)*", "(a|aa)+c", "(?:x+x+)+y"])
def test_expressions_without_bound_are_refused(expression: str) -> None:
    """Regular expressions of rules are searched for by an engine that goes back; how far is known before."""
    with pytest.raises(EndlessExpressionError):
        cost(expression)


def test_only_what_begins_each_choice_begins_once() -> None:
    """An expression whose second choice may begin anywhere costs as much as if the first had no `^`."""
    (free, _), (bound, _), (half, _) = (expression(f"/{text}/s") for text in ("a.*b.*c", "^a.*b.*c", "^x|a.*b.*c"))
    assert half.longest <= free.longest < bound.longest


class Counted:
    """The engine of an expression, which counts how many bytes lie before it whenever it is asked."""

    def __init__(self, regex: re.Pattern[bytes]) -> None:
        """Ask `regex` itself."""
        self._regex = regex
        self.times = self.bytes = 0

    def search(self, data: bytes, begin: int = 0) -> re.Match[bytes] | None:
        """Count, and search."""
        self.times += 1
        self.bytes += len(data) - begin
        return self._regex.search(data, begin)


def searched(options: str, data: bytes) -> tuple[Counted, Expression]:
    """Look for a rule's contents and its one expression, which are not there."""
    tests = build(f"alert tcp any any -> any any ({options} sid:1;)", {}).buffers[0].tests
    (place,) = (place for place, test in enumerate(tests) if isinstance(test, Expression))
    found = tests[place]
    assert isinstance(found, Expression)
    counted = Counted(found.regex)
    counted_tests = (*tests[:place], replace(found, regex=cast("re.Pattern[bytes]", counted)), *tests[place + 1 :])
    assert not Search(data).matches(counted_tests)
    return counted, found


@pytest.mark.parametrize(
    "options", ['content:"a"; pcre:"/a[^b]*b/R"; content:"c"; distance:0;', 'content:"a"; pcre:"/[xa]+b/R";']
)
def test_what_is_found_nowhere_behind_is_looked_for_once(options: str) -> None:
    """Not once more behind each place where the content before it is."""
    once, twice = (searched(options, b"a" * size)[0].bytes for size in (400, 800))
    assert twice <= GROWTH * once


@pytest.mark.parametrize("expression", ["(?<=a)a[^b]*b", "(?<!x)a[^b]*b"])
def test_all_searches_for_an_expression_have_one_price(expression: str) -> None:
    """Where each of them could be the one that finds it: together they take hardly more steps than one may."""
    counted, found = searched(f'content:"a"; pcre:"/{expression}/R"; content:"c"; distance:0;', b"a" * 4000)
    assert counted.bytes > 3000 * counted.times
    assert 1 < counted.times <= MOST_STEPS // found.price(3000, 3000) + 1
