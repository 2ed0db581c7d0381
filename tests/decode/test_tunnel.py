"""Tunnels: the inner packet's columns take the place of the carrier's, or the carrier keeps its own."""

from __future__ import annotations

import struct

import pytest
from decoded import decoded, fields, only
from frame_examples import FRAME, PACKET, PACKET6

from netwatch.decode.batch import CUT_SHORT, MALFORMED
from netwatch.decode.tunnel import MOST_TUNNELS
from tests.frames import arp, ethernet, ethernet_llc, gre, ipv4, ipv6, mpls, pppoe, snap, tcp, udp, vxlan

INNER = ("src", "dst", "ttl", "protocol", "sport", "dport", "tunnel_depth", "status")
OF_PACKET = ("10.0.0.1", "10.0.0.2", 64, 6, 40000, 80, 1, 0)
OF_PACKET6 = ("2001:db8::1", "2001:db8::2", 64, 17, 40000, 53, 1, 0)
OUTER = {"source": "192.0.2.1", "destination": "192.0.2.2", "ttl": 9}
OF_OUTER = ("192.0.2.1", "192.0.2.2", 9)
PAYLOAD = ("payload_length", "payload_captured")


def over_ipv4(protocol, payload, **header):
    return fields(ethernet(0x0800, ipv4(protocol, payload, **(OUTER | header))))


def in_gre(carried, payload, **header):
    return over_ipv4(47, gre(carried, payload, **header))


def test_ip_in_ip():
    values = over_ipv4(4, PACKET, fragment=0x4000)
    assert only(values, *INNER, *PAYLOAD) == (*OF_PACKET, 5, 5)
    assert only(values, "network_offset", "transport_offset", "payload_offset", "fragment") == (34, 54, 78, 0)


def test_6in4_and_4in6():
    assert only(over_ipv4(41, PACKET6), *INNER, "ethertype") == (*OF_PACKET6, 0x86DD)
    values = fields(ethernet(0x86DD, ipv6(4, PACKET, hops=9)))
    assert only(values, *INNER, "ethertype") == (*OF_PACKET, 0x0800)
    assert only(fields(ethernet(0x86DD, ipv6(41, PACKET6, hops=9))), *INNER) == OF_PACKET6


@pytest.mark.parametrize(
    ("flags", "fields_length"),
    [(0x0000, 0), (0x8000, 4), (0x2000, 4), (0x1000, 4), (0xA000, 8), (0x9000, 8), (0x3000, 8), (0xB000, 12)],
)
def test_gre_with_every_combination_of_fields(flags, fields_length):
    values = in_gre(0x0800, PACKET, flags=flags, fields=b"\xff" * fields_length)
    assert only(values, *INNER, "network_offset") == (*OF_PACKET, 38 + fields_length)
    assert only(in_gre(0x86DD, PACKET6, flags=flags, fields=b"\xff" * fields_length), *INNER) == OF_PACKET6


def test_gre_with_source_routes():
    routes = b"\x08\x00\x00\x04" + bytes(4) + b"\x08\x00\x00\x08" + bytes(8) + bytes(4)
    values = in_gre(0x0800, PACKET, flags=0x4000, fields=bytes(4) + routes)
    assert only(values, *INNER) == OF_PACKET


def test_gre_with_more_source_routes_than_we_step_over():
    values = in_gre(0x0800, PACKET, flags=0x4000, fields=bytes(4) + b"\x08\x00\x00\x04" * 20)
    assert only(values, "src", "dst", "ttl") == OF_OUTER


@pytest.mark.parametrize(("flags", "fields_length"), [(0x3001, 8), (0x3081, 12)])
def test_pptp(flags, fields_length):
    for framing in (b"", b"\xff\x03"):
        values = in_gre(0x880B, framing + b"\0\x21" + PACKET, flags=flags, fields=bytes(fields_length))
        assert only(values, *INNER) == OF_PACKET


def test_pptp_that_only_acknowledges_or_controls():
    acknowledges = in_gre(0x880B, b"", flags=0x2081, fields=bytes(8))
    assert only(acknowledges, "src", "dst", "ttl", "protocol", "status") == (*OF_OUTER, 47, 0)
    control = in_gre(0x880B, b"\xff\x03\xc0\x21\1\1\0\4", flags=0x3001, fields=bytes(8))
    assert only(control, "src", "dst", "ttl", "protocol", "status") == (*OF_OUTER, 47, 0)
    assert only(control, "ethertype", "network_offset", "tunnel_depth") == (0x0800, 14, 0)


