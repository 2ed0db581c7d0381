"""DNS transactions, names and servers out of hand-made packets."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
from dns_packets import (
    ADDRESS,
    CLIENT,
    MS,
    OWNER,
    QUERY,
    RESPONSE,
    SERVER,
    TRUNCATED,
    ask,
    edns,
    fed,
    message,
    names,
    over_tcp,
    record,
    reply,
    rows_of,
    transactions,
    wire,
)
from host_packets import batch_of, udp

from netwatch.tables.query import TableQuery
from netwatch.track.dns_answers import read_answers


def test_a_query_and_its_response():
    """Ends, name, type, latency in packet time, answers, flags."""
    tracker = fed(ask(identifier=0x1234), reply("www.example.com", ADDRESS, identifier=0x1234), times=(1, 1.0125))
    table = transactions(tracker)
    row = {name: values[0] for name, values in rows_of(table).items() if values}
    assert row == {
        "serial": 0,
        "time_ns": 1_000_000_000,
        "protocol": "DNS",
        "transport": "UDP",
        "client": CLIENT,
        "client_port": 40000,
        "server": SERVER,
        "server_port": 53,
        "identifier": 0x1234,
        "name": "www.example.com",
        "type": "A",
        "state": "answered",
        "rcode": "NOERROR",
        "latency_ns": 12_500_000,
        "retries": 0,
        "responses": 1,
        "answers": ("A 192.0.2.1",),
        "answer_count": 1,
        "ttl": 60,
        "flags": "RD RA",
        "edns": "",
        "truncated": False,
        "tcp_fallback": False,
        "new": True,
    }
    counts = tracker.counts()
    assert (counts.queries, counts.responses, counts.matched, counts.unanswered) == (1, 1, 1, 0)
    assert counts.latency_p50_ns == counts.latency_p95_ns == 12_500_000


def test_a_server_on_another_port():
    """Content tells, and the list of servers is of port 53 alone."""
    tracker = fed(
        ask(service=8053), reply("www.example.com", ADDRESS, service=8053), udp(CLIENT, SERVER, 1, 2, b"x" * 40)
    )
    table = transactions(tracker)
    assert (table.protocol, table.server_port.tolist(), table.state) == (("DNS",), [8053], ("answered",))
    assert tracker.counts().matched == 1
    assert tracker.servers(TableQuery("queries")).total == 0


def test_ipv6():
    """As over IPv4."""
    tracker = fed(
        ask(client="2001:db8::2", server="2001:db8::53"),
        reply("www.example.com", ADDRESS, client="2001:db8::2", server="2001:db8::53"),
    )
    table = transactions(tracker)
    assert (table.client, table.server, table.state) == (("2001:db8::2",), ("2001:db8::53",), ("answered",))


@pytest.mark.parametrize(
    "other",
    [{"identifier": 8}, {"port": 40001}, {"client": "10.0.0.3"}, {"server": "10.0.0.9"}, {"number": 28}],
    ids=lambda other: next(iter(other)),
)
def test_only_the_same_ends_identifier_and_question_match(other):
    """A response to anything else is nobody's."""
    tracker = fed(ask(), reply(**other))
    assert transactions(tracker).state == ("waiting", "unsolicited")
    assert tracker.counts().matched == 0


def test_the_same_identifier_for_two_questions():
    """Each response finds its own."""
    tracker = fed(ask(), ask(number=28), reply(), reply(number=28), times=(1, 1.001, 1.002, 1.005))
    table = transactions(tracker)
    assert table.type == ("A", "AAAA")
    assert table.latency_ns.tolist() == [2 * MS, 4 * MS]


def test_upper_and_lower_case_are_one_name():
    """Resolvers mix them against forgery (draft-vixie-dnsext-dns0x20)."""
    tracker = fed(ask("wWw.ExAmPlE.cOm"), reply("www.example.com"))
    assert transactions(tracker).state == ("answered",)
    assert names(tracker).name == ("www.example.com",)


def test_retries():
    """Are no transactions of their own while there is no response; latency counts from the first query."""
    tracker = fed(ask(), ask(), reply(), ask(), times=(1, 2, 2.5, 3))
    table = transactions(tracker)
    assert table.retries.tolist() == [1, 0]
    assert table.latency_ns.tolist() == [1500 * MS, -1]
    counts = tracker.counts()
    assert (counts.queries, counts.retries, counts.matched, counts.unanswered) == (3, 1, 1, 1)


