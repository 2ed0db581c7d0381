"""The tree of protocols, the counts by EtherType and by group, and that all of them add up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traffic_packets import START, batch_of, facts, fed, parts

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.track.traffic import MOST_ETHERTYPES, MOST_LINKS, Traffic
from netwatch.track.traffic_group import GROUPS
from netwatch.track.traffic_hierarchy import MOST_CHILDREN
from tests.frames import arp, cooked, ethernet, ethernet_llc, gre, icmp, ipv4, ipv6, sctp, snap, tcp, udp, vxlan

DEV = Path(__file__).resolve().parents[3] / "shared/pcaps/dev"

CONTENTS = [
    ethernet(0x0800, ipv4(6, tcp(b"x" * 300, dport=443))),
    ethernet(0x0800, ipv4(6, tcp(b"x" * 100, dport=80))),
    ethernet(0x0800, ipv4(6, tcp(dport=50001))),
    ethernet(0x0800, ipv4(17, udp(b"x" * 9))),
    ethernet(0x86DD, ipv6(6, tcp(sport=443, dport=40000))),
    ethernet(0x86DD, ipv6(58, icmp(128, 0))),
    ethernet(0x0806, arp(1)),
    ethernet(0x88CC, b"lldp"),
    ethernet(0x1234, b"private"),
    ethernet_llc(b"\x42\x42\x03" + bytes(40)),
    ethernet_llc(snap(0x0800, ipv4(1, icmp(8, 0)))),
    ethernet(0x0800, b"\x41" + bytes(30)),
    ethernet(0x0800, ipv4(47, gre(0x0800, ipv4(6, tcp(dport=22))))),
    ethernet(0x0800, ipv4(17, vxlan(ethernet(0x0806, arp(2))))),
    ethernet(0x0800, ipv4(132, sctp())),
    ethernet(0x0800, ipv4(200, b"what")),
    b"\x01\x02",
]


def tree(table):
    """Return (depth, name, packets) of the rows."""
    return [(row.depth, row.name, row.packets) for row in table.hierarchy]


def test_the_tree():
    table = fed(batch_of(CONTENTS)).table()
    assert sorted(tree(table)) == sorted([
        (0, "Ethernet", 17),
        (1, "IPv4", 9), (1, "IPv6", 2), (1, "ARP", 2), (1, "LLC", 1), (1, "LLDP", 1), (1, "other EtherTypes", 1),
        (2, "TCP", 4), (2, "UDP", 1), (2, "ICMP", 1), (2, "SCTP", 1), (2, "IP protocol 200", 1),
        (2, "TCP", 1), (2, "ICMPv6", 1),
        (3, "TLS", 1), (3, "HTTP", 1), (3, "SSH", 1), (3, "DNS", 1), (3, "TLS", 1),
    ])  # fmt: skip
    assert tree(table)[:5] == [(0, "Ethernet", 17), (1, "IPv4", 9), (2, "TCP", 4), (3, "TLS", 1), (3, "HTTP", 1)]
    ends = {(row.depth, row.name): row.end_packets for row in table.hierarchy if row.end_packets}
    assert ends[0, "Ethernet"] == 1, "the frame of two bytes"
    assert ends[1, "IPv4"] == 1, "the header that is none"
    assert ends[2, "TCP"] == 1, "the port without a service"


def test_protocols_ethertypes_and_groups():
    table = fed(batch_of(CONTENTS)).table()
    found = {row.name: row.packets for row in table.protocols}
    assert found == {
        "TCP": 5, "UDP": 1, "ICMP": 1, "ICMPv6": 1, "SCTP": 1, "IP protocol 200": 1, "ARP": 2, "IPv4": 1, "other": 4
    }  # fmt: skip
    assert {(row.number, row.name): row.packets for row in table.ethertypes} == {
        (0x0800, "IPv4"): 9, (0x86DD, "IPv6"): 2, (0x0806, "ARP"): 2, (0x88CC, "LLDP"): 1, (0x1234, "0x1234"): 1,
        (1, "LLC"): 1, (0, "unknown"): 1,
    }  # fmt: skip
    groups = {row.name: row.packets for row in table.groups if row.packets}
    assert groups == {
        "TLS": 2, "HTTP": 1, "SSH": 1, "DNS": 1, "other TCP": 1, "ICMP": 2, "other IP": 2, "ARP": 2, "not IP": 5
    }  # fmt: skip
    assert tuple(row.name for row in table.groups) == GROUPS


def test_link_types_have_trees_of_their_own():
    table = fed(
        batch_of([CONTENTS[0], cooked(0x0806, arp(1)), ipv4(6, tcp()), b"?"], link_type=[1, 113, 101, 147])
    ).table()
    assert [row for row in tree(table) if row[0] == 0] == [
        (0, "Ethernet", 1), (0, "SLL", 1), (0, "RAW", 1), (0, "LINK-0x93", 1)
    ]  # fmt: skip


def test_link_types_are_bounded():
    table = fed(batch_of([b"?"] * 40, link_type=[30_000 + number for number in range(40)])).table()
    tops = [row for row in tree(table) if row[0] == 0]
    assert len(tops) == MOST_LINKS + 1
    assert (0, "other link types", 40 - MOST_LINKS) in tops


def test_children_and_ethertypes_are_bounded():
    contents = [ethernet(0x0800, ipv4(number, bytes(number))) for number in range(140, 140 + MOST_CHILDREN + 6)]
    contents += [ethernet(0x2000 + number, b"") for number in range(MOST_ETHERTYPES + 10)]
    table = fed(batch_of(contents)).table()
    below = [row for row in tree(table) if row[0] == 2]
    assert len(below) == MOST_CHILDREN + 1
    assert below[-1] == (2, "6 more", 6)
    assert len(table.ethertypes) == MOST_ETHERTYPES


def check_sums(table):
    """Check that every list of a table counts the same packets."""
    total = table.packets, table.bytes
    roots = [row for row in table.hierarchy if row.depth == 0]
    for rows in (roots, table.groups, table.protocols, table.sizes):
        assert (sum(row.packets for row in rows), sum(row.bytes for row in rows)) == total
    ends = sum(row.end_packets for row in table.hierarchy), sum(row.end_bytes for row in table.hierarchy)
    assert ends == total
    parents = []
    for row in table.hierarchy:
        parents = [*parents[: row.depth], row]
        assert row.depth == 0 or (row.packets <= parents[-2].packets and row.bytes <= parents[-2].bytes)


@settings(max_examples=40)
@given(st.data())
def test_any_split_gives_the_same_and_everything_adds_up(data):
    count = data.draw(st.integers(1, 40))
    contents = data.draw(st.lists(st.sampled_from(CONTENTS) | st.binary(max_size=60), min_size=count, max_size=count))
    link_type = data.draw(st.lists(st.sampled_from((1, 1, 1, 101, 113, 127)), min_size=count, max_size=count))
    times = data.draw(st.lists(st.integers(START - 10**12, START + 10**13), min_size=count, max_size=count))
    tags = data.draw(st.lists(st.sampled_from((0, 0x8100_0005)), min_size=count, max_size=count))
    batch = batch_of(contents, times, link_type=link_type, tags=tags)
    cuts = data.draw(st.sets(st.integers(1, count)))
    whole, split = fed(batch), fed(*parts(batch, cuts))
    for now in (max(times), START):
        assert facts(whole, now) == facts(split, now)
    check_sums(whole.table())


@pytest.mark.skipif(not (DEV / "truth.json").is_file(), reason=f"no captures in {DEV}")
def test_real_captures_add_up_to_the_facts_of_tshark():
    """Packets, bytes, and frames of protocols that no other packet quotes or carries in these captures."""
    truth = json.loads((DEV / "truth.json").read_text())["files"]
    for name, facts_of in truth.items():
        if not name.startswith(("arp/", "benign/", "dns/", "http/", "tls/")):
            continue
        table = table_of(DEV / name)
        check_sums(table)
        expected = (facts_of["file"]["packets"] or table.packets, facts_of["bytes_wire"])
        assert (table.packets, table.bytes) == expected, name
        arps = sum(row.packets for row in table.ethertypes if row.name in ("ARP", "RARP"))
        assert arps == facts_of["proto_frames"].get("arp", 0), name


def table_of(path):
    """Return the traffic of a whole capture."""
    source, traffic, number = FileSource([str(path)]), Traffic(), 1
    while True:
        try:
            frames = source.read(1.0)
        except EOFError:
            break
        if frames is not None:
            traffic.feed(decode(frames, number))
            number += len(frames)
    source.close()
    return traffic.table()
