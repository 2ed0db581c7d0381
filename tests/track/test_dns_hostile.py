"""Look-ups of hostile senders: floods, lying counts, names that are none, any bytes."""

from __future__ import annotations

import struct

import pytest
from dns_packets import (
    ADDRESS,
    CLIENT,
    OWNER,
    RESPONSE,
    SERVER,
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
from host_packets import udp
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.tables.query import TableQuery
from netwatch.track.dns import DnsTracker
from netwatch.track.dns_answers import read_answers


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
