"""Pages of flows: every sort key, the quick filter, what is held, and finding a flow's packets again."""

from __future__ import annotations

import numpy as np
import pytest
from flow_packets import A6, ACK, B6, RST, SYN, A, B, C, Packet, batch_of, handshake

from netwatch.tables.query import TableQuery
from netwatch.track.flow import FlowTracker
from netwatch.track.flow_sort import SORT_KEYS

UDP = Packet(protocol=17, sport=40000, dport=53, payload=b"query")
ARP = b"\xff" * 6 + b"\2" * 6 + b"\x08\x06" + bytes((0, 1, 8, 0, 6, 4, 0, 1)) + bytes(20)

PACKETS = [
    *handshake(),
    UDP,
    UDP.later(0, source=C, sport=443, dport=53123),
    *handshake(Packet(source=A6, destination=B6, sport=50000, dport=443)),
    Packet(sport=41000, dport=8080, flags=SYN, seq=7),
    Packet(sport=41000, dport=8080, flags=SYN, seq=7).back(time=0.1, flags=RST | ACK, ack=8),
    Packet(protocol=1, sport=8, dport=0, payload=b"ping"),
]


def tracked(packets=PACKETS, **options):
    tracker = FlowTracker(seed=7, **options)
    tracker.feed(batch_of(packets))
    return tracker


def found(text, tracker=None):
    page = (tracker or tracked()).page(TableQuery("serial", descending=False, text=text))
    assert page.total == len(page.table)
    return page.table.serial.tolist()


@pytest.mark.parametrize("column", [*SORT_KEYS, "rate"])
def test_every_column_sorts_both_ways(column):
    tracker = tracked()
    up = tracker.page(TableQuery(column, descending=False, whole_order=True))
    down = tracker.page(TableQuery(column, whole_order=True))
    assert up.total == down.total == 6
    assert sorted(up.order.tolist()) == sorted(down.order.tolist()) == [1, 2, 3, 4, 5, 6]
    first = tracker.page(TableQuery(column, count=2)).table.serial.tolist()
    assert first == down.order[:2].tolist()


def test_an_unknown_column_is_an_error():
    with pytest.raises(KeyError):
        tracked().page(TableQuery("no such column"))


@pytest.mark.parametrize(
    ("text", "serials"),
    [
        ("", [1, 2, 3, 4, 5, 6]),
        ("443", [3, 4]),
        ("53", [2]),
        ("8", []),  # the type of an echo request is no port
        ("70000", []),
        ("999999999999999999999", []),
        ("10.0.0.3", [3]),
        ("10.0.0.", [1, 2, 3, 5, 6]),
        ("10.0", [1, 2, 3, 5, 6]),
        ("10.", [1, 2, 3, 5, 6]),
        ("10.0.0.0/30", [1, 2, 3, 5, 6]),
        ("10.0.0.2/31", [1, 2, 3, 5, 6]),
        ("10.0.0.3/32", [3]),
        ("11.0.0.0/8", []),
        ("10.0.0.0/99", []),
        ("300.1.", []),
        ("2001:db8::1", [4]),
        ("2001:db8::/32", [4]),
        ("2001:db8:", [4]),
        ("2001:", [4]),
        ("2002:", []),
        ("::ffff:", []),
        ("dns", [2]),
        ("DNS", [2]),
        ("udp", [2, 3]),
        ("tcp", [1, 4, 5]),
        ("icmp", [6]),
        ("tcp 443", [4]),
        ("443 2001:db8:: tcp", []),
        ("443 2001:db8::/48 tcp", [4]),
        ("established", [1, 4]),
        ("reset", [5]),
        ("rej", [5]),
        ("nonsense", []),
        ("\x1b[31m", []),
        ("٣", []),
        ("tcp " * 500, [1, 4, 5]),
    ],
)
def test_quick_filter(text, serials):
    assert found(text) == serials