def test_gre_bridging():
    values = in_gre(0x6558, FRAME, flags=0x2000, fields=b"\0\0\5\0")
    assert only(values, *INNER) == OF_PACKET


def test_eoip():
    assert only(in_gre(0x6400, FRAME, flags=0x2001, fields=bytes(4)), *INNER) == OF_PACKET
    assert only(in_gre(0x6400, FRAME, flags=0x2000, fields=bytes(4)), "src", "dst", "ttl") == OF_OUTER


def test_gre_with_mpls():
    assert only(in_gre(0x8847, mpls(2, PACKET6)), *INNER) == OF_PACKET6


@pytest.mark.parametrize("version", [2, 3, 7])
def test_gre_of_a_later_version_is_not_read(version):
    assert only(in_gre(0x0800, PACKET, flags=version), "src", "dst", "ttl", "protocol") == (*OF_OUTER, 47)


@pytest.mark.parametrize("carried", [0, 0x2001, 0x883E])
def test_gre_with_something_else_keeps_the_carrier(carried):
    values = in_gre(carried, b"keepalive")
    assert only(values, "src", "dst", "ttl", "protocol", "tunnel_depth", "status") == (*OF_OUTER, 47, 0, 0)
    assert only(values, "transport_offset", "payload_offset", "payload_length") == (34, 38, 9)


def test_erspan_of_all_types():
    assert only(in_gre(0x88BE, FRAME), *INNER) == OF_PACKET
    assert only(in_gre(0x88BE, bytes(8) + FRAME, flags=0x1000, fields=bytes(4)), *INNER) == OF_PACKET
    assert only(in_gre(0x22EB, bytes(12) + FRAME, flags=0x1000, fields=bytes(4)), *INNER) == OF_PACKET
    with_subheader = in_gre(0x22EB, bytes(11) + b"\1" + bytes(8) + FRAME, flags=0x1000, fields=bytes(4))
    assert only(with_subheader, *INNER) == OF_PACKET


def test_vxlan():
    values = over_ipv4(17, vxlan(FRAME))
    assert only(values, *INNER, "network_offset", *PAYLOAD) == (*OF_PACKET, 14 + 20 + 8 + 8 + 14, 5, 5)
    assert only(fields(ethernet(0x86DD, ipv6(17, vxlan(FRAME), hops=9))), *INNER) == OF_PACKET


def test_vxlan_without_its_flag_or_towards_another_port_is_udp():
    assert only(over_ipv4(17, vxlan(FRAME, flags=0)), "src", "dst", "ttl", "dport") == (*OF_OUTER, 4789)
    answer = udp(struct.pack("!B3xI", 8, 5 << 8) + FRAME, sport=4789, dport=50000)
    assert only(over_ipv4(17, answer), "src", "dst", "ttl", "dport", "tunnel_depth") == (*OF_OUTER, 50000, 0)
    segment = tcp(struct.pack("!B3xI", 8, 5 << 8) + FRAME, dport=4789)
    assert only(over_ipv4(6, segment), "src", "dst", "ttl", "dport", "tunnel_depth") == (*OF_OUTER, 4789, 0)


def test_arp_inside_shows_nothing_of_the_carrier():
    values = over_ipv4(17, vxlan(ethernet(0x0806, arp(2, "10.9.9.1", "10.9.9.2"))), fragment=0x4000)
    assert only(values, *INNER) == ("10.9.9.1", "10.9.9.2", 0, 255, 2, 0, 1, 0)
    assert only(values, "fragment", "ethertype", *PAYLOAD) == (0, 0x0806, 0, 0)


def test_frames_inside_with_tags_llc_and_pppoe():
    tagged = over_ipv4(17, vxlan(ethernet(0x0800, PACKET, tags=[(0x8100, 7)])))
    assert only(tagged, *INNER, "vlan") == (*OF_PACKET, 7)
    assert only(over_ipv4(17, vxlan(ethernet_llc(snap(0x0800, PACKET)))), *INNER) == OF_PACKET
    assert only(over_ipv4(17, vxlan(ethernet(0x8864, pppoe(b"\0\x21" + PACKET)))), *INNER) == OF_PACKET


def test_an_inner_tag_comes_behind_the_outer_one():
    inner = vxlan(ethernet(0x0800, PACKET, tags=[(0x8100, 7)]))
    values = fields(ethernet(0x0800, ipv4(17, inner), tags=[(0x8100, 100)]))
    assert only(values, *INNER, "vlan") == (*OF_PACKET, 100 | 8 << 12)


