"""ARP and neighbour discovery: who claims what, changes, bounds, and claims that must not count."""

from __future__ import annotations

import json

import numpy as np
import pytest
from host_packets import (
    DEV,
    MANUFACTURERS,
    PC,
    PRINTER,
    ROUTER,
    SERVER,
    START,
    Network,
    advertisement,
    arp,
    batch_of,
    batches_of,
    ethernet,
    icmpv6,
    mac,
    router_advertisement,
    solicitation,
    udp,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.tables.query import TableQuery
from netwatch.track.neighbours import MOST_CHANGES, SORT_KEYS, NeighbourTracker
from netwatch.track.vendors import Vendors


def tracker(**options):
    return NeighbourTracker(seed=1, vendors=Vendors(lambda: MANUFACTURERS), **options)


def taught(*frames, cuts=(), **options):
    neighbours = tracker(**options)
    for batch in batches_of(list(frames), cuts):
        neighbours.feed(batch)
    return neighbours


def rows(neighbours, sort="serial", **query):
    table = neighbours.page(TableQuery(sort, **{"descending": False, "count": 1000} | query)).table
    return list(zip(table.ip, table.mac, table.learned, table.count.tolist(), strict=True))


def changes(neighbours):
    return [(change.number, change.ip, change.old_mac, change.new_mac) for change in neighbours.changes()]


def test_arp():
    neighbours = taught(
        arp(1, "10.0.0.2", PC, "10.0.0.1"),
        arp(2, "10.0.0.1", ROUTER, "10.0.0.2", PC),
        arp(1, "10.0.0.2", PC, "10.0.0.3"),
        arp(2, "10.0.0.4", PRINTER, "10.0.0.4"),
    )
    assert rows(neighbours) == [
        ("10.0.0.2", PC, ("ARP request",), 2),
        ("10.0.0.1", ROUTER, ("ARP reply",), 1),
        ("10.0.0.4", PRINTER, ("ARP reply", "gratuitous ARP"), 1),
    ]
    table = neighbours.page(TableQuery("serial", descending=False)).table
    assert table.vendor == ("3Com", "Cisco Systems, Inc", "Hewlett Packard")
    assert table.first_ns[0] == START + 1_000_000
    assert table.last_ns[0] == START + 3_000_000
    assert changes(neighbours) == []


def test_an_address_that_moves():
    neighbours = taught(
        arp(2, "10.0.0.1", ROUTER, "10.0.0.2"),
        arp(2, "10.0.0.1", PC, "10.0.0.2"),
        arp(2, "10.0.0.1", PC, "10.0.0.2"),
        arp(2, "10.0.0.1", ROUTER, "10.0.0.2"),
    )
    assert changes(neighbours) == [(2, "10.0.0.1", ROUTER, PC), (4, "10.0.0.1", PC, ROUTER)]
    assert neighbours.changed == 2
    assert neighbours.changes()[0].time_ns == START + 2_000_000
    assert neighbours.page(TableQuery("changes")).table.changes.tolist() == [2]


def test_what_claims_nothing():
    neighbours = taught(
        arp(1, "0.0.0.0", PC, "10.0.0.1"),  # a probe
        ethernet(0x0806, b"\0\1\x08\0\x08\4\0\1" + bytes(8) + b"\n\0\0\1" + bytes(12)),  # hardware of 8 bytes
        arp(1, "10.0.0.2", PC, "10.0.0.1")[:30],
        udp("10.0.0.2", "10.0.0.1", 53, 53),
    )
    assert rows(neighbours) == []
    assert neighbours.held == 0


def test_the_same_address_in_two_vlans_is_two_neighbours():
    neighbours = taught(
        arp(2, "10.0.0.1", ROUTER, "10.0.0.2", vlan=5),
        arp(2, "10.0.0.1", PC, "10.0.0.2", vlan=6),
        arp(2, "10.0.0.1", SERVER, "10.0.0.2"),
        arp(2, "10.0.0.1", SERVER, "10.0.0.2", vlan=0),
    )
    table = neighbours.page(TableQuery("vlan", descending=False)).table
    assert list(zip(table.vlan, table.mac, table.count.tolist(), strict=True)) == [
        ("", SERVER, 2),
        ("5", ROUTER, 1),
        ("6", PC, 1),
    ]
    assert changes(neighbours) == []


def test_neighbour_discovery():
    padding = b"\5\1" + bytes(6)
    neighbours = taught(
        solicitation("fe80::2", PC),
        advertisement("fe80::1", ROUTER),
        router_advertisement("fe80::1", ROUTER, before=padding * 3),
        icmpv6(133, bytes(4) + b"\1\1" + mac(PRINTER), "fe80::3"),
    )
    assert rows(neighbours) == [
        ("fe80::2", PC, ("NS",), 1),
        ("fe80::1", ROUTER, ("NA", "RA"), 2),
        ("fe80::3", PRINTER, ("RS",), 1),
    ]
    known = neighbours.known()
    assert known.router.tolist() == [False, True, False]
    assert known.mac.tolist()[1] == int.from_bytes(mac(ROUTER), "big")


def test_advertisements_without_an_address_mean_their_sender():
    neighbours = taught(
        advertisement("fe80::7", None, macs=(PRINTER, PC)),
        icmpv6(135, bytes(20), "fe80::8", macs=(PRINTER, PC)),
    )
    assert rows(neighbours) == [("fe80::7", PRINTER, ("NA",), 1)]


@pytest.mark.parametrize(
    "frame",
    [
        advertisement("fe80::1", PC, hops=254),
        advertisement("fe80::1", PC, code=1),
        advertisement("ff02::1", PC, source="fe80::1"),
        solicitation("::", PC),
        icmpv6(136, bytes(10), "fe80::1"),
        icmpv6(135, bytes(20) + b"\1\0" + mac(PC), "fe80::1"),
        icmpv6(135, bytes(20) + b"\1\1" + mac(PC)[:4], "fe80::1"),
        icmpv6(135, bytes(20) + b"\5\xff" + mac(PC), "fe80::1"),
        icmpv6(137, bytes(36) + b"\1\1" + mac(PC), "fe80::1"),
    ],
)
def test_discovery_that_must_not_count(frame):
    assert rows(taught(frame)) == []


def test_an_ipv6_address_that_moves():
    neighbours = taught(advertisement("fe80::1", ROUTER), advertisement("fe80::1", PC))
    assert changes(neighbours) == [(2, "fe80::1", ROUTER, PC)]


def test_sorting_filtering_and_holding():
    neighbours = taught(
        arp(2, "10.0.0.9", PC, "10.0.0.2"),
        arp(2, "10.0.0.10", PRINTER, "10.0.0.2"),
        advertisement("fe80::1", ROUTER),
        arp(2, "10.0.0.10", PRINTER, "10.0.0.2"),
    )
    for key in SORT_KEYS:
        assert len(rows(neighbours, key)) == 3
    assert [row[0] for row in rows(neighbours, "ip")] == ["10.0.0.9", "10.0.0.10", "fe80::1"]
    assert [row[0] for row in rows(neighbours, "vendor")] == ["10.0.0.9", "fe80::1", "10.0.0.10"]
    assert [row[0] for row in rows(neighbours, "count", descending=True, count=1)] == ["10.0.0.10"]
    assert [row[0] for row in rows(neighbours, text="hewlett ARP")] == ["10.0.0.10"]
    assert [row[0] for row in rows(neighbours, text="00:10:4b")] == ["10.0.0.9"]
    assert rows(neighbours, text="nothing") == []
    page = neighbours.page(TableQuery("ip", whole_order=True, count=1))
    assert page.total == 3
    held = neighbours.page(TableQuery("count", held=page.order, count=3)).table
    assert held.ip == ("fe80::1", "10.0.0.10", "10.0.0.9")
    with pytest.raises(KeyError):
        neighbours.page(TableQuery("nothing"))


def test_the_idlest_leave_when_there_are_too_many():
    frames = [arp(1, f"10.0.{n // 200}.{n % 200 + 1}", PC, "10.0.0.1") for n in range(400)]
    neighbours = taught(*frames, cuts=range(10, 400, 10), capacity=64)
    assert neighbours.held <= 64
    assert neighbours.evicted >= 400 - 64
    assert neighbours.held + neighbours.evicted == 400
    assert rows(neighbours)[-1][0] == "10.0.1.200"
    # All at once as well
    whole = taught(*frames, capacity=64)
    assert whole.held + whole.evicted == 400
    assert rows(whole)[-1][0] == "10.0.1.200"


def test_changes_are_bounded_and_counted():
    frames = [arp(2, "10.0.0.1", (PC, ROUTER)[n % 2], "10.0.0.2") for n in range(MOST_CHANGES + 500)]
    neighbours = taught(*frames)
    assert neighbours.changed == MOST_CHANGES + 499
    assert len(neighbours.changes()) == MOST_CHANGES
    assert neighbours.changes()[-1].number == MOST_CHANGES + 500


def test_time_that_goes_back():
    neighbours = tracker()
    frame = arp(2, "10.0.0.1", PC, "10.0.0.2")
    neighbours.feed(batch_of([frame] * 3, times=[START, START - 9, START + 5]))
    table = neighbours.page(TableQuery("ip")).table
    assert (table.first_ns[0], table.last_ns[0]) == (START - 9, START + 5)


FRAMES = [
    arp(2, "10.0.0.1", ROUTER, "10.0.0.2"),
    advertisement("fe80::1", ROUTER),
    arp(1, "10.0.0.1", PC, "10.0.0.2"),
    udp("10.0.0.1", "10.0.0.2", 1, 2),
    arp(1, "10.0.0.2", PC, "10.0.0.2", vlan=3),
    arp(1, "10.0.0.1", ROUTER, "10.0.0.2"),
    router_advertisement("fe80::1", SERVER),
    arp(2, "10.0.0.1", SERVER, "10.0.0.2"),
]


@settings(max_examples=30)
@given(st.sets(st.integers(1, len(FRAMES) - 1)))
def test_the_same_however_the_packets_are_split(cuts):
    whole, split = taught(*FRAMES), taught(*FRAMES, cuts=cuts)
    assert rows(whole) == rows(split)
    assert whole.changes() == split.changes()
    assert len(whole.changes()) == 4


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from([133, 134, 135, 136]), st.binary(max_size=60)), min_size=1, max_size=6))
def test_any_discovery_message_is_survived(messages):
    frames = [icmpv6(kind, body, "fe80::1") for kind, body in messages]
    frames += [ethernet(0x0806, body) for _, body in messages]
    neighbours = taught(*frames)
    assert neighbours.held <= 2 * len(frames)
    assert all(np.diff([change.number for change in neighbours.changes()]) >= 0)


@pytest.mark.skipif(not (DEV / "truth.json").exists(), reason=f"no captures in {DEV}")
def test_changes_in_real_captures():
    """As tshark's fields tell them; in the others with ARP there is none."""
    facts = json.loads((DEV / "truth.json").read_text())["files"]
    moved = 0
    for name, fact in facts.items():
        expected = fact.get("arp", {})
        if not expected.get("counts") or fact["file"]["size"] > 300_000:
            continue
        found = changes(Network().read(DEV / name).neighbours)
        assert found == [tuple(change) for change in expected["mac_changes"]], name
        moved += len(found)
    assert moved == 16
