"""Which protocol a stream speaks, told by its first bytes or its port."""

from __future__ import annotations

from flow_packets import ACK, FIN, Packet, batches_of
from stream_packets import ISN, Streams, client, opening, read, server

from netwatch.track.flow import FlowTracker
from netwatch.track.stream import StreamTracker
from netwatch.track.stream_protocol import StreamProtocol


def test_content_wins_over_the_port_and_the_first_protocol_over_others():
    names = []

    def reader(name):
        def make(stream):
            names.append(name)
            return Streams().feed([*opening(), client(0, b"x")]).reader

        return make

    protocols = (
        StreamProtocol("by port", reader("port"), ports=frozenset({80})),
        StreamProtocol("get", reader("get"), lambda forth, first: first.startswith(b"GET"), b"G"),
        StreamProtocol("any", reader("any"), lambda forth, first: first.startswith(b"G"), b"G"),
    )
    flows = FlowTracker(seed=1)
    tracker = StreamTracker(flows.columns, protocols)
    packets = [Packet(sport=5000 + at, payload=each, seq=1) for at, each in enumerate((b"GET /", b"GO", b"else"))]
    for batch in batches_of(packets):
        tracker.feed(batch, flows.feed(batch))
    assert names == ["get", "any", "port"]


def test_the_other_direction_may_tell_the_protocol():
    protocol = {"recognises": lambda forth, first: first.startswith(b"HELLO"), "first_bytes": b"H"}
    long = b"x" * 100
    packets = [*opening(), server(0, long), client(0, b"HELLO there"), server(100, b"welcome")]
    reader = read(packets, protocols={"hello": protocol}).reader
    assert (reader.bytes(True), reader.bytes(False)) == (b"HELLO there", b"welcome")


def test_short_first_segments_are_taken_together():
    protocol = {"recognises": lambda forth, first: first.startswith(b"GET /"), "first_bytes": b"G"}
    packets = [*opening(), *(client(at, b"GET / HTTP"[at : at + 1]) for at in range(10))]
    tracker = read(packets, protocols={"http": protocol})
    assert tracker.reader.bytes(True) == b"GET / HTTP"
    assert [event[3] for event in tracker.reader.events] == list(range(4, 14))


def test_a_direction_that_ended_before_the_protocol_was_known_is_read_too():
    protocol = {"recognises": lambda forth, first: first.startswith(b"SSH-"), "first_bytes": b"GS"}
    packets = [*opening(), client(0, b"Go", flags=ACK | FIN), server(0, b"SSH-2.0", ack=ISN + 4)]
    reader = read(packets, protocols={"ssh": protocol}).reader
    assert (reader.bytes(True), reader.bytes(False), reader.closings()) == (b"Go", b"SSH-2.0", [(True, 4)])


def test_streams_of_no_protocol_are_not_looked_at():
    protocol = {"recognises": lambda forth, first: False, "first_bytes": b"G"}
    packets = [*opening(), client(0, b"G" * 100), server(0, b"x" * 100), client(100, b"G" * 100)]
    tracker = read(packets, protocols={"none": protocol})
    assert (tracker.readers, tracker.streams.reading, tracker.streams.held) == ([], 0, 0)


def test_a_stream_whose_beginning_was_not_captured_is_recognised_later():
    protocol = {"recognises": lambda forth, first: first.startswith(b"GET"), "first_bytes": b"G"}
    packets = [client(0, b"body" * 30), client(120, b"G" * 80), client(200, b"GET / HTTP/1.1")]
    for cuts in ((), (1,), (2,), (1, 2)):
        assert read(packets, cuts, protocols={"http": protocol}).reader.bytes(True) == b"GET / HTTP/1.1"


def test_so_many_segments_are_tried_and_no_more():
    protocol = {"recognises": lambda forth, first: first.startswith(b"GET"), "first_bytes": b"G"}
    for count, found in ((3, 1), (4, 0)):
        packets = [client(at * 100, b"x" * 100) for at in range(count)] + [client(count * 100, b"GET /")]
        for cuts in ((), (3,), (count,)):
            assert len(read(packets, cuts, protocols={"http": protocol}).readers) == found
