"""Messages of DNS over TCP: across segments, out of order, with gaps, long, many, and what is none."""

from __future__ import annotations

import pytest
from dns_packets import CLIENT, SERVER, Capture, message, record, segment, stream, transactions
from host_packets import a_record, batches_of, halves, tcp
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.tables.query import TableQuery
from netwatch.track.analysis import Analysis
from netwatch.track.names import NameCache

RESPONSE = 0x8180
TEXT = record("www.example.com", 16, bytes([100]) + b"x" * 100)


def answers(frames, cuts=()):
    capture = Capture()
    for batch in batches_of(frames, cuts):
        capture.feed(batch)
    return capture


def said(data, size, source=CLIENT, seq=1):
    """Bytes in segments of `size`."""
    ports = (50000, 53) if source == CLIENT else (53, 50000)
    ends = (CLIENT, SERVER) if source == CLIENT else (SERVER, CLIENT)
    return [segment(*ends, *ports, data[at : at + size], seq + at) for at in range(0, len(data), size)]


def opened():
    """The handshake; sequence numbers begin with 1."""
    return [segment(CLIENT, SERVER, 50000, 53, b"", 0, 2), segment(SERVER, CLIENT, 53, 50000, b"", 0, 0x12)]


@pytest.mark.parametrize("size", [1, 2, 3, 13, 14, 15, 100, 5000])
def test_messages_are_read_whatever_the_segments(size):
    queries = stream(*(message(f"{at}.example", identifier=at) for at in range(20)))
    responses = stream(*(message(f"{at}.example", TEXT, flags=RESPONSE, identifier=at) for at in range(19, -1, -1)))
    frames = [*opened(), *said(queries, size), *said(responses, size, SERVER)]
    table = transactions(answers(frames).tracker)
    assert table.state == ("answered",) * 20
    assert table.transport == ("TCP",) * 20
    assert table.answers[0][0].startswith('TXT "xxxxx')


def test_a_long_message_is_read_as_far_as_it_matters():
    long = message("zone.example", *[TEXT] * 500, flags=RESPONSE)
    after = message("b.example", flags=RESPONSE, identifier=8)
    assert len(long) > 50_000
    frames = [
        *opened(),
        *said(stream(message("zone.example"), message("b.example", identifier=8)), 500),
        *said(stream(long, after), 1400, SERVER),
    ]
    tracker = answers(frames, range(10)).tracker
    assert transactions(tracker).state == ("answered", "answered")
    assert transactions(tracker).answer_count.tolist() == [500, 0]


def test_of_a_message_with_a_gap_the_beginning_is_read_and_the_next_one_whole():
    first, second = (message(name, *[TEXT] * 5, flags=RESPONSE, identifier=at) for at, name in enumerate("ab"))
    frames = [*opened(), *said(stream(message("a", identifier=0), message("b", identifier=1)), 500)]
    pieces = said(stream(first, second), 200, SERVER)
    del pieces[1]
    capture = answers([*frames, *pieces])
    capture.finish()
    table = transactions(capture.tracker)
    assert table.state == ("answered", "answered")
    assert capture.tracker.skipped == 0


def test_a_stream_that_was_captured_from_its_middle_on():
    data = stream(message("a", TEXT, flags=RESPONSE, identifier=1))
    frames = [*said(data[60:], 100, SERVER, 61), *said(data, 200, SERVER, 500)]
    tracker = answers(frames).finish()
    assert transactions(tracker).name == ("a",)
    assert tracker.skipped >= 1


def test_other_protocols_on_the_port_are_given_up():
    frames = [*opened(), *said(b"SSH-2.0-OpenSSH_9.6 on port fifty-three\r\n" * 40, 50)]
    tracker = answers(frames).tracker
    assert tracker.held == 0
    assert tracker.skipped == 8


def test_many_small_messages_are_counted_beyond_a_bound():
    many = stream(*(message("x", number=255, identifier=at & 0xFFFF) for at in range(20_000)))
    tracker = answers([*opened(), *said(many, 60_000)]).tracker
    counts = tracker.counts()
    assert counts.queries + counts.skipped == 20_000
    assert counts.skipped == 20_000 - 16_384


@settings(max_examples=40)
@given(st.binary(max_size=400), st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=5), st.data())
def test_any_bytes_never_raise(noise, mutations, data):
    both = bytearray(stream(message("a.example"), message("b.example", TEXT)) + noise)
    for at, value in mutations:
        both[at % len(both)] = value
    frames = data.draw(st.permutations(said(bytes(both), data.draw(st.integers(1, 90)))))
    capture = answers([*opened(), *frames])
    assert all(name.isprintable() for name in transactions(capture.finish()).name)


def test_addresses_in_answers_have_names_for_whoever_asked():
    analysis = Analysis()
    given = message("over-tcp.example", a_record("over-tcp.example", "192.0.2.1"), flags=RESPONSE)
    frames = [*opened(), *said(stream(given), 20, SERVER), tcp(CLIENT, "192.0.2.1", 50001, 443, 2)]
    for batch in batches_of(frames, range(len(frames))):
        analysis.feed(batch)
    assert analysis.names.best(*halves("192.0.2.1"), halves(CLIENT)) == "over-tcp.example"
    assert analysis.page("flows", TableQuery("serial")).table.destination_name == ("over-tcp.example", "")


def test_messages_in_bodies_of_http():
    """DNS over HTTP that is not encrypted, such as between a proxy and what stands behind it (RFC 8484)."""
    analysis = Analysis()
    given = message("over-http.example", a_record("over-http.example", "192.0.2.1"), flags=RESPONSE)
    heads = "POST /dns-query HTTP/1.1\r\nHost: resolver.example", "HTTP/1.1 200 OK"
    asked, answered = (
        f"{head}\r\nContent-Type: application/dns-message\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        for head, body in zip(heads, (message("over-http.example"), given), strict=True)
    )
    other = asked.replace(b"dns-message", b"dns-massage")
    frames = [
        segment(CLIENT, SERVER, 50000, 80, asked + other),
        segment(SERVER, CLIENT, 80, 50000, answered),
        tcp(CLIENT, "192.0.2.1", 50001, 443, 2),
    ]
    for batch in batches_of(frames):
        analysis.feed(batch)
    table = analysis.page("dns", TableQuery("serial")).table
    assert (table.name, table.state, table.transport) == (("over-http.example",), ("answered",), ("TCP",))
    assert analysis.page("flows", TableQuery("serial")).table.destination_name[0] == "over-http.example"


def test_questions_failures_and_what_is_too_much_teach_no_names():
    names = NameCache(messages=0)
    records = [a_record("a.example", "192.0.2.1")]
    capture = Capture(heard=names.hear)
    messages = [message("a.example", *records, flags=flags) for flags in (0x0100, 0x8183, RESPONSE)]
    for batch in batches_of([*opened(), *said(stream(*messages), 500, SERVER)]):
        capture.feed(batch)
    assert (len(names), names.skipped) == (0, 1)