def test_a_query_long_after_is_another():
    """Ports and identifiers are used again."""
    assert transactions(fed(ask(), ask(), times=(1, 62))).retries.tolist() == [0, 0]


def test_each_query_may_have_a_response():
    """Two of the same and two responses are all matched; a third response is not."""
    tracker = fed(ask(), ask(), reply(), reply(), reply())
    assert transactions(tracker).responses.tolist() == [3]
    assert tracker.counts().matched == 2


def test_unanswered_after_five_seconds():
    """Of packet time, whatever the packet is; a late response still counts."""
    frames = ask(), ask("b.example", identifier=8), udp(CLIENT, SERVER, 1, 2)
    tracker = fed(*frames, times=(1, 3, 6))
    assert transactions(tracker).state == ("unanswered", "waiting")
    assert transactions(tracker, "unanswered").name == ("www.example.com",)
    assert transactions(tracker, "waiting").name == ("b.example",)
    late = fed(*frames, reply(), times=(1, 3, 6, 9))
    assert transactions(late).state == ("answered", "unanswered")


def test_response_codes():
    """By name, counted, and found."""
    tracker = fed(
        *(frame for code in range(6) for frame in (ask(identifier=code), reply(identifier=code, code=code))),
    )
    assert transactions(tracker).rcode == ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")
    assert transactions(tracker, "nxdomain").identifier.tolist() == [3]
    counts = tracker.counts()
    assert (counts.nxdomain, counts.servfail) == (1, 1)
    (codes,) = tracker.servers(TableQuery("queries")).table.rcodes
    assert dict(codes) == dict.fromkeys(transactions(tracker).rcode, 1)


def test_answers_of_every_type():
    """In short text, the chain of CNAMEs included."""
    svcb = struct.pack("!H", 1) + wire("svc.example")
    found = read_answers(
        message(
            "a.example",
            record(OWNER, 5, wire("b.example")),
            record("b.example", 1, ip_address("192.0.2.7").packed),
            record(OWNER, 28, ip_address("2001:db8::7").packed),
            record(OWNER, 15, struct.pack("!H", 10) + wire("mx.example")),
            record(OWNER, 16, b"\x05v=spf"),
            record(OWNER, 33, struct.pack("!HHH", 1, 2, 443) + wire("srv.example")),
            record(OWNER, 12, wire("ptr.example")),
            record(OWNER, 65, svcb),
            record(OWNER, 2, wire("ns.example")),
            record(OWNER, 6, wire("ns.example") + wire("admin.example") + struct.pack("!IIIII", 9, 1, 1, 1, 1)),
            flags=RESPONSE,
        )
    )
    assert found.records == (
        "CNAME b.example",
        "A 192.0.2.7",
        "AAAA 2001:db8::7",
        "MX 10 mx.example",
        'TXT "v=spf"',
        "SRV srv.example:443 priority 1 weight 2",
        "PTR ptr.example",
        "HTTPS 1 svc.example",
        "NS ns.example",
        "SOA ns.example admin.example serial 9 minimum 1",
    )
    assert found.ttl == 60


def test_edns():
    """Size, DO, options, and the upper half of the response code."""
    subnet = struct.pack("!HHHBB", 8, 7, 1, 24, 0) + bytes([192, 0, 2])
    error = struct.pack("!HHH", 15, 6, 22) + b"down"
    cookie = struct.pack("!HH", 10, 8) + bytes(8)
    option = edns(4096, 0x01008000, subnet + error + cookie)
    table = transactions(fed(ask(), reply("www.example.com", additional=(option,))))
    assert table.edns == ("4096 bytes DO client subnet 192.0.2.0/24 error 22 (down) cookie",)
    assert table.rcode == ("BADVERS",)


def test_truncation_with_fall_back_to_tcp():
    """Both transactions tell; a query over TCP without that is nothing special."""
    query, response = message(identifier=9), message("www.example.com", ADDRESS, flags=RESPONSE, identifier=9)
    tracker = fed(
        ask(),
        reply(flags=RESPONSE | TRUNCATED),
        over_tcp(CLIENT, SERVER, 50000, 53, query),
        over_tcp(SERVER, CLIENT, 53, 50000, response),
        over_tcp(CLIENT, SERVER, 50001, 53, message("b.example")),
    )
    table = transactions(tracker)
    assert table.transport == ("UDP", "TCP", "TCP")
    assert table.truncated.tolist() == [True, False, False]
    assert table.tcp_fallback.tolist() == [True, True, False]
    assert transactions(tracker, "truncated").serial.tolist() == [0]
    assert transactions(tracker, "tcp").serial.tolist() == [1, 2]
    assert tracker.counts().truncated == 1


