"""StreamTracker: bytes in order and once, gaps, what is not wanted, recognition, bounds."""

from __future__ import annotations

import random

import pytest
from flow_packets import ACK, FIN, RST, SYN, Packet, batches_of
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_packets import ISN, PEER_ISN, Streams, client, opening, read, server

from netwatch.track.stream_reader import NO_MORE

TEXT = bytes(range(65, 91)) * 4


def segments(data, size):
    return [client(at, data[at : at + size]) for at in range(0, len(data), size)]


def test_both_directions_are_read_in_the_order_of_their_packets():
    packets = [*opening(), client(0, b"question"), server(0, b"answer", ack=ISN + 9), client(8, b"thanks")]
    events = read(packets).reader.events
    assert [event[1:] for event in events] == [(True, b"question", 4), (False, b"answer", 5), (True, b"thanks", 6)]


def test_the_stream_says_whose_it_is():
    tracker = read([*opening(), server(0, b"hello"), client(0, b"hi")])
    stream = tracker.reader.stream
    assert (stream.initiator_port, stream.responder_port, stream.vlan, stream.serial) == (40000, 80, -1, 1)
    assert (stream.initiator_low & 0xFF, stream.responder_low & 0xFF) == (1, 2)
    assert stream.start.number == 4


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 0, 2), (0, 2, 1), (1, 2, 0), (2, 0, 1)])
def test_segments_out_of_order_are_held_back(order):
    whole = segments(TEXT[:30], 10)
    tracker = read([*opening(), *(whole[at] for at in order)])
    assert tracker.reader.bytes(True) == TEXT[:30]
    assert tracker.streams.held == 0


def test_bytes_are_read_by_the_packet_that_makes_them_readable():
    tracker = read([*opening(), client(10, b"later"), client(0, b"0123456789")])
    assert [(event[2], event[3]) for event in tracker.reader.events] == [(b"0123456789", 5), (b"later", 5)]


def test_of_overlapping_segments_the_first_copy_counts():
    tracker = read([*opening(), client(4, b"BBBB"), client(2, b"ccccccCC"), client(0, b"AAAAAA"), client(0, b"zzzz")])
    assert tracker.reader.bytes(True) == b"AA" + b"cc" + b"BBBB" + b"CC"


def test_a_repeated_segment_and_a_keep_alive_are_not_read_again():
    packets = [*opening(), client(0, b"once"), client(0, b"once"), client(3, b"e"), client(2, b"ce more")]
    assert read(packets).reader.bytes(True) == b"once more"


def test_a_keep_alive_in_front_of_everything_is_not_the_beginning():
    tracker = read(
        [*opening(), client(-1, b"\0"), client(0, b"GET")],
        protocols={"get": {"recognises": lambda forth, first: first == b"GET", "first_bytes": b"G"}},
    )
    assert tracker.reader.bytes(True) == b"GET"


def test_sequence_numbers_wrap():
    start = 0xFFFFFFFF - 20
    packets = [Packet(flags=SYN, seq=start)]
    packets += [Packet(seq=start + 1 + at, payload=TEXT[at : at + 10]) for at in (0, 20, 10, 30)]
    assert read(packets).reader.bytes(True) == TEXT[:40]


def test_data_in_a_syn_is_read_first():
    packets = [
        Packet(flags=SYN, seq=ISN, payload=b"early"),
        Packet().back(flags=SYN | ACK, seq=PEER_ISN, ack=ISN + 6),
        client(5, b" bird"),
        server(0, b"tweet"),
    ]
    reader = read(packets).reader
    assert (reader.bytes(True), reader.bytes(False)) == (b"early bird", b"tweet")


def test_the_first_segment_may_come_last():
    protocol = {"recognises": lambda forth, first: first.startswith(b"\x16\3"), "first_bytes": b"\x16"}
    tracker = read([*opening(), client(4, b"tail"), client(0, b"\x16\3\1\0")], protocols={"tls": protocol})
    assert tracker.reader.bytes(True) == b"\x16\3\1\0tail"


def test_a_gap_is_lost_when_the_other_side_has_what_is_behind_it():
    packets = [
        *opening(), client(0, b"abc"), client(6, b"ghi"), server(0, ack=ISN + 4), server(0, ack=ISN + 10),
        client(9, b"j"),
    ]  # fmt: skip
    tracker = read(packets)
    assert tracker.reader.bytes(True) == b"abc???ghij"
    assert [event[3] for event in tracker.reader.events] == [4, 7, 7, 8]
    assert tracker.streams.lost == 3


