"""The order of flows, how many are kept, and what comes to no harm: hashes that collide, hostile bytes, fragments."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from flow_packets import ACK, RST, UDP, A, B, C, Packet, batch_of, ends, fed, handshake

from netwatch.tables.query import TableQuery
from netwatch.track.flow import FlowTracker
from netwatch.track.flow_key import FlowHash
from netwatch.track.flow_sort import SORT_KEYS
from netwatch.track.handshakes import OF_FLOWS, OWN_KEYS, Handshakes


def many(count, first=0, **changes):
    return [
        UDP.later((first + number) / 1000, source=f"10.1.{number >> 8 & 255}.{number & 255}", **changes)
        for number in range(first, first + count)
    ]


def test_top_sorts_by_any_column():
    packets = many(300) + many(20, first=100) + many(7, first=110, payload=bytes(900))
    tracker = fed(packets)
    by_packets = tracker.top("packets", 30)
    assert by_packets.packets.sum(axis=1).tolist() == [3] * 7 + [2] * 13 + [1] * 10
    assert by_packets.serial.tolist() == [*range(111, 118), *range(101, 111), *range(118, 121), *range(1, 11)]
    assert tracker.top("bytes", 3).serial.tolist() == [111, 112, 113]
    assert tracker.top("serial", 2).serial.tolist() == [300, 299]
    assert tracker.top("source", 2, descending=False).source == ("10.1.0.0", "10.1.0.1")
    assert tracker.top("first", 1, descending=False).serial.tolist() == [1]
    assert len(tracker.top("dport", 1000)) == 300
    assert len(tracker.top("rate", 0)) == 0
    with pytest.raises(KeyError):
        tracker.top("no such column", 1)


@pytest.mark.parametrize("column", ["packets", "payload", "last", "duration", "peak", "protocol", "application"])
def test_top_agrees_with_the_whole_table(column):
    tracker = fed(many(50) + many(9, first=3) + handshake())
    everything, best = tracker.top(column, 999), tracker.top(column, 5)
    assert best.serial.tolist() == everything.serial[:5].tolist()


def test_the_table_is_bounded_and_evicts_what_is_over_first_then_the_oldest():
    tracker = FlowTracker(seed=1, capacity=800)
    tracker.feed(batch_of([*handshake(), handshake()[2].later(0.1, flags=RST | ACK, seq=1001, ack=5001)]))
    evicted = []
    for block in range(20):
        evicted += tracker.feed(batch_of(many(100, first=100 + block * 100))).evicted.tolist()
    counts = tracker.counts()
    assert counts.udp == 2000
    assert counts.held <= 800
    assert counts.held + counts.evicted == 2001
    assert evicted[0] == 1  # the connection that was reset
    assert evicted == list(range(1, counts.evicted + 1))
    assert tracker.table().serial.tolist() == list(range(counts.evicted + 1, 2002))
    # A flow that was evicted is a new one
    assert tracker.feed(batch_of(many(1, first=100))).started.shape == (1,)


def test_batches_larger_than_the_table():
    tracker = FlowTracker(seed=1, capacity=100)
    result = tracker.feed(batch_of(many(1000)))
    assert len(result.rows) == 1000
    assert tracker.counts().held <= 100
    assert tracker.counts().udp == 1000


def test_an_empty_batch():
    tracker = fed([UDP])
    assert len(tracker.feed(batch_of([])).rows) == 0
    assert len(FlowTracker(seed=1).table()) == 0
    assert len(FlowTracker(seed=1).top("bytes", 5)) == 0


def test_keys_that_share_a_hash_stay_apart(monkeypatch):
    """With every hash the same, the index finds each key by comparing it, and new keys of a batch do not merge."""
    monkeypatch.setattr(FlowHash, "_mixed", lambda _self, one, _two, _lan: np.full(len(one), 5 << 40, np.uint64))
    packets = many(40) + many(40) + [packet.back() for packet in many(40)]
    for cuts in ((), (1, 30, 31, 77)):
        tracker = fed(packets, cuts)
        assert tracker.table().packets.tolist() == [[2, 1]] * 40
        assert tracker.table().source == tuple(f"10.1.0.{number}" for number in range(40))


def test_ends_that_share_a_hash_make_two_flows_at_most(monkeypatch):
    monkeypatch.setattr(FlowHash, "_end", lambda _self, _high, low, _port, *, flat: np.zeros(len(low), np.uint64))
    flows = fed([UDP, UDP.back(), UDP.later(1), UDP.later(1, source=C)]).table()
    assert flows.packets.sum(axis=1).tolist() == [2, 1, 1]


def test_seeds_change_hashes_and_nothing_else():
    packets = many(100) + handshake()
    one, two = FlowTracker(seed=1), FlowTracker(seed=2)
    one.feed(batch_of(packets))
    two.feed(batch_of(packets))
    assert one.table().community_id == two.table().community_id
    assert (one.columns.hash[:100] != two.columns.hash[:100]).all()


def test_hostile_bytes_do_no_harm():
    generator = np.random.default_rng(3)
    frames = [
        generator.integers(0, 256, int(size), dtype=np.uint8).tobytes() for size in generator.integers(1, 90, 500)
    ]
    frames += [UDP.frame()[:size] for size in range(1, 50)]
    tracker = FlowTracker(seed=1)
    times = generator.integers(-(1 << 40), 1 << 62, len(frames))
    result = tracker.feed(batch_of(frames, times=times))
    assert len(result.rows) == len(frames)
    assert tracker.table().packets.sum() == len(frames)
    handshakes = Handshakes(tracker)
    for column in (*SORT_KEYS, "rate"):
        assert len(tracker.page(TableQuery(column, count=9)).table) == 9
    for column in (*OF_FLOWS, *OWN_KEYS):
        handshakes.page(TableQuery(column))
    assert tracker.counts().held == len(tracker.table())


def test_a_tag_that_the_kernel_took_out_counts():
    """So that a live capture and the file saved of it tell the same."""
    tagged, plain = UDP.later(0, vlan=7), batch_of([UDP])
    frames = replace(plain.frames, stripped_tag=np.array([0x8100 << 16 | 7], np.uint32))
    live = FlowTracker(seed=1)
    live.feed(replace(plain, frames=frames, vlan=np.array([7], np.int32)))
    assert live.table().bytes.tolist() == fed([tagged]).table().bytes.tolist()


def fragment_of(frame, offset, length, *, more, number=5):
    """The frame of a piece of what an IPv4 frame carries."""
    head, body = frame[:34], frame[34:]
    ip = head[14:16] + (20 + length).to_bytes(2, "big") + number.to_bytes(2, "big")
    ip += (offset // 8 | more << 13).to_bytes(2, "big") + head[22:]
    return head[:14] + ip + body[offset : offset + length]


def test_later_fragments_have_the_ports_of_the_first_across_batches():
    whole = UDP.later(0, payload=bytes(40)).frame()
    parts = [
        fragment_of(whole, 0, 24, more=True),
        fragment_of(whole, 24, 24, more=False),
        fragment_of(whole, 24, 24, more=False, number=6),
    ]
    for cuts in ((), (1, 2)):
        tracker = FlowTracker(seed=1)
        for start, stop in pairwise((0, *cuts, 3)):
            tracker.feed(batch_of(parts[start:stop], times=[UDP.time_ns] * (stop - start)))
        assert ends(tracker.table()) == [(A, 40000, B, 53), (A, 0, B, 0)]
        assert tracker.table().packets.tolist() == [[2, 0], [1, 0]]


@pytest.mark.parametrize("packet", [UDP, Packet()])
def test_fragments_that_come_before_their_first_are_no_conversation(packet):
    whole = packet.later(0, payload=bytes(40)).frame()
    last, first = fragment_of(whole, 24, len(whole) - 58, more=False), fragment_of(whole, 0, 24, more=True)
    tracker = FlowTracker(seed=1)
    tracker.feed(batch_of([last, first], times=[UDP.time_ns] * 2))
    counts = tracker.counts()
    assert (counts.tcp + counts.udp, counts.held) == (1, 2)


def test_port_0_at_both_ends_is_a_conversation():
    counts = fed([UDP.later(0, sport=0, dport=0), Packet(sport=0, dport=0)]).counts()
    assert (counts.tcp, counts.udp) == (1, 1)


def test_packets_wait_to_be_measured_but_not_for_long():
    tracker = FlowTracker(seed=1, patience_ns=1_000_000_000)
    syn, answer, ack = handshake()
    assert tracker.feed(batch_of([syn])).opened.tolist() == []
    assert tracker.columns.packets.sum() == 0
    assert tracker.feed(batch_of([answer, ack.later(1.1)])).opened.tolist() == [0]
    assert tracker.columns.packets.sum() == 3
    tracker.feed(batch_of([syn.later(2, sport=5)]))
    assert tracker.opened().tolist() == [1]
    assert tracker.opened().tolist() == []
    waits = FlowTracker(seed=1, patience_ns=None)
    waits.feed(batch_of([syn, ack.later(1000)]))
    assert waits.columns.packets.sum() == 0
    assert waits.counts().tcp == 1
    assert waits.table().packets.sum() == 2