def test_quick_filter_by_names_of_hosts_and_by_mac():
    address = np.array([0], np.uint64), np.array([0xFFFF_0A00_0003], np.uint64)
    tracker = tracked(find_addresses={"printer": address, "none": (address[0][:0], address[1][:0])}.get)
    assert found("printer", tracker) == [3]
    assert found("none", tracker) == []
    assert found("udp printer", tracker) == [3]
    lldp = b"\x01\x80\xc2\0\0\x0e" + b"\2\0\0\0\0\1" + b"\x88\xcc" + bytes(40)
    tracker = FlowTracker(seed=1)
    tracker.feed(batch_of([lldp, ARP], times=[1, 2]))
    assert found("lldp", tracker) == [1]
    assert found("02:00:00:00:00:01", tracker) == [1]
    assert found("arp", tracker) == [2]


def test_held_rows_stay_in_their_order():
    tracker = tracked()
    order = tracker.page(TableQuery("bytes", whole_order=True)).order
    tracker.feed(batch_of([UDP] * 50))
    page = tracker.page(TableQuery("bytes", held=order, first=2, count=3))
    assert page.table.serial.tolist() == order[2:5].tolist()


def test_rows_of_serials():
    tracker = tracked()
    rows = tracker.rows_of(np.array([3, 99, 1, 3]))
    assert tracker.columns.serial[rows[[0, 2, 3]]].tolist() == [3, 1, 3]
    assert rows[1] == -1
    assert FlowTracker(seed=1).rows_of(np.array([1, 2])).tolist() == [-1, -1]


def test_packets_of_a_flow_are_found_again():
    tracker = tracked()
    batch = batch_of(PACKETS)
    masks = [tracker.matches(serial, batch) for serial in range(1, 7)]
    assert np.stack(masks).sum(axis=0).tolist() == [1] * len(PACKETS)
    assert [int(mask.sum()) for mask in masks] == [3, 1, 1, 3, 2, 1]
    assert tracker.filter(1).label == "TCP 10.0.0.1:40000 > 10.0.0.2:80"
    assert tracker.filter(4).label == "TCP [2001:db8::1]:50000 > [2001:db8::2]:443"
    with pytest.raises(LookupError, match="flow 99"):
        tracker.filter(99)
    assert tracker.filter(1).mask(batch_of([])).tolist() == []


def test_ports_used_again_are_told_apart_by_time():
    old, new = handshake(Packet()), handshake(Packet(time=1), isn=77777, peer_isn=99999)
    tracker = tracked([*old, *new])
    batch = batch_of([*old, *new, new[2].later(5)])
    assert tracker.matches(1, batch).tolist() == [True] * 3 + [False] * 4
    assert tracker.matches(2, batch).tolist() == [False] * 3 + [True] * 4  # the newest flow of a key goes on


@pytest.mark.parametrize("vlan", [None, 7])
def test_the_vlan_counts(vlan):
    packets = [UDP.later(0, vlan=vlan), UDP.later(0, vlan=8)]
    assert tracked(packets).matches(1, batch_of(packets)).tolist() == [True, False]


def test_later_fragments_belong_to_their_flow():
    whole = UDP.later(0, payload=bytes(40)).frame()
    ip, body = whole[14:34], whole[34:]
    first = whole[:14] + ip[:2] + (44).to_bytes(2, "big") + ip[4:6] + b"\x20\x00" + ip[8:] + body[:24]
    second = whole[:14] + ip[:2] + (44).to_bytes(2, "big") + ip[4:6] + b"\x00\x03" + ip[8:] + body[24:]
    batch = batch_of([first, second, UDP], times=[UDP.time_ns] * 3)
    tracker = FlowTracker(seed=1)
    tracker.feed(batch)
    assert tracker.table().packets.tolist() == [[3, 0]]
    assert tracker.matches(1, batch).tolist() == [True] * 3


def test_health_columns_have_the_initiator_first():
    server_first = handshake(Packet(source=B, destination=A, sport=1, dport=60000))
    for packets in (handshake(), server_first):
        health = tracked(packets).table().health
        assert health.handshake_rtt_ns.tolist() == [[2_000_000, 10_000_000]]
        assert health.rtt_ns.tolist() == [[-1, -1]]
        assert health.rtt_least_ns.tolist() == [[-1, -1]]
