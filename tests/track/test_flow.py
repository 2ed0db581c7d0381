"""The flow tracker: keys, initiators, restarts, counters, rates, sorting and bounds."""

from __future__ import annotations

import pytest
from flow_packets import A6, ACK, B6, RST, START, SYN, UDP, A, B, C, Packet, batch_of, ends, fed, handshake

from netwatch.track.flow import FlowTracker
from netwatch.track.flow_starts import FlowTimeouts


def test_both_directions_are_one_flow_and_counted_apart():
    packets = [UDP, UDP.back(time=0.1, payload=b"a longer answer"), UDP.later(0.2)]
    tracker = FlowTracker(seed=1)
    result = tracker.feed(batch_of(packets))
    assert len(set(result.rows.tolist())) == 1
    assert result.from_initiator.tolist() == [True, False, True]
    flows = tracker.table()
    assert ends(flows) == [("10.0.0.1", 40000, "10.0.0.2", 53)]
    assert flows.packets.tolist() == [[2, 1]]
    assert flows.payload.tolist() == [[10, 15]]
    assert flows.bytes.tolist() == [[2 * len(UDP.frame()), len(packets[1].frame())]]
    assert (flows.first_ns[0], flows.last_ns[0]) == (START, START + 200_000_000)
    assert flows.duration_ns[0] == 200_000_000
    assert flows.application == ("DNS",)
    assert flows.protocol == ("UDP",)


def test_what_makes_another_flow():
    packets = [
        UDP,
        UDP.later(0, sport=40001),
        UDP.later(0, dport=54),
        UDP.later(0, source=C),
        UDP.later(0, vlan=7),
        UDP.later(0, source=A6, destination=B6),
        UDP.later(0, protocol=6, flags=ACK),
        UDP.later(0, protocol=132, payload=UDP.frame()[34:]),
    ]
    flows = fed(packets).table()
    assert len(flows) == len(packets)
    assert len(set(flows.community_id)) == len(packets) - 1  # a VLAN does not count there
    assert flows.vlan == ("", "", "", "", "7", "", "", "")


def test_priority_tagged_and_untagged_frames_are_one_lan():
    assert len(fed([UDP, UDP.back(vlan=0)]).table()) == 1


def test_icmp_requests_and_replies_are_one_flow_begun_by_the_request():
    reply = Packet(protocol=1, sport=0, dport=0, source=B, destination=A, payload=b"ping")
    request = Packet(time=1, protocol=1, sport=8, dport=0, payload=b"ping")
    flows = fed([reply, request]).table()
    assert ends(flows) == [("10.0.0.1", 8, "10.0.0.2", 0)]
    assert flows.conn_state == ("OTH",)
    assert flows.packets.tolist() == [[1, 1]]
    unreachable = Packet(protocol=1, sport=3, dport=1)
    assert len(fed([unreachable, unreachable.later(0, dport=3), unreachable.back(sport=3, dport=1)]).table()) == 3


def test_neighbour_discovery_of_ipv6():
    solicitation = Packet(protocol=58, sport=135, dport=0, source=A6, destination=B6)
    flows = fed([solicitation, solicitation.back(sport=136, dport=0)]).table()
    assert ends(flows) == [("2001:db8::1", 135, "2001:db8::2", 136)]


def test_a_machine_without_an_address_yet():
    """RFC 4862, 5.4: it asks whether anybody has the one it wants from the unspecified address."""
    flows = fed([Packet(protocol=58, sport=135, dport=0, source="::", destination=B6)]).table()
    assert ends(flows) == [("::", 135, "2001:db8::2", 136)]


def arp(operation, sender, target):
    packed = [bytes(map(int, address.split("."))) for address in (sender, target)]
    body = bytes((0, 1, 8, 0, 6, 4, 0, operation)) + b"\2" * 6 + packed[0] + b"\4" * 6 + packed[1]
    return b"\xff" * 6 + b"\2" * 6 + b"\x08\x06" + body