def test_messages_over_tcp():
    """Several in a segment are read, and the one whose rest never comes as far as it is there."""
    both = message(identifier=1), message("b.example", identifier=2)
    size = sum(map(len, both)) + 4
    tracker = fed(
        over_tcp(CLIENT, SERVER, 50000, 53, *both),
        over_tcp(SERVER, CLIENT, 53, 50000, *(message(each, flags=RESPONSE, identifier=at) for at, each in (
            (2, "b.example"), (1, "www.example.com")))),
        over_tcp(CLIENT, SERVER, 50000, 53, *both, cut=3, seq=1 + size),
    )  # fmt: skip
    assert transactions(tracker).responses.tolist() == [1, 1, 0]
    assert tracker.skipped == 0


def test_a_response_without_question():
    """Belongs to the query with its identifier, as servers answer what they cannot parse."""
    tracker = fed(ask(), reply("", code=1))
    assert transactions(tracker).rcode == ("FORMERR",)
    assert tracker.counts().matched == 1


def test_a_column_that_there_is_not():
    """Says so."""
    tracker = fed(ask())
    for page in (tracker.page, tracker.names, tracker.servers):
        with pytest.raises(KeyError):
            page(TableQuery("colour"))


def test_packets_of_a_transaction():
    """Those between its ends with its identifier, in both directions."""
    frames = [ask(), reply(), ask(identifier=8), ask(port=40001), udp(CLIENT, SERVER, 40000, 53)]
    tracker = fed(*frames)
    batch = batch_of(frames)
    assert tracker.filter(0).mask(batch).tolist() == [True, True, False, False, False]
    assert tracker.filter(0).label == "DNS www.example.com"
    assert tracker.server_filter(1).mask(batch).all()
    with pytest.raises(LookupError):
        tracker.filter(99)
    with pytest.raises(LookupError):
        tracker.server_filter(2)


def test_the_oldest_leave():
    """Tables are bounded; what left is counted, and its late response is nobody's."""
    frames = [ask(f"n{at}.example", identifier=at) for at in range(100)]
    tracker = fed(*frames, reply("n0.example", identifier=0), capacity=64, names=64)
    assert tracker.held == 64
    assert tracker.counts().evicted == 37
    assert transactions(tracker).state[-1] == "unsolicited"
    assert len(names(tracker)) < 64
    assert "n99.example" in names(tracker).name
    small = fed(*frames, size=10_000)
    assert 0 < small.held < 20


def test_a_header_alone_is_a_message_unless_it_is_zero():
    """As a query for the status has it (RFC 1035 section 4.1.1); behind zero counts nothing may come."""
    bare = struct.pack("!HHHHHH", 5, 0x1000, 0, 0, 0, 0)
    answer = struct.pack("!HHHHHH", 5, 0x9004, 0, 0, 0, 0)
    noise = (udp(CLIENT, SERVER, 1, 53, bare + b"\0"), udp(CLIENT, SERVER, 1, 53, bytes(12)))
    tracker = fed(udp(CLIENT, SERVER, 40000, 53, bare), udp(SERVER, CLIENT, 53, 40000, answer), *noise)
    assert transactions(tracker).state == ("answered",)
    assert tracker.counts().malformed == 2


def test_a_header_that_breaks_off_is_what_its_flags_say():
    """Where capture cut it or nobody wrote the rest; it counts as malformed too, and nothing is known of its name."""
    begun = struct.pack("!HHH", 9, QUERY, 1)
    answered = struct.pack("!HH", 9, RESPONSE)
    noise = (b"\0\7\1", bytes(4), b"XXXX")
    tracker = fed(
        udp(CLIENT, SERVER, 40000, 53, begun),
        udp(SERVER, CLIENT, 53, 40000, answered),
        *(udp(CLIENT, SERVER, 1, 53, each) for each in noise),
    )
    counts = tracker.counts()
    assert (counts.queries, counts.responses, counts.malformed) == (1, 1, 5)
    assert transactions(tracker).name == ("",)
