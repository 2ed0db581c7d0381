"""The BPF machine does what libpcap's own does, with every program over every frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cypcap
import numpy as np
import pytest
from bpf_frames import frames_of, sample_packets
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.capture.bpf_machine import live_registers, run
from netwatch.capture.bpf_program import (
    AD_IFINDEX,
    AD_PKTTYPE,
    AD_PROTOCOL,
    AD_VLAN_TAG,
    AD_VLAN_TAG_PRESENT,
    AD_VLAN_TPID,
    BpfProgram,
    accept_all,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

RET_A = (0x16, 0, 0, 0)


def reference(code: Sequence[tuple[int, int, int, int]], packet: bytes, wire: int) -> bool:
    return bool(cypcap.BpfProgram(list(code)).offline_filter(cypcap.Pkthdr(0, len(packet), wire), packet))


def assert_same(code: Sequence[tuple[int, int, int, int]], packets: Sequence[bytes], wires: Sequence[int]) -> None:
    ours = run(BpfProgram.of(code), frames_of(packets, wire_lengths=wires)) > 0
    theirs = [reference(code, packet, wire) for packet, wire in zip(packets, wires, strict=True)]
    assert ours.tolist() == theirs


numbers = st.sampled_from([0, 1, 2, 5, 14, 23, 31, 33, 80, 255, 0x800, 0x86DD, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF])
offsets = st.one_of(st.integers(0, 90), st.sampled_from([0x7FFFFFFF, 0x80000000, 0xFFFFEFFF]))
words = st.integers(0, 15)
statements = st.one_of(
    st.tuples(st.sampled_from([0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0xB1]), st.just(0), st.just(0), offsets),  # loads
    st.tuples(st.sampled_from([0x00, 0x01]), st.just(0), st.just(0), numbers),  # immediates
    st.tuples(st.sampled_from([0x60, 0x61, 0x02, 0x03]), st.just(0), st.just(0), words),  # memory
    st.tuples(st.sampled_from([0x80, 0x81, 0x07, 0x87, 0x84]), st.just(0), st.just(0), st.just(0)),  # len, tax, neg
    st.tuples(st.sampled_from([0x04, 0x14, 0x24, 0x44, 0x54, 0xA4]), st.just(0), st.just(0), numbers),  # alu k
    st.tuples(st.sampled_from([0x34, 0x94]), st.just(0), st.just(0), numbers.filter(bool)),  # div, mod k
    st.tuples(st.sampled_from([0x64, 0x74]), st.just(0), st.just(0), st.integers(0, 31)),  # shifts k
    st.tuples(
        st.sampled_from([0x0C, 0x1C, 0x2C, 0x3C, 0x4C, 0x5C, 0x6C, 0x7C, 0x9C, 0xAC]),
        st.just(0),
        st.just(0),
        st.just(0),
    ),
)
jumps = st.tuples(
    st.sampled_from([0x15, 0x25, 0x35, 0x45, 0x1D, 0x2D, 0x3D, 0x4D]), st.integers(0, 40), st.integers(0, 40), numbers
)
always = st.tuples(st.just(0x05), st.just(0), st.just(0), st.integers(0, 40))
returns = st.tuples(st.sampled_from([0x06, 0x16]), st.just(0), st.just(0), st.sampled_from([0, 1, 262144]))


@st.composite
def programs(draw: st.DrawFn) -> list[tuple[int, int, int, int]]:
    """Valid programs: every jump lands inside, the last instruction returns."""
    body = draw(st.lists(st.one_of(statements, statements, statements, jumps, always, returns), max_size=30))
    # libpcap 1.10 leaves the memory words as they are on its stack
    code = [*[(0x02, 0, 0, word) for word in range(16)], *body, draw(returns), RET_A]
    return [_landing_inside(instruction, len(code) - position - 2) for position, instruction in enumerate(code)]


def _landing_inside(instruction: tuple[int, int, int, int], room: int) -> tuple[int, int, int, int]:
    op, jt, jf, k = instruction
    if op == 0x05:
        return op, jt, jf, min(k, max(room, 0))
    if op & 0x07 == 0x05:
        return op, min(jt, max(room, 0)), min(jf, max(room, 0)), k
    return instruction


mutated = st.builds(
    lambda packet, cut, place, value: (packet[:place] + bytes([value]) + packet[place + 1 :])[
        : max(len(packet) - cut, 0)
    ],
    st.sampled_from(range(16)).map(lambda i: sample_packets()[i]),
    st.sampled_from([0, 0, 1, 10, 40, 60, 2000]),
    st.integers(0, 70),
    st.integers(0, 255),
)
packets_strategy = st.lists(st.one_of(mutated, st.binary(max_size=80)), min_size=1, max_size=20)


@settings(max_examples=120)
@given(programs(), packets_strategy, st.integers(0, 5000))
def test_random_programs_give_what_libpcap_gives(code, packets, more):
    assert_same(code, packets, [len(packet) + more for packet in packets])


# without geneve, whose programs read memory words that they never wrote: libpcap's answer is whatever its stack holds
primitives = st.sampled_from(
    [
        "tcp", "udp port 53", "port 80", "portrange 20-100", "host 10.1.2.3", "src net 10.0.0.0/8", "ip6", "arp",
        "icmp", "ip proto 6", "ip6 proto 17", "ether host 02:00:00:00:00:01", "ether broadcast", "ip multicast",
        "vlan", "vlan 5", "greater 100", "less 60", "len > 500", "tcp[13] & 2 != 0", "tcp[tcpflags] == tcp-syn|tcp-ack",
        "ip[6:2] & 0x1fff = 0", "ip[0] & 0xf != 5", "ether[12:2] > 1500", "udp[4:2] / 3 = 4", "ip[2:2] % 7 = 1",
        "ip[8] << 2 > 200", "ip[2:2] >> 1 < 500", "ip[ip[0] & 0xf : 2] ^ 3 = 3", "-ip[8] = 0xffffffc0",
        "icmp[icmptype] = icmp-echo", "ip6 protochain 6", "ip protochain 17", "dst host fe80::2", "net fe80::/64",
        "tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)", "10 / (ip[8] - 64) = 1",
        "mpls", "pppoes", "llc", "stp", "iso",
    ]
)  # fmt: skip
expressions = st.recursive(
    primitives,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=120)
@given(expressions, packets_strategy, st.booleans())
def test_random_expressions_give_what_libpcap_gives(text, packets, optimize):
    with cypcap.open_dead(cypcap.DatalinkType.EN10MB, 262144) as handle:
        try:
            code = list(handle.compile(text, optimize, 0xFFFFFFFF))
        except cypcap.Error:
            return
    assert_same(code, packets, [len(packet) for packet in packets])


def test_every_sample_packet_is_told_apart():
    with cypcap.open_dead(cypcap.DatalinkType.EN10MB, 262144) as handle:
        code = list(handle.compile("tcp port 80", True, 0xFFFFFFFF))
    found = run(BpfProgram.of(code), frames_of(sample_packets()))
    assert np.flatnonzero(found).tolist() == [0, 1, 7]


@pytest.mark.parametrize(
    ("kind", "tag", "direction", "expected"),
    [
        (AD_VLAN_TAG_PRESENT, 0x8100_2005, 0, 1),
        (AD_VLAN_TAG_PRESENT, 0, 0, 0),
        (AD_VLAN_TAG, 0x8100_2005, 0, 0x2005),
        (AD_VLAN_TPID, 0x88A8_2005, 0, 0x88A8),
        (AD_PKTTYPE, 0, 1, 0),
        (AD_PKTTYPE, 0, 2, 4),
        (AD_PROTOCOL, 0, 0, 0x0800),
    ],
)
def test_the_kernel_s_facts_about_a_frame(kind, tag, direction, expected):
    code = [(0x28, 0, 0, kind), (0x04, 0, 0, 1), RET_A]
    packet = sample_packets()[0]
    kept = run(BpfProgram.of(code), frames_of([packet], stripped_tags=[tag], directions=[direction]))
    assert kept.tolist() == [expected + 1]


@pytest.mark.parametrize("kind", [AD_IFINDEX, AD_PKTTYPE, 0xFFFF_F000 + 56, 0xFFF0_0000])
def test_facts_that_are_not_known_reject_the_frame(kind):
    code = [(0x28, 0, 0, kind), (0x06, 0, 0, 1)]
    assert run(BpfProgram.of(code), frames_of([sample_packets()[0]])).tolist() == [0]


def test_the_protocol_of_an_802_3_frame_is_that_of_llc():
    packet = bytes(12) + b"\x00\x26" + bytes(40)
    code = [(0x28, 0, 0, AD_PROTOCOL), RET_A]
    assert run(BpfProgram.of(code), frames_of([packet, packet[:13]])).tolist() == [4, 0]


def test_a_loop_without_end_rejects_the_frame():
    backwards = (1 << 32) - 2
    assert run(BpfProgram.of([(0x00, 0, 0, 1), (0x05, 0, 0, backwards), RET_A]), frames_of([b"x" * 20])).tolist() == [0]
    itself = (1 << 32) - 1
    assert run(BpfProgram.of([(0x05, 0, 0, itself), RET_A]), frames_of([b"x" * 20])).tolist() == [0]


def test_dead_registers_are_known():
    program = BpfProgram.of([(0x28, 0, 0, 12), (0x15, 0, 1, 8), (0x01, 0, 0, 3), (0x48, 0, 0, 0), RET_A])
    assert live_registers(program) == (2, 3, 0, 2, 1)


def test_a_block_of_many_chunks_keeps_the_order():
    packets = [bytes([0, place % 256]) for place in range(40_000)]
    kept = run(BpfProgram.of([(0x30, 0, 0, 1), RET_A]), frames_of(packets, gap=b""))
    assert kept.tolist() == [place % 256 for place in range(40_000)]


def test_only_the_rows_asked_for_are_run():
    frames = frames_of([b"ab", b"cd", b"ef"])
    program = BpfProgram.of([(0x30, 0, 0, 0), RET_A])
    assert run(program, frames, np.array([2, 0])).tolist() == [ord("e"), ord("a")]


def test_no_frames_give_no_answers():
    assert run(accept_all(), frames_of([])).tolist() == []
