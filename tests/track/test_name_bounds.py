"""Names when there are too many, and in any split into batches."""

from __future__ import annotations

import struct

import numpy as np
from host_packets import START, a_record, batch_of, batches_of, dns, dns_name, record, tcp, udp
from hypothesis import given, settings
from hypothesis import strategies as st
from name_messages import CLIENT, OTHER, RESOLVER, answer, best, claim, dhcp, known, netbios, taught

from netwatch.text import printable
from netwatch.track.name_packets import KINDS, fair_share
from netwatch.track.name_store import NameKind
from netwatch.track.names import MESSAGES_A_BATCH, NameCache


def test_the_oldest_addresses_are_forgotten_when_there_are_too_many():
    frames = [answer(a_record(f"n{n}.example", f"192.0.2.{n}"), question=f"n{n}.example") for n in range(20)]
    names = taught(*frames, addresses=8)
    assert len(names) == 8
    assert names.evicted == 2 * 12
    assert best(names, "192.0.2.3") == ""
    assert best(names, "192.0.2.19", CLIENT) == "n19.example"
    # Learning again counts as new
    names.feed(batch_of([frames[12], frames[1]]))
    assert best(names, "192.0.2.12") == "n12.example"
    assert best(names, "192.0.2.13") == ""


def test_memory_is_bounded_in_bytes():
    frames = [answer(a_record(f"{'x' * 60}{n}.example", f"192.0.2.{n}")) for n in range(100)]
    names = taught(*frames, size=20_000)
    assert 10_000 < names.nbytes <= 20_000
    assert 0 < len(names) < 100
    everything = taught(*frames, size=0)
    assert (len(everything), everything.nbytes) == (0, 0)


def test_an_address_keeps_few_names_of_a_kind_and_forgets_none_of_another():
    frames = [answer(a_record(f"n{n}.example", "10.0.0.50")) for n in range(500)]
    names = NameCache(messages=1000)
    names.feed(batch_of([udp("10.0.0.50", RESOLVER, 68, 67, dhcp(1, 3, (12, b"box"), own="10.0.0.50")), *frames]))
    assert best(names, "10.0.0.50") == "box"
    assert len(known(names, "10.0.0.50")) == 1 + 4
    assert names.nbytes < 4000


def test_a_flood_is_cut_and_counted_and_hides_no_other_protocol():
    flood = [answer(a_record(f"n{n}.example", "192.0.2.77"), question=f"n{n}.example") for n in range(1000)]
    quiet = udp("10.0.0.50", RESOLVER, 68, 67, dhcp(1, 3, (12, b"box"), own="10.0.0.50"))
    names = taught(*flood, quiet)
    assert names.skipped == 1001 - MESSAGES_A_BATCH
    assert best(names, "10.0.0.50") == "box"
    # Packets without names cost nothing of that budget
    names = taught(*[udp(CLIENT, RESOLVER, 40000, 53, dns("www.example.com", flags=0x0100))] * 1000)
    assert names.skipped == 0


def test_a_flood_is_cut_by_the_second_too():
    names = NameCache(messages=10)
    for number in range(40):
        frames = [answer(a_record(f"n{number}-{n}.example", "192.0.2.77")) for n in range(10)]
        names.feed(batch_of(frames, times=[START] * 10))
    assert names.skipped == 150
    names.feed(batch_of([answer(a_record("late.example", "192.0.2.78"))], times=[START + 2_000_000_000]))
    assert best(names, "192.0.2.78") == "late.example"
    # Also when time goes back after a packet from far in the future
    names.feed(batch_of([answer(a_record("early.example", "192.0.2.79"))] * 10, times=[START] * 10))
    assert best(names, "192.0.2.79") == "early.example"


def test_the_share_of_each_kind():
    kinds = np.array([1] * 90 + [3] * 5 + [2] * 5)
    chosen = fair_share(kinds, 20)
    assert len(chosen) == 20
    assert (np.diff(chosen) > 0).all()
    assert np.bincount(kinds[chosen]).tolist() == [0, 10, 5, 5]
    assert fair_share(kinds, 0).tolist() == []
    assert len(fair_share(kinds, 100)) == 100


