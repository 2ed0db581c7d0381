"""TCP health on constructed connections: what each rule counts, whichever way packets are cut into blocks."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
from flow_packets import ACK, FIN, PSH, RST, SYN, Packet, batch_of, batches_of, handshake
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.track.flow import FlowTracker

MSS = 1000
WRAP = 1 << 32


class Conversation:
    """Builds packets of one connection; `forth` and `back` send bytes at offsets behind the handshake."""

    def __init__(self, *, isn=1000, peer_isn=5000, **handshake_options):
        self.packets = handshake(Packet(), isn=isn, peer_isn=peer_isn, **handshake_options)
        self.isn, self.peer_isn = isn + 1, peer_isn + 1
        self.time = self.packets[-1].time

    def forth(self, start, length=MSS, *, ack=0, after=0.001, **changes):
        self.time += after
        first = self.packets[0]
        packet = replace(
            first, time=self.time, flags=ACK | PSH, seq=self.isn + start, ack=self.peer_isn + ack, payload=bytes(length)
        )
        self.packets.append(replace(packet, **changes))
        return self

    def back(self, start=0, length=0, *, ack=0, after=0.001, **changes):
        self.time += after
        packet = self.packets[0].back(
            time=self.time, flags=ACK, seq=self.peer_isn + start, ack=self.isn + ack, payload=bytes(length)
        )
        self.packets.append(replace(packet, **changes))
        return self


def tracked(packets, cuts=()):
    tracker = FlowTracker(seed=3)
    for batch in batches_of(packets, cuts):
        tracker.feed(batch)
        tracker.measure()
    return tracker


def health(conversation, cuts=()):
    """The health of both ends, which is the same however the packets are cut."""
    packets = conversation.packets
    whole = tracked(packets).table().health
    for cuts in (range(len(packets)), range(0, len(packets), 2), (len(packets) // 2,)):
        assert_same(whole, tracked(packets, cuts).table().health)
    return whole


def assert_same(one, two):
    for field in fields(one):
        mine, other = getattr(one, field.name), getattr(two, field.name)
        if isinstance(mine, np.ndarray):
            same = np.allclose(mine, other, rtol=1e-9) if mine.dtype == np.float64 else np.array_equal(mine, other)
            assert same, (field.name, mine, other)
        elif hasattr(mine, "__dataclass_fields__"):
            assert_same(mine, other)
        else:
            assert mine == other, field.name


@pytest.mark.parametrize("isn", [1000, WRAP - 1500, WRAP - 1, WRAP // 2])
def test_data_in_order_has_nothing_wrong(isn):
    talk = Conversation(isn=isn % WRAP, peer_isn=isn % WRAP)
    for number in range(5):
        talk.forth(number * MSS).back(ack=(number + 1) * MSS, after=0.030)
    found = health(talk)
    for name in (
        "retransmissions", "out_of_order", "lost_segments", "duplicate_acks", "keep_alives", "zero_windows", "resets",
        "missing",
    ):  # fmt: skip
        assert getattr(found, name).tolist() == [[0, 0]], name
    assert found.in_flight.tolist() == [[MSS, 0]]
    assert found.rtt_ns.tolist() == [[30_000_000, -1]]
    assert found.rtt_least_ns.tolist() == [[30_000_000, -1]]
    assert found.handshake_rtt_ns.tolist() == [[2_000_000, 10_000_000]]


def test_bytes_in_flight():
    talk = Conversation().forth(0).forth(MSS).forth(2 * MSS).back(ack=MSS).forth(3 * MSS, 10)
    assert health(talk).in_flight.tolist() == [[3 * MSS, 0]]


def test_round_trips_are_smoothed_and_the_least_is_kept():
    talk = Conversation()
    talk.forth(0).back(ack=MSS, after=0.040).forth(MSS).back(ack=2 * MSS, after=0.016)
    found = health(talk)
    assert found.rtt_ns.tolist() == [[round(40e6 * 7 / 8 + 16e6 / 8), -1]]
    assert found.rtt_least_ns.tolist() == [[16_000_000, -1]]


def test_a_segment_sent_again_gives_no_round_trip():
    talk = Conversation().forth(0).forth(0, after=0.2).back(ack=MSS, after=0.010)
    found = health(talk)
    assert found.retransmissions.tolist() == [[1, 0]]
    assert found.rtt_ns.tolist() == [[-1, -1]]
    # The next segment is measured again
    assert health(talk.forth(MSS).back(ack=2 * MSS, after=0.015)).rtt_ns.tolist() == [[15_000_000, -1]]


def test_retransmission_after_a_timeout():
    talk = Conversation().forth(0).forth(MSS).forth(0, after=0.3)
    found = health(talk)
    assert (found.retransmissions[0, 0], found.out_of_order[0, 0], found.spurious_retransmissions[0, 0]) == (1, 0, 0)


def test_spurious_retransmission():
    talk = Conversation().forth(0).back(ack=MSS).forth(0, after=0.3)
    found = health(talk)
    assert (found.retransmissions[0, 0], found.spurious_retransmissions[0, 0]) == (1, 1)


def test_fast_retransmission():
    talk = Conversation().forth(0).forth(MSS).forth(2 * MSS).forth(3 * MSS)
    for _ in range(3):
        talk.back(ack=0)
    talk.forth(0, after=0.005)
    found = health(talk)
    assert found.duplicate_acks.tolist() == [[0, 3]]
    assert (found.retransmissions[0, 0], found.fast_retransmissions[0, 0]) == (1, 1)


def test_out_of_order_within_a_round_trip():
    talk = Conversation(rtt=0.020).forth(0).forth(2 * MSS).forth(MSS, after=0.0005).back(ack=3 * MSS)
    found = health(talk)
    assert (found.out_of_order[0, 0], found.retransmissions[0, 0], found.lost_segments[0, 0]) == (1, 0, 1)
    assert found.missing.tolist() == [[0, 0]]


def test_missing_bytes_count_once_they_are_acknowledged():
    talk = Conversation().forth(0).forth(3 * MSS)
    assert health(talk).missing.tolist() == [[0, 0]]
    talk.back(ack=4 * MSS)
    found = health(talk)
    assert found.missing.tolist() == [[2 * MSS, 0]]
    assert found.lost_segments.tolist() == [[1, 0]]
    gaps = tracked(talk.packets).counts().gaps
    assert (gaps.bytes, gaps.segments, gaps.flows) == (2 * MSS, 2, 1)


def test_what_only_an_acknowledgement_tells_is_missing_too():
    talk = Conversation().forth(0).back(ack=5 * MSS).forth(5 * MSS)
    assert health(talk).missing.tolist() == [[4 * MSS, 0]]


def test_gaps_outlive_their_flows():
    tracker = FlowTracker(seed=1, capacity=64)
    talk = Conversation().forth(0).forth(3 * MSS).back(ack=4 * MSS)
    tracker.feed(batch_of(talk.packets))
    tracker.feed(batch_of([Packet(time=9, sport=number) for number in range(1, 100)]))
    assert tracker.rows_of(np.array([1])).tolist() == [-1]
    assert tracker.counts().gaps.bytes == 2 * MSS


def test_nothing_is_missing_where_only_one_direction_is_seen():
    talk = Conversation()
    for number in range(5):
        talk.back(ack=number * 10 * MSS)
    talk.packets = talk.packets[3:]
    found = health(talk)
    assert found.missing.tolist() == [[0, 0]]


def test_keep_alives_zero_windows_and_resets():
    talk = Conversation().forth(0, 10).back(ack=10)
    talk.forth(9, 0, after=45).back(ack=10).forth(9, 1, after=45).back(ack=10)
    talk.back(ack=10, window=0).back(ack=10, window=500)
    talk.back(ack=10, flags=RST | ACK)
    found = health(talk)
    assert found.keep_alives.tolist() == [[2, 0]]
    assert found.zero_windows.tolist() == [[0, 1]]
    assert found.resets.tolist() == [[0, 1]]
    assert found.duplicate_acks.tolist() == [[0, 0]]
    assert found.retransmissions.tolist() == [[0, 0]]


def test_the_number_of_a_reset_is_not_trusted():
    talk = Conversation().forth(0).forth(7_000_000, 0, flags=RST).forth(MSS).back(ack=2 * MSS)
    found = health(talk)
    assert found.lost_segments.tolist() == [[0, 0]]
    assert found.missing.tolist() == [[0, 0]]


def test_a_repeated_syn_and_fin_are_retransmissions():
    first = handshake()
    packets = [first[0], first[0].later(1), *(packet.later(1.0001) for packet in first[1:])]
    close = packets[-1].later(0.1, flags=FIN | ACK)
    found = tracked([*packets, close, close.later(0.4)]).table().health
    assert found.retransmissions.tolist() == [[2, 0]]


def test_options_as_offered_and_accepted():
    options = b"\2\4\5\xb4" + b"\4\2" + b"\x08\x0a" + bytes(8) + b"\1" + b"\3\3\7" + b"\x22\2" + b"\x1e\4\0\0" + b"\0\0"
    syn, answer, ack = handshake()
    syn = replace(syn, options=options, flags=SYN | 0xC0)
    answer = replace(answer, options=b"\2\4\2\0" + b"\3\3\x0f" + b"\0", flags=SYN | ACK | 0x40)
    for cuts in ((), (1, 2)):
        found = tracked([syn, answer, ack], cuts).table().health
        assert found.mss.tolist() == [[1460, 512]]
        assert found.window_scale.tolist() == [[7, 14]]
        assert found.sack.tolist() == found.timestamps.tolist() == [[True, False]]
        assert found.fast_open.tolist() == found.multipath.tolist() == [[True, False]]
        assert found.ecn.tolist() == [[True, True]]
    assert tracked([syn]).table().health.window_scale.tolist() == [[7, -1]]


def test_data_in_the_syn_that_was_taken_is_fast_open():
    syn = replace(handshake()[0], payload=b"hello")
    for taken in (5, 0):
        answer = syn.back(time=0.01, flags=SYN | ACK, seq=9000, ack=1001 + taken)
        found = tracked([syn, answer]).table().health
        assert found.fast_open.tolist() == [[False, taken == 5]]


def test_connections_do_not_mix():
    one, two = Conversation().forth(0).forth(0, after=0.3), Conversation().forth(0).back(ack=9 * MSS)
    others = [
        replace(packet, sport=packet.sport + (packet.sport != 80), dport=packet.dport + (packet.dport != 80))
        for packet in two.packets
    ]
    mixed = sorted([*one.packets, *others], key=lambda packet: packet.time)
    for cuts in ((), range(len(mixed))):
        found = tracked(mixed, cuts).table().health
        assert found.retransmissions.tolist() == [[1, 0], [0, 0]]
        assert found.missing.tolist() == [[0, 0], [8 * MSS, 0]]


NUMBERS = st.one_of(st.integers(0, 40), st.integers(0, WRAP - 1), st.sampled_from([WRAP - 1, WRAP // 2, WRAP // 2 - 1]))


@st.composite
def hostile_packets(draw):
    """Packets of two connections with any flags and numbers, near each other or far apart, time going either way."""
    packets = []
    time = 0.0
    numbers = draw(st.sampled_from([st.integers(0, 60), NUMBERS]))
    for _ in range(draw(st.integers(1, 25))):
        time += draw(st.sampled_from([0.0, 0.001, 0.03, 0.2, -0.1, 70.0, 400.0]))
        packet = Packet(
            time=time,
            sport=40000 + draw(st.integers(0, 1)),
            flags=draw(st.sampled_from([ACK, ACK, ACK | PSH, SYN, SYN | ACK, RST, RST | ACK, FIN | ACK, 0, 0xFF])),
            seq=draw(numbers),
            ack=draw(numbers),
            window=draw(st.sampled_from([0, 10, 10, 10])),
            payload=bytes(draw(st.sampled_from([0, 0, 1, 10]))),
        )
        if draw(st.booleans()):
            packet = packet.back(flags=packet.flags, seq=packet.seq, ack=packet.ack, payload=packet.payload)
        packets.append(packet)
    cuts = draw(st.sets(st.integers(1, len(packets))))
    return packets, cuts


@settings(max_examples=60)
@given(hostile_packets())
def test_how_packets_are_cut_makes_no_difference(drawn):
    packets, cuts = drawn
    whole, cut = tracked(packets), tracked(packets, cuts)
    assert_same(replace(whole.table(), row=None), replace(cut.table(), row=None))
    assert whole.counts() == cut.counts()
    assert whole.handshake_counts() == cut.handshake_counts()


def test_measuring_waits_for_more_packets_and_makes_no_difference():
    talk = Conversation()
    for number in range(40):
        talk.forth(number * MSS).back(ack=(number + 1) * MSS, after=0.030)
    at_once, waiting = tracked(talk.packets, range(len(talk.packets))), FlowTracker(seed=3)
    opened = []
    for start, stop in pairwise(range(len(talk.packets) + 1)):
        opened += waiting.feed(batch_of(talk.packets[start:stop])).opened.tolist()
    opened += waiting.opened().tolist()
    assert_same(replace(at_once.table(), row=None), replace(waiting.table(), row=None))
    assert set(opened) == {0}
