"""Tunnels over UDP: their headers with every optional part, and what looks like one and is none."""

from __future__ import annotations

import struct

import pytest
from decoded import fields, only
from frame_examples import FRAME, PACKET, PACKET6

from netwatch.decode.batch import CUT_SHORT
from tests.frames import ethernet, gre, ipv4, udp

SHOWN = ("src", "dst", "protocol", "sport", "dport", "tunnel_depth", "status")
OF_PACKET = ("10.0.0.1", "10.0.0.2", 6, 40000, 80, 1, 0)
OF_PACKET6 = ("2001:db8::1", "2001:db8::2", 17, 40000, 53, 1, 0)
CARRIER = ("192.0.2.1", "192.0.2.2", 17)


def over_udp(payload, dport, sport=50000):
    return fields(ethernet(0x0800, ipv4(17, udp(payload, sport=sport, dport=dport), source="192.0.2.1",
                                        destination="192.0.2.2")))  # fmt: skip


def geneve(carried, payload, options=b"", version=0):
    return struct.pack("!BBHI", version << 6 | len(options) // 4, 0, carried, 5 << 8) + options + payload


def gtp(payload, flags=0x30, kind=0xFF, more=b""):
    return struct.pack("!BBHI", flags, kind, len(more + payload), 7) + more + payload


def l2tp(flags, payload, more=b""):
    return struct.pack("!HHH", flags | 2, 1, 2)[:2] + more + payload


@pytest.mark.parametrize("options", [b"", bytes(4), bytes(252)], ids=["0", "4", "252"])
def test_geneve(options):
    assert only(over_udp(geneve(0x6558, FRAME, options), 6081), *SHOWN) == OF_PACKET
    assert only(over_udp(geneve(0x86DD, PACKET6, options), 6081), *SHOWN) == OF_PACKET6
    assert only(over_udp(geneve(0x0800, PACKET, options), 50000, sport=6081), *SHOWN) == OF_PACKET


def test_geneve_of_another_version_or_with_something_else():
    assert only(over_udp(geneve(0x0800, PACKET, version=1), 6081), *SHOWN) == (*CARRIER, 50000, 6081, 0, 0)
    assert only(over_udp(geneve(0x88CC, b"lldp" * 9), 6081), *SHOWN) == (*CARRIER, 50000, 6081, 0, 0)


def test_gtp():
    extension = bytes(3) + b"\x85" + b"\1\0\0\0"
    two = bytes(3) + b"\x85" + b"\1\0\0\xc0" + b"\2" + bytes(7)
    assert only(over_udp(gtp(PACKET), 2152), *SHOWN) == OF_PACKET
    assert only(over_udp(gtp(PACKET6, 0x32, more=bytes(4)), 2152, 2152), *SHOWN) == OF_PACKET6
    assert only(over_udp(gtp(PACKET, 0x34, more=extension), 2152), *SHOWN) == OF_PACKET
    assert only(over_udp(gtp(PACKET6, 0x36, more=two), 2152), *SHOWN) == OF_PACKET6


@pytest.mark.parametrize(
    "message", [gtp(PACKET, kind=1), gtp(PACKET, 0x50), gtp(b"\x90" * 40), gtp(b""), b"\x30\xff"],
    ids=["echo", "version", "payload", "empty", "cut"],
)  # fmt: skip
def test_gtp_that_carries_no_packet(message):
    assert only(over_udp(message, 2152), *SHOWN) == (*CARRIER, 50000, 2152, 0, 0)


def test_extensions_without_end():
    assert only(over_udp(gtp(PACKET, 0x34, more=b"\1" * 200), 2152), "dport", "tunnel_depth") == (2152, 0)
    assert only(over_udp(gtp(b"", 0x34, more=b"\0\0\0\1" + bytes(4)), 2152), "dport", "tunnel_depth") == (2152, 0)


def test_vxlan_on_the_port_of_linux_and_with_a_stated_payload():
    header = struct.pack("!B3xI", 8, 5 << 8)
    assert only(over_udp(header + FRAME, 8472), *SHOWN) == OF_PACKET
    stated = [struct.pack("!B2xBI", 0x0C, code, 5 << 8) for code in (1, 2, 3, 4)]
    assert only(over_udp(stated[0] + PACKET, 4790), *SHOWN) == OF_PACKET
    assert only(over_udp(stated[1] + PACKET6, 4790), *SHOWN) == OF_PACKET6
    assert only(over_udp(stated[2] + FRAME, 4790), *SHOWN) == OF_PACKET
    assert only(over_udp(stated[3] + FRAME, 4790), *SHOWN) == (*CARRIER, 50000, 4790, 0, 0)
    assert only(over_udp(header + FRAME, 4790), *SHOWN) == OF_PACKET


def test_gre_in_udp():
    assert only(over_udp(gre(0x0800, PACKET), 4754), *SHOWN) == OF_PACKET
    values = over_udp(gre(0x2001, b"keepalive"), 4754)
    assert only(values, *SHOWN, "payload_length") == (*CARRIER, 50000, 4754, 0, 0, 13)


@pytest.mark.parametrize(
    ("flags", "more"),
    [(0, bytes(4)), (0x4000, bytes(6)), (0x0800, bytes(8)), (0x0200, bytes(4) + b"\0\2" + bytes(2))],
    ids=["plain", "length", "sequence", "offset"],
)
def test_l2tp(flags, more):
    for framing in (b"\0\x21", b"\xff\x03\0\x21"):
        assert only(over_udp(l2tp(flags, framing + PACKET, more), 1701), *SHOWN) == OF_PACKET
        assert only(over_udp(l2tp(flags, framing + PACKET, more), 50000, 1701), *SHOWN) == OF_PACKET
    assert only(over_udp(l2tp(flags | 0x8000, PACKET, more), 1701), *SHOWN) == (*CARRIER, 50000, 1701, 0, 0)


def test_teredo():
    origin, proof = b"\0\0" + bytes(6), b"\0\1\0\0" + bytes(9)
    longer = b"\0\1\2\3" + b"\x60" * 5 + bytes(9)
    for before in (b"", origin, proof, proof + origin, longer + origin):
        assert only(over_udp(before + PACKET6, 3544), *SHOWN) == OF_PACKET6
        assert only(over_udp(before + PACKET6, 50000, 3544), *SHOWN) == OF_PACKET6
    assert only(over_udp(PACKET, 3544), *SHOWN) == (*CARRIER, 50000, 3544, 0, 0)


def test_capwap():
    snap = b"\xaa\xaa\3\0\0\0\x08\0" + PACKET
    for control in (b"\x08\x01", b"\x01\x08"):
        wireless = b"\0\x10\3\0" + bytes(4) + control + bytes(22) + snap
        assert only(over_udp(wireless, 5247), *SHOWN) == OF_PACKET
    assert only(over_udp(b"\0\x10\2\0" + bytes(4) + FRAME, 5247), *SHOWN) == OF_PACKET
    assert only(over_udp(b"\0\x10\2\x80" + bytes(4) + FRAME, 5247), *SHOWN) == (*CARRIER, 50000, 5247, 0, 0)
    assert only(over_udp(b"\1\0\0\0" + bytes(40), 5247), *SHOWN) == (*CARRIER, 50000, 5247, 0, 0)


def test_short_messages_are_no_fault_but_cut_ones_are_marked():
    for port in (1701, 2152, 3544, 5247, 6081):
        assert only(over_udp(b"\0\1", port), "dport", "status") == (port, 0)
    frame = ethernet(0x0800, ipv4(17, udp(struct.pack("!B3xI", 8, 5 << 8) + FRAME, dport=4789)))
    assert only(fields(frame[:46], wire=[len(frame)]), "dport", "status") == (4789, CUT_SHORT)


def test_tags_of_backbones_and_service_chains():
    backbone = bytes(4) + bytes(12) + b"\x81\0\0\7\x08\0" + PACKET
    assert only(fields(ethernet(0x88E7, backbone)), "src", "dport", "vlan") == ("10.0.0.1", 80, 7)
    assert only(fields(ethernet(0x8926, bytes(4) + b"\x08\0" + PACKET)), "src", "dport") == ("10.0.0.1", 80)
    for code, packet, port in ((1, PACKET, 80), (2, PACKET6, 53)):
        chain = bytes((0x0F, 0xC6, 1, code)) + bytes(20) + packet
        assert only(fields(ethernet(0x894F, chain)), "dport", "status") == (port, 0)
