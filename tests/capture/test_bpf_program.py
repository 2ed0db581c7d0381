"""Programs in the kernel's form: packed, shortened, and moved for cooked sockets."""

from __future__ import annotations

import struct

import cypcap
import pytest

from netwatch.capture.bpf_program import (
    AD_HATYPE,
    AD_IFINDEX,
    AD_PKTTYPE,
    AD_PROTOCOL,
    REJECT_ALL,
    BpfProgram,
    accept_all,
)
from netwatch.errors import FilterError

SLL2 = 276


def compiled(text: str, dlt: int = SLL2) -> BpfProgram:
    with cypcap.open_dead(dlt, 262144) as handle:
        return BpfProgram.of(handle.compile(text, True, 0xFFFFFFFF))


def test_a_program_is_packed_as_struct_sock_filter():
    program = BpfProgram.of([(40, 0, 0, 12), (21, 0, 1, 0x86DD), (6, 0, 0, 262144), (6, 0, 0, 0)])
    assert program.instructions == 4
    assert program.packed == b"".join(
        struct.pack("=HBBI", *i) for i in [(40, 0, 0, 12), (21, 0, 1, 0x86DD), (6, 0, 0, 262144), (6, 0, 0, 0)]
    )


def test_the_snapshot_length_is_what_an_accepted_frame_keeps():
    program = compiled("tcp", 1).with_snaplen(96)
    assert {i.k for i in program.code if i.code == 6} == {0, 96}
    assert accept_all(64).code[0].k == 64
    assert REJECT_ALL.with_snaplen(96) == REJECT_ALL


def test_only_protochain_loops():
    assert compiled("ip6 protochain 6", 1).loops
    assert not compiled("tcp port 80 or vlan", 1).loops


@pytest.mark.parametrize(
    ("text", "offset"),
    [("arp", AD_PROTOCOL), ("ifindex 3", AD_IFINDEX), ("inbound", AD_PKTTYPE), ("link[8:2] = 1", AD_HATYPE)],
)
def test_fields_of_the_cooked_header_become_facts_of_the_kernel(text, offset):
    assert compiled(text).for_cooked_socket().code[0].k == offset


def test_offsets_behind_the_cooked_header_move():
    before, after = compiled("tcp port 80"), compiled("tcp port 80").for_cooked_socket()
    moved = [(b.k, a.k) for b, a in zip(before.code, after.code, strict=True) if b.k != a.k]
    assert moved
    assert all(b - a == 20 for b, a in moved if a < 0xFFFF0000)


@pytest.mark.parametrize("text", ["ether[0] = 3", "link[4:2] = 1", "link[11] = 6", "link[12:4] = 1"])
def test_parts_of_cooked_fields_cannot_be_seen_by_the_kernel(text):
    with pytest.raises(FilterError, match="cooked header"):
        compiled(text).for_cooked_socket()


def test_facts_of_the_kernel_become_loads_of_a_byte_for_libpcap():
    program = BpfProgram.of([(0x28, 0, 0, AD_PROTOCOL), (0x28, 0, 0, 12), (0x80, 0, 0, 0), (0x16, 0, 0, 0)])
    assert [i.code for i in program.for_libpcap().code] == [0x30, 0x28, 0x80, 0x16]


def test_programs_of_no_or_too_many_instructions_are_refused():
    with pytest.raises(FilterError):
        BpfProgram.of([])
    with pytest.raises(FilterError, match="4097"):
        BpfProgram.of([(6, 0, 0, 0)] * 4097)