def test_hostile_messages_cost_little():
    deep = b"".join(b"\1x" for _ in range(126)) + b"\0"
    loop = b"\xc0\x0c" + struct.pack("!HH", 1, 1)
    forward = b"\xc0\x40" + struct.pack("!HH", 1, 1)
    head = struct.pack("!HHHHHH", 1, 0x8180, 1, 10_000, 0, 0)
    messages = [
        head + loop + record(b"\xc0\x0c", 1, bytes([1, 2, 3, 4])) * 30,
        head + forward + record(b"\xc0\x0e", 1, bytes([1, 2, 3, 4])) * 30,
        head + deep + b"\0\1\0\1" + record(b"\xc0\x0e", 5, b"\xc0\x0c") * 100,
        struct.pack("!HHHHHH", 1, 0x8180, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF) + b"\1a" * 500,
        head + dns_name("a.b") + b"\0\1\0\1" + record(b"\xc0\x0c", 1, b"\1\2\3"),
        head + dns_name("a.b") + b"\0\1\0\1" + b"\xc0\x0c\0\1\0\1\0\0\0\0\xff\xff\1\2",
    ]
    names = taught(*[udp(RESOLVER, CLIENT, 53, 40000 + n, messages[n % 6]) for n in range(600)])
    assert len(names) == 0
    assert names.skipped >= 400


def test_a_batch_without_names():
    names = taught(tcp(CLIENT, "203.0.113.5", 50000, 443, 0x10), udp(CLIENT, RESOLVER, 53, 53, b"\x81"))
    assert (len(names), names.skipped) == (0, 0)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([53, 5353, 5355, 137, 67, 68]), st.binary(max_size=400)), max_size=8))
def test_any_bytes_are_survived(payloads):
    bodies = [udp("10.0.0.9", CLIENT, port, 40000, b"\0\1\x85\x80\0\0\0\4" + payload) for port, payload in payloads]
    bodies.append(
        tcp(CLIENT, "203.0.113.5", 50000, 443, 0x18, b"\x16\3\1\1\0\1\0\0\xfc" + b"".join(p for _, p in payloads))
    )
    names = taught(*bodies)
    for high, low in zip(*names.find_addresses(""), strict=True):
        for name in names.names(int(high), int(low)):
            assert name.name == printable(name.name)
            assert name.kind in KINDS


FRAMES = [
    answer(a_record("one.example", "198.51.100.1"), question="one.example"),
    udp("10.0.0.9", CLIENT, 137, 137, netbios(0x8500, "FILES", 0x20, claim(0, "10.0.0.9"))),
    answer(a_record("two.example", "198.51.100.1"), question="two.example", client=OTHER),
    udp("0.0.0.0", "255.255.255.255", 68, 67, dhcp(1, 1, (12, b"laptop"))),
    udp(RESOLVER, "10.0.0.20", 67, 68, dhcp(2, 5, given="10.0.0.20")),
    answer(record("1.100.51.198.in-addr.arpa", 12, dns_name("back.example.org"))),
    *(answer(a_record(f"n{n}.example", f"192.0.2.{n % 7}"), question=f"n{n}.example") for n in range(12)),
]


@settings(max_examples=40)
@given(st.sets(st.integers(1, len(FRAMES) - 1)))
def test_the_same_however_the_packets_are_split(cuts):
    whole, split = NameCache(addresses=9), NameCache(addresses=9)
    whole.feed(batch_of(FRAMES))
    for batch in batches_of(FRAMES, cuts):
        split.feed(batch)
    for high, low in zip(*whole.find_addresses(""), strict=True):
        assert whole.names(int(high), int(low)) == split.names(int(high), int(low))
    assert (len(whole), whole.nbytes, whole.evicted) == (len(split), split.nbytes, split.evicted)


def test_kinds_are_those_that_are_promised():
    assert {kind.value for kind in NameKind} == {"dns", "sni", "dhcp", "dhcpv6", "mdns", "nbns", "llmnr", "ptr"}