@pytest.mark.parametrize("inside", [ethernet(0x88CC, b"lldp"), ethernet_llc(b"\x42\x42\x03"), ethernet(0x0000, b"")])
def test_frames_inside_that_we_do_not_read_keep_the_carrier(inside):
    values = over_ipv4(17, vxlan(ethernet(0x88CC, b"lldp", tags=[(0x8100, 7)])))
    assert only(values, "src", "dst", "ttl", "dport", "vlan", "tunnel_depth") == (*OF_OUTER, 4789, -1, 0)
    values = over_ipv4(17, vxlan(inside))
    assert only(values, "src", "dst", "ttl", "dport", "ethertype") == (*OF_OUTER, 4789, 0x0800)
    assert only(values, "network_offset", "transport_offset", "payload_offset") == (14, 34, 42)


def test_tunnels_in_tunnels_are_entered_up_to_the_fourth():
    inside = PACKET
    for ttl in range(MOST_TUNNELS):
        values = over_ipv4(4, inside)
        assert only(values, "ttl", "protocol", "sport", "tunnel_depth") == (64, 6, 40000, ttl + 1)
        inside = ipv4(4, inside, ttl=ttl)
    values = over_ipv4(4, inside)
    assert only(values, "ttl", "protocol", "sport", "tunnel_depth") == (0, 4, 0, MOST_TUNNELS)
    values = over_ipv4(17, vxlan(ethernet(0x0800, ipv4(47, gre(0x86DD, PACKET6)))))
    assert only(values, *INNER) == (*OF_PACKET6[:-2], 2, 0)


def test_the_inner_lengths_count():
    values = fields(ethernet(0x0800, ipv4(4, ipv4(6, tcp()) + b"trailer", **OUTER)))
    assert only(values, *INNER, *PAYLOAD) == (*OF_PACKET, 0, 0)
    too_long = over_ipv4(4, ipv4(6, tcp(), total=1000))
    assert only(too_long, "status", "sport", *PAYLOAD) == (MALFORMED, 40000, 0, 0)


def test_a_first_fragment_shows_what_begins_in_it():
    whole = ipv4(6, tcp(bytes(3000)))
    values = over_ipv4(4, whole[:1480], fragment=0x2000)
    assert only(values, *INNER, *PAYLOAD, "fragment") == (*OF_PACKET, 3000, 1440, 0)


def test_a_later_fragment_is_not_entered():
    values = over_ipv4(4, PACKET, fragment=185)
    assert only(values, "src", "dst", "ttl", "protocol", "fragment", "tunnel_depth") == (*OF_OUTER, 4, 185, 0)


@pytest.mark.parametrize(("protocol", "payload"), [(4, PACKET), (41, PACKET6), (47, gre(0x0800, PACKET))])
def test_an_inner_header_that_is_not_there(protocol, payload):
    frame = ethernet(0x0800, ipv4(protocol, payload, **OUTER))
    cut = fields(frame[: len(frame) - len(payload) + 18], wire=[len(frame)])
    assert only(cut, "src", "dst", "ttl", "protocol", "status") == (*OF_OUTER, protocol, CUT_SHORT)
    short = over_ipv4(protocol, payload[:18])
    assert only(short, "src", "dst", "ttl", "protocol", "status") == (*OF_OUTER, protocol, MALFORMED)


@pytest.mark.parametrize(("protocol", "payload"), [(4, PACKET6), (41, PACKET), (47, gre(0x86DD, PACKET))])
def test_an_inner_packet_of_another_version(protocol, payload):
    values = over_ipv4(protocol, payload)
    assert only(values, "src", "dst", "ttl", "protocol", "status") == (*OF_OUTER, protocol, MALFORMED)


def test_carriers_beside_ordinary_packets():
    batch = decoded(
        FRAME,
        ethernet(0x0800, ipv4(4, PACKET6)),  # a carrier that lies
        ethernet(0x0800, ipv4(41, PACKET6)),
        ethernet(0x0806, arp(1)),
        ethernet(0x0800, ipv4(17, vxlan(FRAME))),
        ethernet(0x86DD, PACKET6),
    )
    assert batch.tunnel_depth.tolist() == [0, 0, 1, 0, 1, 0]
    assert batch.protocol.tolist() == [6, 4, 17, 255, 6, 17]
    assert batch.sport.tolist() == [40000, 0, 40000, 1, 40000, 40000]
