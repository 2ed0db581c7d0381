"""DNS transactions, names and servers out of hand-made packets."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import numpy as np
import pytest
from dns_packets import (
    CLIENT,
    QUERY,
    RESPONSE,
    SERVER,
    TRUNCATED,
    ask,
    edns,
    fed,
    message,
    over_tcp,
    record,
    reply,
    rows_of,
    transactions,
    wire,
)
from host_packets import batch_of, udp
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.tables.query import TableQuery
from netwatch.track.dns import DnsTracker
from netwatch.track.dns_answers import read_answers

OWNER = b"\xc0\x0c"
ADDRESS = record(OWNER, 1, ip_address("192.0.2.1").packed)
MS = 1_000_000


def names(tracker, text="", sort="name"):
    return tracker.names(TableQuery(sort, descending=False, count=1000, text=text)).table


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


def test_llmnr_and_netbios():
    """A group is asked, a member answers with its own address."""
    encoded = "".join(chr(65 + (byte >> 4)) + chr(65 + (byte & 15)) for byte in b"FILESERVER     \x20")
    nb_address = record(encoded, 32, b"\0\0" + ip_address("10.0.0.9").packed)
    tracker = fed(
        ask("wpad", server="224.0.0.252", service=5355),
        reply("wpad", record("wpad", 1, bytes(4)), server="10.0.0.8", service=5355),
        ask(encoded, server="10.0.0.255", service=137, port=137, number=32),
        reply("", nb_address, server="10.0.0.9", service=137, port=137),
    )
    table = transactions(tracker)
    assert table.protocol == ("LLMNR", "NBNS")
    assert table.name == ("wpad", "FILESERVER<20>")
    assert table.server == ("10.0.0.8", "10.0.0.9")
    assert table.state == ("answered", "answered")
    counts = tracker.counts()
    assert (counts.queries, counts.responses, counts.matched) == (1, 1, 1)
    assert [(each.protocol, each.matched) for each in counts.protocols] == [("LLMNR", 1), ("NBNS", 1)]
    assert len(tracker.servers(TableQuery("queries")).table) == 0


def test_multicast_dns():
    """Whoever asked is answered by any response with the name; nobody has to respond."""
    group = {"server": "224.0.0.251", "port": 5353, "service": 5353, "identifier": 0}
    answer = record("printer.local", 1, ip_address("10.0.0.9").packed)
    tracker = fed(
        ask("printer.local", **group),
        ask("printer.local", **{**group, "client": "10.0.0.3"}),
        ask("nobody.local", **group),
        udp("10.0.0.9", "224.0.0.251", 5353, 5353, message("", answer, flags=0x8400, identifier=0)),
        udp("10.0.0.7", "224.0.0.251", 5353, 5353, message("", record("x.local", 1, bytes(4)), flags=0x8400)),
        times=(1, 1.1, 1.2, 1.3, 20),
    )
    table = transactions(tracker)
    assert table.state == ("answered", "answered", "asked", "unsolicited")
    assert table.server == ("10.0.0.9", "10.0.0.9", "224.0.0.251", "10.0.0.7")
    assert table.latency_ns.tolist() == [300 * MS, 200 * MS, -1, -1]
    counts = tracker.counts()
    assert (counts.queries, counts.responses, counts.matched, counts.unanswered) == (3, 2, 0, 0)
    assert [(each.protocol, each.matched, each.unanswered) for each in counts.protocols] == [("mDNS", 1, 0)]


def test_names_of_services_are_readable():
    """Spaces and UTF-8 belong to names of service instances (RFC 6763 section 4.1.3)."""
    label = "Z\xfcrich printer (2)".encode()
    name = bytes([len(label)]) + label + wire("_ipp._tcp.local")
    query = struct.pack("!HHHHHH", 0, 0, 1, 0, 0, 0) + name + struct.pack("!HH", 12, 1)
    tracker = fed(udp(CLIENT, "224.0.0.251", 5353, 5353, query))
    assert names(tracker).name == ("z\xfcrich printer (2)._ipp._tcp.local",)


def test_names():
    """Queries, clients, share of NXDOMAIN, percentiles, first seen and new."""
    tracker = fed(
        ask("old.example"),
        reply("old.example"),
        ask("gone.example", identifier=1),
        ask("gone.example", identifier=1, client="10.0.0.3"),
        reply("gone.example", identifier=1, code=3),
        udp(CLIENT, SERVER, 1, 2),
        times=(1, 1.010, 50, 51, 52, 75),
    )
    found = names(tracker)
    assert found.name == ("gone.example", "old.example")
    assert found.queries.tolist() == [2, 1]
    assert found.clients.tolist() == [2, 1]
    assert found.nxdomain.tolist() == [1.0, 0.0]
    assert found.latency_p50_ns.tolist() == [2e9, 10e6]
    assert found.new.tolist() == [True, False]
    assert names(tracker, "new").name == ("gone.example",)
    assert names(tracker, "nxdomain").name == ("gone.example",)
    assert names(tracker, "OLD.ex").name == ("old.example",)
    assert names(tracker, "dns").name == found.name
    assert transactions(tracker, "new").name == ("old.example", "gone.example")
    assert tracker.top_names(1) == (("gone.example", 2),)


def test_clients_are_counted_once():
    """As many as 256 of one name."""
    tracker = fed(*(ask(client=f"10.1.{at // 200}.{at % 200}") for at in (*range(300), *range(300))))
    assert names(tracker).clients.tolist() == [256]
    one = fed(ask(), ask(identifier=8))
    assert names(one).clients.tolist() == [1]


def test_servers():
    """How each answers; percentiles interpolate as numpy does."""
    latencies = [1, 2, 3, 4, 100]
    frames, times = [], []
    for at, delay in enumerate(latencies):
        frames += [ask(identifier=at), reply(identifier=at)]
        times += [1 + at, 1 + at + delay / 1000]
    frames += [ask(server="10.0.0.9"), udp(CLIENT, SERVER, 1, 2)]
    tracker = fed(*frames, times=[*times, 7, 13])
    table = tracker.servers(TableQuery("queries")).table
    assert table.server == (SERVER, "10.0.0.9")
    assert table.queries.tolist() == [5, 1]
    assert table.answered.tolist() == [5, 0]
    assert table.unanswered.tolist() == [0, 1]
    assert table.latency_p95_ns[0] == pytest.approx(np.percentile(latencies, 95) * MS)
    assert (table.latency_p50_ns[0], table.latency_max_ns[0]) == (3 * MS, 100 * MS)
    assert np.isnan(table.latency_p50_ns[1])
    assert tracker.servers(TableQuery("queries", text="10.0.0.8/29")).table.server == ("10.0.0.9",)


def test_quick_filter():
    """Every word must match: a name, an address, a prefix, a type, a protocol."""
    tracker = fed(
        ask(), ask("mail.example.org", number=15, identifier=8), ask("wpad", server="224.0.0.252", service=5355)
    )
    for text, serials in (
        ("example", [0, 1]),
        ("example mx", [1]),
        ("10.0.0.1", [0, 1]),
        ("224.0.0.0/4", [2]),
        ("llmnr a", [2]),
        ("retried", []),
        ("EXAMPLE.COM", [0]),
        ("nothing", []),
    ):
        assert transactions(tracker, text).serial.tolist() == serials, text


@pytest.mark.parametrize(
    "column",
    ["time", "protocol", "client", "server", "name", "type", "state", "rcode", "latency", "retries", "responses"],
)
def test_every_column_sorts(column):
    """What the table shows rises."""
    tracker = fed(
        ask("b.example"), reply("b.example", code=3), ask("a.example", client="10.0.0.9", number=28),
        ask("c.example", client="10.0.0.1", server="9.9.9.9", number=16), reply("d.example", port=9),
        times=(1, 1.5, 2, 7, 8),
    )  # fmt: skip
    shown = transactions(tracker, sort=column)
    assert sorted(shown.serial.tolist()) == [0, 1, 2, 3]
    if column in ("name", "time"):
        values = getattr(shown, "time_ns" if column == "time" else column)
        assert list(values) == sorted(values)
    order = tracker.page(TableQuery(column, whole_order=True)).order
    assert order is not None
    held = tracker.page(TableQuery(column, text="a.example", held=order[::-1].copy())).table
    assert held.serial.tolist() == order[::-1].tolist()


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


def test_too_many_at_once():
    """Are counted, query and response together."""
    frames = [frame for at in range(500) for frame in (ask(identifier=at, port=at), reply(identifier=at, port=at))]
    tracker = fed(*frames, packets=200, times=[1] * len(frames))
    counts = tracker.counts()
    assert counts.queries + counts.responses + counts.skipped == 1000
    assert counts.queries + counts.responses <= 200
    assert counts.matched > 50
    assert set(transactions(tracker).state) <= {"answered", "waiting"}


def test_too_many_unusual_messages_at_once():
    """Are skipped, so that long names in them cost little."""
    group = {"server": "224.0.0.251", "port": 5353, "service": 5353}
    frames = [ask(f"{'a.' * 100}{at}.local", **group) for at in range(50)]
    tracker = fed(*frames, packets=1000, times=[1] * 50)
    assert tracker.held + tracker.skipped == 50
    assert 5 < tracker.held < 15


HOSTILE = {
    "pointer to itself": b"\xc0\x0c",
    "pointer forward": b"\xc0\x20\x01a\0",
    "loop of two": b"\xc0\x0e\xc0\x0c",
    "empty label": b"\x03www\0\x03com\0",
    "endless labels": b"\x01a" * 300,
    "reserved length": b"\x80abc\0",
    "no end": b"\x05abc",
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("service", [53, 137, 5353, 5355])
def test_hostile_names(name, service):
    """Break a rule: counted, nothing raises."""
    for flags in (0x0100, RESPONSE):
        data = struct.pack("!HHHHHH", 1, flags, 1, 0, 0, 0) + name + b"\0\1\0\1"
        tracker = fed(udp(CLIENT, SERVER, 40000, service, data))
        assert tracker.counts().malformed + tracker.held == 1
        transactions(tracker)


def test_lying_counts():
    """More records than there can be: malformed, the question is read all the same."""
    data = struct.pack("!HHHHHH", 1, RESPONSE, 1, 10_000, 0, 0) + wire("a.example") + b"\0\1\0\1" + ADDRESS
    tracker = fed(ask("a.example", identifier=1), udp(SERVER, CLIENT, 53, 40000, data))
    assert transactions(tracker).state == ("answered",)
    assert tracker.counts().malformed == 1
    assert transactions(tracker).answers == (("A 192.0.2.1",),)


def test_ten_thousand_answers():
    """Only the kept bytes are read."""
    tracker = fed(ask(), reply("www.example.com", *[ADDRESS] * 4000))
    table = transactions(tracker)
    assert table.answer_count.tolist() == [4000]
    assert 10 < len(table.answers[0]) <= 48


def test_text_is_escaped():
    """Control, bidi and non-ASCII bytes reach no table as they are."""
    label = b"a\x1b[2J\xe2\x80\xae.\0"
    name = bytes([len(label)]) + label + wire("example")
    question = name + struct.pack("!HH", 1, 1)
    data = struct.pack("!HHHHHH", 1, RESPONSE, 1, 1, 0, 0) + question + record(OWNER, 16, b"\x04\x1b]0;")
    for service in (53, 5353):
        tracker = fed(udp(SERVER, CLIENT, service, 40000, data))
        table = transactions(tracker)
        shown = " ".join((*table.name, *names(tracker).name, *table.answers[0]))
        assert shown.isprintable(), shown
        assert "\u202e" not in shown


def test_port_scanning_noise():
    """What is no message is counted and makes no rows."""
    tracker = fed(
        *(udp(CLIENT, SERVER, 40000, 53, bytes([at]) * 40) for at in range(1, 60)), udp(CLIENT, SERVER, 1, 53)
    )
    assert tracker.held == 0
    assert tracker.counts().malformed == 59


NAMES = st.sampled_from(["a.example", "b.example", "c"])
EVENTS = st.lists(
    st.tuples(
        st.booleans(), NAMES, st.integers(0, 2), st.sampled_from([53, 137, 5353, 5355]), st.sampled_from([1, 28])
    ),
    max_size=30,
)


def everything(tracker):
    """All that can be seen of a tracker."""
    return (
        rows_of(transactions(tracker)),
        rows_of(names(tracker, sort="serial")),
        rows_of(tracker.servers(TableQuery("serial")).table),
        repr(tracker.counts()),
    )


@settings(max_examples=30)
@given(EVENTS, st.sets(st.integers(1, 29)), st.integers(0, 29))
def test_any_split_into_batches(events, cuts, look):
    """Makes no difference, nor does it when somebody looks."""
    frames = [
        (reply if answered else ask)(name, identifier=identifier, service=service, number=number)
        for answered, name, identifier, service, number in events
    ]
    whole = fed(*frames)
    split = DnsTracker()
    for at, batch in enumerate(batches_with(frames, cuts)):
        split.feed(batch)
        if at == look:
            everything(split)
    assert everything(split) == everything(whole)
    counts = whole.counts()
    assert sum(each.queries + each.responses for each in counts.protocols) + counts.malformed >= len(frames)


def batches_with(frames, cuts):
    from host_packets import batches_of

    return batches_of(frames, cuts) if frames else []


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=6),
    st.sampled_from([53, 137, 5353, 5355]),
    st.booleans(),
    st.integers(0, 130),
)
def test_mutated_messages(mutations, service, tcp, cut):
    """Never raise, whatever is looked at, and what is shown is printable."""
    data = bytearray(message("www.example.com", ADDRESS, ADDRESS, flags=RESPONSE, additional=(edns(),)))
    for at, value in mutations:
        data[at % len(data)] = value
    data = bytes(data[: len(data) - cut % len(data)])
    frame = over_tcp(SERVER, CLIENT, 53, 40000, data) if tcp else udp(SERVER, CLIENT, service, 40000, data)
    tracker = fed(ask(service=service), frame, frame)
    for text in ("", "unanswered", "a", "www"):
        table = transactions(tracker, text, sort="name")
        shown = [*table.name, *table.type, *table.edns, *table.flags, *table.rcode, *sum(table.answers, ())]
        assert all(each.isprintable() for each in shown)
    everything(tracker)
    tracker.summary(10)


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes(data):
    """Can be read as answers."""
    found = read_answers(data)
    assert all(each.isprintable() for each in (*found.records, found.edns))


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