def test_a_gap_is_lost_when_too_much_waits_behind_it():
    data = bytes(1000)
    packets = [*opening(), client(0, b"abc"), *(client(10 + at * 1000, data) for at in range(80))]
    tracker = read(packets, limit=64 << 10)
    assert tracker.reader.bytes(True)[:10] == b"abc???????"
    assert len(tracker.reader.bytes(True)) == 10 + 80_000
    assert tracker.streams.held == 0


def test_bytes_that_were_not_captured_are_lost():
    batch = batches_of([*opening(), client(0, b"whole packet"), client(12, b"rest")])[0]
    captured = batch.payload_captured.copy()
    captured[3] = 5
    from dataclasses import replace

    tracker = Streams()
    tracker.streams.feed(replace(batch, payload_captured=captured), tracker.flows.feed(batch))
    assert tracker.reader.bytes(True) == b"whole???????rest"


def test_both_directions_close_by_fin():
    packets = [
        *opening(), client(0, b"bye", flags=ACK | FIN), server(0, b"bye bye", ack=ISN + 5, flags=ACK | FIN),
    ]  # fmt: skip
    tracker = read(packets)
    assert tracker.reader.closings() == [(True, 4), (False, 5)]
    assert tracker.streams.reading == 0


def test_a_fin_out_of_order_waits_for_what_is_in_front_of_it():
    tracker = read([*opening(), client(3, b"def", flags=ACK | FIN), client(0, b"abc"), client(6, b"beyond")])
    assert tracker.reader.bytes(True) == b"abcdef"
    assert tracker.reader.closings() == [(True, 5)]


def test_a_reset_closes_both_directions_after_what_is_held():
    tracker = read([*opening(), client(0, b"abc"), client(6, b"ghi"), server(0, flags=RST | ACK)])
    assert tracker.reader.bytes(True) == b"abc???ghi"
    assert tracker.reader.closings() == [(False, 6), (True, 6)]
    assert tracker.streams.reading == 0


def test_the_end_of_the_capture_closes_all():
    tracker = read([*opening(), client(0, b"abc"), client(6, b"ghi")])
    tracker.streams.finish()
    assert tracker.reader.bytes(True) == b"abc???ghi"
    assert len(tracker.reader.closings()) == 2
    assert (tracker.streams.reading, tracker.streams.held) == (0, 0)


def test_what_is_not_wanted_is_not_read_nor_missed():
    packets = [*opening(), *segments(TEXT[:40], 10)]
    for missing in range(3, 7):
        kept = [packet for at, packet in enumerate(packets) if at != missing or missing == 3]
        reader = read(kept, skips={True: [(5, 28)]}).reader
        lost = b"?" * 4 if missing == 6 else TEXT[36:40]
        assert reader.bytes(True) in (TEXT[:10] + TEXT[38:40], TEXT[:10]), missing
        assert lost is not None


def test_a_skip_ends_inside_a_segment():
    reader = read([*opening(), *segments(TEXT[:40], 10)], skips={True: [(10, 15)]}).reader
    assert reader.bytes(True) == TEXT[:10] + TEXT[25:40]


def test_a_skip_within_one_segment():
    class Cut:
        """Skips three bytes once."""

    reader = read([*opening(), client(0, b"abcdef"), client(6, b"ghijkl")], skips={True: [(6, 3)]}).reader
    assert reader.bytes(True) == b"abcdefjkl"
    assert Cut.__doc__


def test_a_skip_longer_than_sequence_numbers_tell():
    length = 5 << 30
    packets = [*opening(), client(0, b"head")]
    packets += [client(4 + at, b"x" * 100) for at in range(0, length - 100, 1 << 28)]
    packets += [client(4 + length - 50, b"x" * 50 + b"tail")]
    assert read(packets, range(len(packets)), skips={True: [(4, length)]}).reader.bytes(True) == b"headtail"


def test_no_more_of_a_direction():
    packets = [*opening(), client(0, b"head"), client(4, b"body"), server(0, b"answer"), client(8, b"body", flags=FIN)]
    reader = read(packets, skips={True: [(4, NO_MORE)]}).reader
    assert (reader.bytes(True), reader.bytes(False)) == (b"head", b"answer")
    assert reader.closings() == []


def test_no_more_of_both_lets_the_stream_go():
    tracker = read(
        [*opening(), client(0, b"head"), client(4, b"body")], skips={True: [(4, NO_MORE)], False: [(0, NO_MORE)]}
    )
    assert tracker.streams.reading == 0
    assert tracker.reader.bytes(True) == b"head"


def test_a_new_connection_between_the_same_ends_is_a_new_stream():
    again = [Packet(flags=SYN, seq=99_000), Packet(seq=99_001, payload=b"second")]
    tracker = read([*opening(), client(0, b"first"), *again])
    assert [reader.bytes(True) for reader in tracker.readers] == [b"first", b"second"]


