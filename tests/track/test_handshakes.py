"""Handshakes: every state and class, its diagnosis, counts that outlive flows, services and their percentiles."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flow_packets import A6, ACK, B6, RST, SYN, A, B, C, Packet, batch_of, handshake
from handshake_packets import RESET, SYN_PACKET, attempts, icmp_error, several, watched

from netwatch.tables.query import TableQuery
from netwatch.track.handshakes import OF_FLOWS, OWN_KEYS

OPTIONS = b"\2\4\5\xb4" + b"\4\2" + b"\x08\x0a" + bytes(8) + b"\1" + b"\3\3\7"

LATER = Packet(time=20, source=C, protocol=17, dport=53)
"""Packet time goes on."""

SYN_ACK = handshake()[1]

CASES = [
    ([SYN_PACKET], "incomplete", "SYN sent", "waiting for 10.0.0.2:80 for 0 ms"),
    (
        [SYN_PACKET, LATER],
        "incomplete",
        "SYN sent",
        "server 10.0.0.2:80 never answered the SYN 20 s ago: host down or filtered",
    ),
    (
        [SYN_PACKET.later(time) for time in (0, 1, 3, 7)],
        "incomplete",
        "retrying 3 times",
        "server 10.0.0.2:80 never answered 4 SYNs in 7 s: host down or filtered",
    ),
    (
        [SYN_PACKET, SYN_PACKET.later(1)],
        "incomplete",
        "retrying 1 time",
        "server 10.0.0.2:80 never answered 2 SYNs in 1 s: host down or filtered",
    ),
    ([SYN_PACKET, RESET], "refused", "refused by RST", "refused in 0.3 ms: nothing listens on 80"),
    (
        [SYN_PACKET, SYN_PACKET.later(1), RESET.later(1)],
        "refused",
        "refused by RST",
        "refused in 0.3 ms after 2 SYNs: nothing listens on 80",
    ),
    (
        [SYN_PACKET, icmp_error(SYN_PACKET)],
        "refused",
        "refused by ICMP",
        "refused by ICMP in 4 ms: nothing listens on 80",
    ),
    (
        [SYN_PACKET, icmp_error(SYN_PACKET, code=13)],
        "refused",
        "refused by ICMP",
        "refused by ICMP in 4 ms: a firewall prohibits it",
    ),
    (
        [SYN_PACKET, icmp_error(SYN_PACKET, code=77)],
        "refused",
        "refused by ICMP",
        "refused by ICMP in 4 ms: unreachable, code 77",
    ),
    (handshake()[:2], "half_open", "SYN-ACK seen", "waiting for the client's ACK for 0 ms"),
    (
        [*handshake()[:2], LATER],
        "half_open",
        "half-open",
        "an answer arrives but the client never ACKs: one-way path or SYN flood",
    ),
    (
        [*handshake()[:2], SYN_ACK.later(1), SYN_ACK.later(3), LATER],
        "half_open",
        "half-open",
        "3 answers arrive but the client never ACKs: one-way path or SYN flood",
    ),
    (
        [*handshake()[:2], SYN_PACKET.later(0.02, flags=RST, seq=1001)],
        "half_open",
        "aborted",
        "client reset 10 ms after the answer: port scan, or it gave up",
    ),
    (
        [*handshake()[:2], SYN_ACK.later(0.02, flags=RST, seq=5001)],
        "half_open",
        "aborted",
        "server 10.0.0.2:80 answered and reset 20 ms later: connection limit, filter or proxy",
    ),
    (
        [SYN_PACKET, SYN_PACKET.later(2, flags=RST, seq=1001)],
        "incomplete",
        "aborted",
        "client gave up after 2 s without an answer from 10.0.0.2:80",
    ),
    (handshake(), "complete", "complete", "complete in 12 ms: 10 ms to the server, 2 ms to the client"),
    (
        [SYN_PACKET, *(packet.later(1) for packet in handshake())],
        "complete",
        "complete",
        "complete, answered only at SYN 2 after 1 s: a SYN or its answer was lost",
    ),
    (
        [SYN_PACKET, SYN_PACKET.later(0.1, flags=ACK, seq=1001, ack=5001)],
        "incomplete",
        "SYN sent",
        "only one direction is visible: asymmetric capture",
    ),
    (
        [SYN_PACKET, replace(SYN_ACK, ack=777), LATER],
        "incomplete",
        "SYN sent",
        "server 10.0.0.2:80 acknowledges another SYN: leftover of an older connection, or a forged answer",
    ),
    (
        [SYN_PACKET, SYN_PACKET.back(time=0.01, flags=ACK, seq=5001, ack=1001), LATER],
        "incomplete",
        "SYN sent",
        "server 10.0.0.2:80 sends, but no SYN-ACK was seen: the capture lost it",
    ),
    (
        [SYN_ACK, SYN_PACKET.later(0.02, flags=ACK)],
        "mid_stream",
        "mid-stream",
        "the SYN-ACK came without its SYN: the capture began in between or lost it",
    ),
    (
        [Packet(), Packet().back()],
        "mid_stream",
        "mid-stream",
        "no SYN was seen: the connection is older than the capture",
    ),
    (
        [Packet()],
        "mid_stream",
        "mid-stream",
        "only the client's packets are visible: asymmetric capture, or the other end is silent",
    ),
    (
        [Packet().back()],
        "mid_stream",
        "mid-stream",
        "only the server's packets are visible: asymmetric capture, or the other end is silent",
    ),
]


@pytest.mark.parametrize(("packets", "outcome", "state", "diagnosis"), CASES)
@pytest.mark.parametrize("split", [False, True])
def test_states(packets, outcome, state, diagnosis, split):
    table = attempts(packets, range(len(packets)) if split else ())
    assert (table.outcome, table.state, table.diagnosis) == ((outcome,), (state,), (diagnosis,))
    counts = watched(packets).counts()
    assert getattr(counts, outcome) == 1
    assert counts.attempts == (outcome != "mid_stream")


def test_simultaneous_open_is_complete():
    theirs = SYN_PACKET.back(time=0.001, flags=SYN, seq=20)
    answers = [
        SYN_PACKET.later(0.002, flags=SYN | ACK, ack=21), SYN_PACKET.back(time=0.003, flags=SYN | ACK, seq=20, ack=1001)
    ]  # fmt: skip
    for cuts in ((), (1, 2, 3)):
        table = attempts([SYN_PACKET, theirs, *answers], cuts)
        assert table.outcome == ("complete",)
        assert table.diagnosis == ("both ends sent a SYN at the same time: simultaneous open",)


def test_a_new_attempt_on_the_same_ports():
    again = [packet.later(5) for packet in handshake(isn=70000, peer_isn=90000)]
    for cuts in ((), range(6)):
        assert attempts([SYN_PACKET, SYN_PACKET.later(1), *again], cuts).outcome == ("incomplete", "complete")


def test_ipv6_and_vlan():
    packets = [*handshake(Packet(source=A6, destination=B6)), *handshake(Packet(vlan=9, dport=81))]
    table = attempts(packets)
    assert table.outcome == ("complete", "complete")
    assert sorted(table.destination) == [B, B6]
    assert sorted(table.vlan) == ["", "9"]
    late = [Packet(source=A6, destination=B6, flags=SYN), replace(LATER, source=A)]
    assert attempts(late).diagnosis == (
        "server [2001:db8::2]:80 never answered the SYN 20 s ago: host down or filtered",
    )


def test_times_and_round_trips():
    table = attempts([SYN_PACKET, *(packet.later(1) for packet in handshake(rtt=0.030, client_delay=0.004))])
    start = SYN_PACKET.time_ns
    assert table.syn_ns.tolist() == [start]
    assert table.syn_ack_ns.tolist() == [start + 1_030_000_000]
    assert table.ack_ns.tolist() == table.ended_ns.tolist() == [start + 1_034_000_000]
    assert (table.server_rtt_ns[0], table.client_rtt_ns[0], table.rtt_ns[0]) == (30_000_000, 4_000_000, 34_000_000)
    assert (table.retries[0], table.syn_acks[0]) == (1, 1)
    unanswered = attempts([SYN_PACKET])
    assert (unanswered.rtt_ns[0], unanswered.syn_ack_ns[0], unanswered.ended_ns[0]) == (-1, 0, 0)


def test_what_was_offered_and_not_accepted():
    syn, answer, ack = handshake()
    plain = [replace(syn, options=OPTIONS + b"\0"), answer, ack]
    table = attempts(plain)
    assert table.mismatch == ("not accepted: window scaling, SACK, timestamps",)
    agreed = [replace(syn, options=OPTIONS + b"\0"), replace(answer, options=OPTIONS + b"\0"), ack]
    assert attempts(agreed).mismatch == ("",)
    assert attempts(plain[:1]).mismatch == ("",)


def test_overdue_after_ten_seconds_of_packet_time():
    early, late = replace(LATER, time=9.9), replace(LATER, time=10)
    assert attempts([SYN_PACKET, early]).overdue.tolist() == [False]
    assert attempts([SYN_PACKET, late]).overdue.tolist() == [True]
    assert watched([SYN_PACKET, late]).counts().overdue == 1
    assert watched([*handshake(), LATER]).counts().overdue == 0


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("", [50000, 50001, 50002, 51000, 52000, 53000]),
        ("complete", [50000, 50001, 50002]),
        ("incomplete", [52000]),
        ("refused", [51000]),
        ("rst", [51000]),
        ("icmp", []),
        ("sent", [52000]),
        ("mid-stream", [53000]),
        ("midstream", [53000]),
        ("half-open", []),
        ("half_open", []),
        ("overdue", []),
        ("443", [52000]),
        ("refused 80", [51000]),
        ("refused 443", []),
        ("10.0.0.3", [52000]),
        ("http complete", [50000, 50001, 50002]),
        ("gibberish", []),
    ],
)
def test_quick_filter(text, ports):
    page = watched(several()).page(TableQuery("sport", descending=False, text=text))
    assert page.table.sport.tolist() == ports
    assert page.total == len(ports)


@pytest.mark.parametrize("column", sorted({*OF_FLOWS, *OWN_KEYS}))
def test_every_column_sorts(column):
    page = watched(several()).page(TableQuery(column, whole_order=True))
    assert sorted(page.order.tolist()) == [1, 2, 3, 4, 5, 6]
    with pytest.raises(KeyError):
        watched(several()).page(TableQuery("none"))


def test_counts():
    counts = watched(several()).counts()
    assert (counts.complete, counts.incomplete, counts.refused, counts.half_open, counts.mid_stream) == (3, 1, 1, 0, 1)
    assert (counts.attempts, counts.success) == (5, 0.6)
    assert counts.rtt_p50_ns == 20_000_000
    assert counts.rtt_p95_ns == pytest.approx(29_000_000)
    empty = watched([]).counts()
    assert (empty.attempts, empty.success, empty.rtt_p50_ns) == (0, 0.0, -1.0)


def test_a_connection_that_goes_on_after_a_pause_is_no_attempt():
    counts = watched([*handshake(), handshake()[2].later(1000)]).counts()
    assert (counts.complete, counts.mid_stream) == (1, 0)


def test_counts_outlive_the_flows():
    handshakes = watched([], capacity=100)
    tracker = handshakes._flows
    for number in range(60):
        port = 10000 + number * 10
        packets = handshake(Packet(time=number, sport=port), rtt=0.020, client_delay=0.0)
        packets += [Packet(time=number, sport=port + 1, flags=SYN), Packet(time=number, sport=port + 2)]
        refused = Packet(time=number, sport=port + 3, flags=SYN)
        packets += [refused, refused.back(time=number + 0.1, flags=RST | ACK, ack=1)]
        tracker.feed(batch_of(packets))
    assert tracker.counts().evicted > 100
    counts = handshakes.counts()
    assert (counts.complete, counts.incomplete, counts.refused, counts.mid_stream) == (60, 60, 60, 60)
    assert counts.rtt_p50_ns == pytest.approx(20_000_000, rel=0.02)
    assert counts.rtt_p95_ns == pytest.approx(20_000_000, rel=0.02)
