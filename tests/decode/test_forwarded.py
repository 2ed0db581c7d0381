"""Packets that one capture has twice, because the machine between two networks sends them on."""

from __future__ import annotations

import struct
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from netwatch.capture.frames import LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2
from netwatch.decode.decoder import decode
from netwatch.decode.forwarded import ForwardedCopies, without_copies
from netwatch.track.analysis import Analysis
from tests.track.flow_packets import ACK, SYN, Packet, batch_of, handshake

IN, OUT = 3, 5
"""Interfaces of the router."""
LINKS = {
    "ethernet": None,
    "sll": LINKTYPE_LINUX_SLL,
    "sll2": LINKTYPE_LINUX_SLL2,
}


def cooked(frame: bytes, link: int, place: int) -> bytes:
    """Return an Ethernet frame as the `any` device has it."""
    ethertype, body = frame[12:14], frame[14:]
    if link == LINKTYPE_LINUX_SLL:
        return struct.pack("!HHH", 4 if place == OUT else 0, 1, 6) + frame[6:12] + bytes(2) + ethertype + body
    return ethertype + struct.pack("!HIHBB", 0, place, 1, 4 if place == OUT else 0, 6) + frame[6:12] + bytes(2) + body


def batch_at(seen, first_number=1, link=None):
    """Return the batch of (packet, interface)."""
    frames = [packet if link is None else cooked(packet.frame(), link, place) for packet, place in seen]
    batch = batch_of(frames, first_number, [packet.time_ns for packet, _ in seen])
    if link is None:
        return decode(replace(batch.frames, interface=np.array([place for _, place in seen], np.uint16)), first_number)
    return decode(replace(batch.frames, link_type=np.full(len(seen), link, np.uint16)), first_number)


def sent_on(packet, after=0.0001):
    """Return a packet as the router has it: where it came, and where it left with a smaller hop limit."""
    return [(packet, IN), (packet.later(after, ttl=packet.ttl - 1), OUT)]


def copies_of(seen, cuts=(), link=None):
    """Return the positions of the copies, whatever batches the packets come in."""
    copies, found = ForwardedCopies(), []
    edges = [0, *cuts, len(seen)]
    for start, stop in pairwise(edges):
        batch = copies.marked(batch_at(seen[start:stop], start + 1, link))
        kept = set(without_copies(batch).numbered().tolist())
        found += [number - 1 for number in batch.numbered().tolist() if number not in kept]
    return found


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
@pytest.mark.parametrize("cuts", [(), (1,), (1, 2, 3)], ids=["one", "two", "four"])
def test_what_is_sent_on_is_a_copy(link, cuts):
    """In one batch or in several, on interfaces of any kind."""
    seen = [*sent_on(Packet(flags=SYN, seq=7)), *sent_on(Packet(time=1, protocol=17, payload=b"x"))]
    assert copies_of(seen, cuts, link) == [1, 3]


def test_a_bridge_has_more_than_two():
    """A packet that is flooded leaves by every port."""
    packet = Packet(protocol=17, payload=b"to all")
    assert copies_of([(packet, place) for place in (1, 2, 3, 4)]) == [1, 2, 3]


def test_what_is_sent_again_counts_again():
    """The same bytes once more where they came first, and the copies of both."""
    syn = Packet(flags=SYN, seq=7)
    seen = [*sent_on(syn), *sent_on(syn.later(0.2)), *sent_on(syn.later(1.2))]
    assert copies_of(seen) == [1, 3, 5]
    crossing = [(syn, IN), (syn.later(0.01), IN), (syn.later(0.02), OUT), (syn.later(0.03), OUT)]
    assert copies_of(crossing) == [2, 3]


@pytest.mark.parametrize(
    "change",
    [
        {"time": 0.6}, {"seq": 8}, {"ack": 9}, {"flags": SYN | ACK}, {"sport": 41000}, {"source": "10.0.0.9"},
        {"payload": b"y"}, {"window": 1},
    ],
    ids=["late", "seq", "ack", "flags", "sport", "source", "longer", "window"],
)  # fmt: skip
def test_another_packet_is_no_copy(change):
    """On another interface, but different, or much later."""
    packet = Packet(flags=SYN, seq=7)
    assert copies_of([(packet, IN), (replace(packet, **change), OUT)]) == []


def test_one_interface_costs_nothing():
    """Nothing is remembered, and what is the same twice stays."""
    copies = ForwardedCopies()
    batch = batch_at([(Packet(), IN), (Packet(), IN)])
    assert copies.marked(batch) is batch


def test_trackers_see_each_packet_once():
    """A connection through a router: one SYN, nothing sent again; the totals have every frame."""
    talk = [*handshake(), Packet(time=0.02, seq=1001, ack=5001, payload=b"GET /")]
    seen = sorted((each for packet in talk for each in sent_on(packet)), key=lambda each: each[0].time_ns)
    analysis = Analysis()
    analysis.feed(ForwardedCopies().marked(batch_at(seen)))
    table = analysis.flows.table()
    assert table.packets.tolist() == [[3, 1]]
    assert table.health.retransmissions.tolist() == [[0, 0]]
    assert analysis.traffic.packets == 2 * len(talk)