def test_conversations_without_ip():
    lldp = b"\x01\x80\xc2\0\0\x0e" + b"\2\0\0\0\0\1" + b"\x88\xcc" + bytes(40)
    tracker = FlowTracker(seed=1)
    tracker.feed(batch_of([arp(2, A, B), arp(1, B, A), lldp, lldp], times=[START] * 4))
    flows = tracker.table()
    assert flows.protocol == ("ARP", "LLDP")
    assert ends(flows)[0] == ("10.0.0.2", 0, "10.0.0.1", 0)  # the reply came first, but the request begins
    assert ends(flows)[1] == ("02:00:00:00:00:01", 0, "01:80:c2:00:00:0e", 0)
    assert flows.packets.tolist() == [[1, 1], [2, 0]]
    assert flows.community_id == ("", "")
    assert flows.conn_state == ("", "")
    assert tracker.counts().other == 2


@pytest.mark.parametrize(
    ("packet", "initiator"),
    [
        (Packet(flags=SYN, sport=80, dport=40000), A),
        (Packet(flags=SYN | ACK, sport=40000, dport=80), B),
        (Packet(flags=ACK, sport=80, dport=40000), B),
        (Packet(flags=ACK, sport=40000, dport=80), A),
        (Packet(flags=ACK, sport=40000, dport=40001), A),
        (Packet(flags=ACK, sport=80, dport=443), A),
        (Packet(protocol=17, sport=53, dport=40000), B),
        (Packet(protocol=17, sport=5353, dport=5353), A),
    ],
)
def test_the_initiator(packet, initiator):
    assert fed([packet]).table().source == (initiator,)


def test_a_new_sequence_number_is_a_new_flow_and_the_same_one_a_retry():
    first, retry = Packet(flags=SYN, seq=10), Packet(time=1, flags=SYN, seq=10)
    reuse = Packet(time=2, flags=SYN, seq=99)
    for cuts in ((), (1, 2)):
        tracker = fed([first, retry, reuse], cuts)
        assert tracker.table().packets.tolist() == [[2, 0], [1, 0]]
        assert tracker.counts().tcp == 2


def test_ports_used_again_after_a_whole_connection():
    old = handshake(Packet())
    new = handshake(Packet(time=1), isn=77777, peer_isn=99999)
    for cuts in ((), range(6), (3,)):
        flows = fed([*old, *new], cuts).table()
        assert flows.packets.tolist() == [[2, 1], [2, 1]]
        assert flows.history == ("ShA", "ShA")


def test_simultaneous_open_is_one_flow():
    ours = Packet(flags=SYN, seq=10)
    theirs = ours.back(time=0.001, flags=SYN, seq=20)
    answers = [
        Packet(time=0.002, flags=SYN | ACK, seq=10, ack=21), ours.back(time=0.003, flags=SYN | ACK, seq=20, ack=11)
    ]  # fmt: skip
    for cuts in ((), (1,), (1, 2, 3)):
        flows = fed([ours, theirs, *answers], cuts).table()
        assert flows.packets.tolist() == [[2, 2]]
    # Hole punching tries again from the same ports: each pair is one flow
    again = [ours.later(5, seq=11), theirs.later(5, seq=21)]
    for cuts in ((), (1, 2, 3)):
        assert fed([ours, theirs, *again], cuts).table().packets.tolist() == [[1, 1], [1, 1]]


def test_a_syn_that_was_captured_after_its_answer_joins_it():
    syn, answer, ack = handshake()
    for cuts in ((), (1,)):
        flows = fed([answer, syn, ack], cuts).table()
        assert flows.packets.tolist() == [[2, 1]]
        assert flows.source == (A,)
    other = fed([answer, syn.later(0, seq=4321)]).table()
    assert len(other) == 2