def flood(count, **changes):
    """Streams with a gap each."""
    return [
        packet
        for at in range(count)
        for packet in (
            Packet(sport=1000 + at, flags=SYN, seq=ISN, **changes),
            Packet(sport=1000 + at, seq=ISN + 101, payload=bytes(1000), **changes),
        )
    ]


def test_what_waits_is_bounded_in_all():
    tracker = read(flood(200), size=50_000)
    assert tracker.streams.held <= 50_000
    assert tracker.streams.skipped >= 150
    assert sum(reader.bytes(True) == bytes(1000) for reader in tracker.readers) >= 150


def test_the_number_of_streams_is_bounded_and_the_idle_ones_go_first():
    packets = [*opening(), client(0, b"a")]
    packets += [Packet(sport=1000 + at, seq=1, payload=b"b") for at in range(20)]
    packets += [client(1, b"c")]
    tracker = read(packets, most_flows=10)
    assert tracker.streams.reading == 10
    assert tracker.readers[0].closings() == [(True, 14), (False, 14)]
    assert tracker.streams.skipped == 11


def test_segments_beyond_the_budget_are_counted():
    """Those with data: what a SYN tells is known without a look at each."""
    tracker = read([*opening(), client(0, b"a"), *flood(50)], segments=20)
    assert tracker.streams.skipped == 1 + 50 - 20
    assert tracker.streams.reading <= 20


def test_streams_of_evicted_flows_are_closed():
    packets = [Packet(sport=1000 + at, time=at, seq=1, payload=b"b") for at in range(300)]
    tracker = read(packets, range(0, 300, 10), capacity=64)
    assert tracker.streams.reading <= 64
    assert all(reader.bytes(True) == b"b" for reader in tracker.readers)
    assert sum(len(reader.closings()) == 2 for reader in tracker.readers) == 300 - tracker.streams.reading


@st.composite
def conversations(draw):
    """A stream cut, repeated, overlapped and shuffled, with a FIN and perhaps the handshake."""
    data = draw(st.binary(min_size=1, max_size=200))
    isn = draw(st.sampled_from([ISN, 0xFFFFFFFF - 50, 0x7FFFFFF0]))
    pieces, at = [], 0
    while at < len(data):
        size = draw(st.integers(1, 60))
        pieces.append((at, min(at + size, len(data))))
        at += size
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(data) - 1))
        pieces.append((start, draw(st.integers(start + 1, len(data)))))
    pieces = draw(st.permutations(pieces))
    packets = [Packet(flags=SYN, seq=isn)]
    packets += [Packet(seq=isn + 1 + start, payload=data[start:stop]) for start, stop in pieces]
    packets += [Packet(flags=FIN | ACK, seq=isn + 1 + len(data))]
    cuts = draw(st.lists(st.integers(1, len(packets)), max_size=4))
    return data, packets, cuts


@given(conversations())
@settings(max_examples=40)
def test_any_split_order_repetition_and_overlap_gives_the_bytes_once(conversation):
    data, packets, cuts = conversation
    tracker = read(packets, cuts)
    assert tracker.reader.bytes(True) == data
    assert tracker.reader.closings() == [(True, len(packets))]
    assert (tracker.streams.held, tracker.streams.lost) == (0, 0)


@given(st.integers(0, 1 << 32), st.lists(st.integers(1, 400), max_size=8))
@settings(max_examples=40)
def test_batches_make_no_difference_whatever_comes(seed, cuts):
    random_ = random.Random(seed)
    packets = []
    for _ in range(random_.randrange(5, 120)):
        packet = Packet(
            sport=40000 + random_.randrange(3),
            flags=random_.choice((ACK, ACK, ACK, ACK, SYN, SYN | ACK, ACK | FIN, RST)),
            seq=ISN + random_.randrange(300),
            ack=PEER_ISN + random_.randrange(300),
            payload=TEXT[: random_.choice((0, 1, 10, 40))],
        )
        packets.append(packet if random_.random() < 0.6 else packet.back(flags=packet.flags, payload=packet.payload,
                       seq=PEER_ISN + random_.randrange(300), ack=ISN + random_.randrange(300)))  # fmt: skip
    protocols = {"b": {"recognises": lambda forth, first: first.startswith(b"ABCDE"), "first_bytes": b"A"}}
    options = {"protocols": protocols, "skips": {True: [(20, 50)], False: [(40, 10), (60, NO_MORE)]}}
    whole, cut = read(packets, **options), read(packets, cuts, **options)
    assert [reader.events for reader in whole.readers] == [reader.events for reader in cut.readers]
    assert [reader.stream.start for reader in whole.readers] == [reader.stream.start for reader in cut.readers]
    assert whole.streams.held == cut.streams.held