def test_a_syn_in_a_known_conversation_begins_a_flow():
    middle = Packet(flags=ACK, payload=b"data", seq=500)
    flows = fed([middle, middle.later(1, flags=SYN, seq=9, payload=b"")]).table()
    assert flows.packets.tolist() == [[1, 0], [1, 0]]
    assert flows.conn_state == ("OTH", "S0")


def test_idle_conversations_begin_again_and_count_once():
    packets = [UDP, UDP.later(60), UDP.later(120.1), UDP.later(500)]
    for cuts in ((), (1,), (2,), (1, 2, 3)):
        tracker = fed(packets, cuts)
        assert tracker.table().packets.tolist() == [[2, 0], [1, 0], [1, 0]]
        assert tracker.table().resumed.tolist() == [False, True, True]
        counts = tracker.counts()
        assert (counts.udp, counts.resumed, counts.held) == (1, 2, 3)
    stays = FlowTimeouts(tcp_ns=10**18, other_ns=10**18)
    assert len(fed(packets, timeouts=stays).table()) == 1


def test_a_port_that_is_used_again_after_hours_is_another_conversation():
    first = handshake()
    again = handshake(Packet(time=10_000), isn=77_000)
    for cuts in ((), (3,)):
        tracker = fed([*first, *again], cuts)
        counts = tracker.counts()
        assert (counts.tcp, counts.resumed, tracker.handshake_counts().complete) == (2, 0, 2)


def test_tcp_may_be_idle_for_longer():
    packet = Packet()
    assert len(fed([packet, packet.later(299)]).table()) == 1
    assert len(fed([packet, packet.later(301)]).table()) == 2


def test_time_that_goes_back():
    packets = [UDP.later(100), UDP.later(50), UDP.later(70), UDP.later(159)]
    for cuts in ((), (1, 2, 3)):
        flows = fed(packets, cuts).table()
        assert flows.packets.tolist() == [[4, 0]]  # idle is counted from the latest time seen
        assert (flows.first_ns[0], flows.last_ns[0]) == (START + 50 * 10**9, START + 159 * 10**9)


def test_ttl_and_flags_of_each_end():
    packets = handshake()
    packets[1] = packets[1].later(0, ttl=55)
    flows = fed([*packets, packets[2].later(1, ttl=63, flags=RST | ACK)]).table()
    assert flows.ttl.tolist() == [[63, 55]]
    assert flows.flags.tolist() == [[SYN | ACK | RST, SYN | ACK]]


def test_rates():
    size = len(UDP.frame())
    packets = [UDP.later(second, sport=40000 + (second > 90)) for second in (0, 0.5, 0.9, 2, 2.1, 30, 91.25)]
    packets.append(packets[0].later(91.75))
    for cuts in ((), range(8)):
        tracker = fed(packets, cuts, timeouts=FlowTimeouts(other_ns=10**18))
        flows = tracker.table()
        assert flows.peak.tolist() == [3 * size, size]
        assert flows.history_rates[:, -1].tolist() == [size, size]
        assert flows.history_rates[0, :-1].tolist() == [0] * 15
        assert flows.rate.tolist() == [size, size]
        assert tracker.top("rate", 1).serial.tolist() == [1]
    tracker = fed(packets[:5])
    assert tracker.table().history_rates[0].tolist() == [0] * 13 + [3 * size, 0, 2 * size]
    assert tracker.table().rate[0] == 2 * size


def test_old_packets_count_in_the_newest_second():
    size = len(UDP.frame())
    packets = [UDP.later(10), UDP.later(3), UDP.later(11)]
    for cuts in ((), (1, 2)):
        flows = fed(packets, cuts).table()
        assert flows.peak.tolist() == [2 * size]
        assert flows.history_rates[0, -2:].tolist() == [2 * size, size]


def test_serials_follow_the_first_packets():
    packets = [UDP.later(0, sport=50000 - number % 7) for number in range(20)]
    flows = fed(packets).table()
    assert flows.serial.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert flows.sport.tolist() == [50000 - number for number in range(7)]
