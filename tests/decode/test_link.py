"""Link layers: where the network header begins, which EtherType announces it, VLAN tags, MAC addresses."""

from __future__ import annotations

import pytest
from decoded import RECEIVER, SENDER, decoded, fields, only
from frame_examples import FRAME, PACKET, PACKET6

from netwatch.capture import frames as link_types
from netwatch.decode.batch import CUT_SHORT, ETHERTYPE_LLC, ETHERTYPE_UNKNOWN, MALFORMED
from tests.frames import (
    arp,
    cooked,
    cooked2,
    ethernet,
    ethernet_llc,
    mpls,
    nflog,
    ppi,
    pppoe,
    snap,
    wireless,
)

TAGGED = 0x8100 << 16

FOUND = ("ethertype", "network_offset", "status")


def test_ethernet():
    values = fields(FRAME)
    assert only(values, *FOUND, "vlan", "protocol") == (0x0800, 14, 0, -1, 6)


def test_an_unknown_ethertype_keeps_the_mac_addresses():
    values = fields(ethernet(0x88CC, b"lldp"))
    assert only(values, *FOUND, "protocol", "src", "dst") == (0x88CC, 14, 0, 255, SENDER, RECEIVER)
    assert only(values, "transport_offset", "payload_offset", "payload_length") == (14, 14, 4)


def test_an_ethernet_header_that_is_cut():
    assert only(fields(FRAME[:13]), *FOUND, "src") == (ETHERTYPE_UNKNOWN, 0, MALFORMED, SENDER)
    assert only(fields(FRAME[:13], wire=[60]), *FOUND, "src") == (ETHERTYPE_UNKNOWN, 0, CUT_SHORT, SENDER)
    assert only(fields(FRAME[:11], wire=[60]), "src", "dst") == ("", RECEIVER)


@pytest.mark.parametrize("tag_type", [0x8100, 0x88A8, 0x9100])
def test_a_vlan_tag(tag_type):
    values = fields(ethernet(0x0800, PACKET, tags=[(tag_type, 0xE064)]))
    assert only(values, *FOUND, "vlan", "sport") == (0x0800, 18, 0, 100, 40000)


def test_two_vlan_tags():
    values = fields(ethernet(0x86DD, PACKET6, tags=[(0x88A8, 100), (0x8100, 200)]))
    assert only(values, *FOUND, "vlan") == (0x86DD, 22, 0, 100 | 201 << 12)


def test_identifier_0_is_an_identifier():
    values = fields(ethernet(0x0800, PACKET, tags=[(0x8100, 0), (0x8100, 0)]))
    assert values["vlan"] == 1 << 12


def test_more_than_two_tags_keep_the_first_two():
    tags = [(0x8100, number) for number in range(1, 9)]
    values = fields(ethernet(0x0800, PACKET, tags=tags))
    assert only(values, *FOUND, "vlan") == (0x0800, 14 + 32, 0, 1 | 3 << 12)


def test_a_stack_of_tags_ends():
    values = fields(ethernet(0x0800, PACKET, tags=[(0x8100, 1)] * 9))
    assert only(values, "ethertype", "status", "protocol") == (0x8100, MALFORMED, 255)


def test_a_tag_that_the_kernel_took_out():
    batch = decoded(FRAME, FRAME, tags=[0, TAGGED | 0x2005])
    assert batch.vlan.tolist() == [-1, 5]
    assert batch.network_offset.tolist() == [14, len(FRAME) + 14]


def test_the_outer_tag_taken_out_and_the_inner_one_left():
    values = fields(ethernet(0x0800, PACKET, tags=[(0x8100, 200)]), tags=0x88A8 << 16 | 100)
    assert only(values, *FOUND, "vlan") == (0x0800, 18, 0, 100 | 201 << 12)


def test_llc():
    values = fields(ethernet_llc(b"\x42\x42\x03bpdu"))
    assert only(values, *FOUND, "src", "payload_length") == (ETHERTYPE_LLC, 14, 0, SENDER, 7)


@pytest.mark.parametrize("organisation", [0x000000, 0x0000F8])
def test_snap(organisation):
    values = fields(ethernet_llc(snap(0x0800, PACKET, organisation)))
    assert only(values, *FOUND, "dport") == (0x0800, 22, 0, 80)


def test_snap_of_another_organisation_is_llc():
    values = fields(ethernet_llc(snap(0x2000, b"cdp", 0x00000C)))
    assert only(values, *FOUND) == (ETHERTYPE_LLC, 14, 0)


def test_snap_behind_a_vlan_tag():
    body = snap(0x0800, PACKET)
    values = fields(ethernet(len(body), body, tags=[(0x8100, 7)]))
    assert only(values, *FOUND, "vlan", "dport") == (0x0800, 26, 0, 7, 80)


@pytest.mark.parametrize("labels", [1, 3, 8])
@pytest.mark.parametrize("ethertype", [0x8847, 0x8848])
def test_mpls(ethertype, labels):
    assert only(fields(ethernet(ethertype, mpls(labels, PACKET))), *FOUND, "dport") == (0x0800, 14 + 4 * labels, 0, 80)
    assert only(fields(ethernet(ethertype, mpls(labels, PACKET6))), *FOUND) == (0x86DD, 14 + 4 * labels, 0)


def test_mpls_with_something_else_inside():
    values = fields(ethernet(0x8847, mpls(1, bytes(4) + FRAME)))
    assert only(values, *FOUND, "protocol", "src") == (0x8847, 14, 0, 255, SENDER)


def test_a_stack_of_labels_that_does_not_end():
    assert only(fields(ethernet(0x8847, b"\0\0\0\x40" * 12)), "ethertype", "protocol") == (0x8847, 255)


def test_pppoe_session():
    assert only(fields(ethernet(0x8864, pppoe(b"\0\x21" + PACKET))), *FOUND, "dport") == (0x0800, 22, 0, 80)
    assert only(fields(ethernet(0x8864, pppoe(b"\0\x57" + PACKET6))), *FOUND) == (0x86DD, 22, 0)


def test_pppoe_with_a_protocol_field_of_one_byte():
    assert only(fields(ethernet(0x8864, pppoe(b"\x21" + PACKET))), *FOUND, "dport") == (0x0800, 21, 0, 80)


def test_pppoe_control_and_discovery_stay_at_their_header():
    assert only(fields(ethernet(0x8864, pppoe(b"\xc0\x21\1\1\0\4"))), *FOUND) == (0x8864, 14, 0)
    assert only(fields(ethernet(0x8863, pppoe(b"\1\1\0\0", code=9))), *FOUND) == (0x8863, 14, 0)


def test_raw_ip():
    assert only(fields(PACKET, link_type=link_types.LINKTYPE_RAW), *FOUND, "dport") == (0x0800, 0, 0, 80)
    assert only(fields(PACKET6, link_type=link_types.LINKTYPE_RAW), *FOUND, "dport") == (0x86DD, 0, 0, 53)
    assert only(fields(b"\x10hello", link_type=link_types.LINKTYPE_RAW), *FOUND) == (ETHERTYPE_UNKNOWN, 0, MALFORMED)


def test_link_types_of_one_version():
    """Wireshark reads IPv6 behind the one of IPv4, where programs put it, and not the other way round."""
    assert only(fields(PACKET, link_type=link_types.LINKTYPE_IPV4), *FOUND, "dport") == (0x0800, 0, 0, 80)
    assert only(fields(PACKET6, link_type=link_types.LINKTYPE_IPV4), *FOUND, "dport") == (0x86DD, 0, 0, 53)
    assert only(fields(PACKET6, link_type=link_types.LINKTYPE_IPV6), *FOUND, "dport") == (0x86DD, 0, 0, 53)
    assert only(fields(PACKET, link_type=link_types.LINKTYPE_IPV6), *FOUND, "dport") == (0x86DD, 0, MALFORMED, 0)


ADDRESSES = bytes.fromhex("020000000001 020000000002")
SNAP = b"\xaa\xaa\3\0\0\0\x08\0"


def test_fddi():
    values = fields(b"\x57" + ADDRESSES + SNAP + PACKET, link_type=link_types.LINKTYPE_FDDI)
    assert only(values, *FOUND, "dport") == (0x0800, 21, 0, 80)
    management = fields(b"\x41" + ADDRESSES + SNAP + PACKET, link_type=link_types.LINKTYPE_FDDI)
    assert only(management, *FOUND) == (ETHERTYPE_UNKNOWN, 0, 0)


@pytest.mark.parametrize("route", [b"", bytes.fromhex("8270"), bytes.fromhex("061000110022")])
def test_token_ring(route):
    """A route begins with its length in five bits, and a bit of the sender's address announces it."""
    source = bytes([ADDRESSES[6] | 0x80 * bool(route)]) + ADDRESSES[7:]
    frame = b"\x10\x40" + ADDRESSES[:6] + source + route + SNAP + PACKET
    values = fields(frame, link_type=link_types.LINKTYPE_IEEE802_5)
    assert only(values, *FOUND, "dport") == (0x0800, 22 + len(route), 0, 80)
    assert fields(frame[:14], link_type=link_types.LINKTYPE_IEEE802_5)["status"] == MALFORMED
    control = fields(b"\x10\0" + ADDRESSES + SNAP + PACKET, link_type=link_types.LINKTYPE_IEEE802_5)
    assert only(control, *FOUND) == (ETHERTYPE_UNKNOWN, 0, 0)


def test_atm_infiniband_and_cisco_hdlc():
    assert only(fields(SNAP + PACKET, link_type=link_types.LINKTYPE_ATM_RFC1483), *FOUND, "dport") == (0x0800, 8, 0, 80)
    header = bytes(40) + b"\x86\xdd\0\0"
    assert only(fields(header + PACKET6, link_type=link_types.LINKTYPE_IPOIB), *FOUND, "dport") == (0x86DD, 44, 0, 53)
    cisco = bytes.fromhex("0f000800") + PACKET
    assert only(fields(cisco, link_type=link_types.LINKTYPE_C_HDLC), *FOUND, "dport") == (0x0800, 4, 0, 80)


@pytest.mark.parametrize("link_type", [link_types.LINKTYPE_NULL, link_types.LINKTYPE_LOOP])
@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("family", [2, 10, 24, 28, 30])
def test_null_in_the_byte_order_of_either_machine(link_type, order, family):
    frame = family.to_bytes(4, order) + (PACKET if family == 2 else PACKET6)
    assert only(fields(frame, link_type=link_type), *FOUND) == (0x0800 if family == 2 else 0x86DD, 4, 0)


def test_null_with_another_family():
    assert only(fields(b"\x07\0\0\0osi", link_type=link_types.LINKTYPE_NULL), *FOUND) == (ETHERTYPE_UNKNOWN, 4, 0)


def test_null_that_begins_like_ppp_or_cisco_hdlc():
    assert only(fields(bytes.fromhex("0f000800") + PACKET, link_type=0), *FOUND, "dport") == (0x0800, 4, 0, 80)
    assert only(fields(bytes.fromhex("8f0086dd") + PACKET6, link_type=0), *FOUND, "dport") == (0x86DD, 4, 0, 53)
    assert only(fields(bytes.fromhex("ff030021") + PACKET, link_type=0), *FOUND, "dport") == (0x0800, 4, 0, 80)
    batch = decoded(bytes.fromhex("0f000800") + PACKET, b"\x02\0\0\0" + PACKET, b"\0\0\0\x1c" + PACKET6, link_type=0)
    assert batch.dport.tolist() == [80, 80, 53]


def test_linux_cooked():
    values = fields(cooked(0x0800, PACKET), link_type=link_types.LINKTYPE_LINUX_SLL)
    assert only(values, *FOUND, "dport") == (0x0800, 16, 0, 80)
    values = fields(cooked2(0x86DD, PACKET6), link_type=link_types.LINKTYPE_LINUX_SLL2)
    assert only(values, *FOUND, "dport") == (0x86DD, 20, 0, 53)


def test_linux_cooked_with_a_vlan_tag():
    frame = cooked(0x8100, b"\x00\x64\x08\x00" + PACKET)
    values = fields(frame, link_type=link_types.LINKTYPE_LINUX_SLL)
    assert only(values, *FOUND, "vlan", "dport") == (0x0800, 20, 0, 100, 80)


@pytest.mark.parametrize(("link_type", "header"), [(113, cooked), (276, cooked2)])
def test_linux_cooked_tells_the_sender_only(link_type, header):
    assert only(fields(header(0x88CC, b"lldp"), link_type=link_type), "src", "dst") == (SENDER, "")
    ip_alone = header(0x88CC, b"lldp")
    ip_alone = ip_alone[:5] + b"\0" + ip_alone[6:] if header is cooked else ip_alone[:11] + b"\0" + ip_alone[12:]
    assert only(fields(ip_alone, link_type=link_type), "src", "dst") == ("", "")


def test_linux_cooked_llc_and_the_kernels_own_numbers():
    bpdu = b"\x42\x42\x03bpdu"
    assert only(fields(cooked(4, bpdu), link_type=113), *FOUND) == (ETHERTYPE_LLC, 16, 0)
    assert only(fields(cooked2(4, bpdu), link_type=276), *FOUND) == (ETHERTYPE_LLC, 20, 0)
    assert only(fields(cooked(0x000C, bytes(16)), link_type=113), *FOUND) == (ETHERTYPE_UNKNOWN, 16, 0)


@pytest.mark.parametrize("link_type", [link_types.LINKTYPE_PPP, link_types.LINKTYPE_PPP_HDLC])
@pytest.mark.parametrize("framing", [b"", b"\xff\x03"])
@pytest.mark.parametrize("number", [b"\0\x21", b"\x21"])
def test_ppp(link_type, framing, number):
    values = fields(framing + number + PACKET, link_type=link_type)
    assert only(values, *FOUND, "dport") == (0x0800, len(framing + number), 0, 80)


def test_ppp_with_mpls():
    for number in (b"\x02\x81", b"\x02\x83"):
        values = fields(b"\xff\x03" + number + mpls(2, PACKET), link_type=link_types.LINKTYPE_PPP)
        assert only(values, *FOUND, "dport") == (0x0800, 12, 0, 80)


def test_ppp_control_stays_at_the_protocol_field():
    values = fields(b"\xff\x03\xc0\x21\1\1\0\4", link_type=link_types.LINKTYPE_PPP)
    assert only(values, *FOUND) == (ETHERTYPE_UNKNOWN, 2, 0)


@pytest.mark.parametrize("address", [b"\x0f", b"\x8f"])
def test_cisco_hdlc_on_a_ppp_link(address):
    values = fields(address + b"\0\x08\0" + PACKET, link_type=link_types.LINKTYPE_PPP_HDLC)
    assert only(values, *FOUND, "dport") == (0x0800, 4, 0, 80)
    keepalive = fields(address + b"\0\x80\x35" + bytes(18), link_type=link_types.LINKTYPE_PPP_HDLC)
    assert only(keepalive, *FOUND, "sport") == (ETHERTYPE_UNKNOWN, 0, 0, 0)


def test_pppoe_without_ethernet():
    values = fields(pppoe(b"\0\x21" + PACKET), link_type=link_types.LINKTYPE_PPP_ETHER)
    assert only(values, *FOUND, "dport") == (0x0800, 8, 0, 80)


@pytest.mark.parametrize("words", [0, 1, 63], ids=["none", "too-short", "too-long"])
def test_a_service_header_as_long_as_it_cannot_be_is_not_stepped_over(words):
    """What lies behind the frame in its block belongs to others."""
    frame = ethernet(0x894F, bytes((0, words, 1, 1)) + bytes(4) + PACKET)
    batch = decoded(frame, frame)
    assert (batch.ethertype.tolist(), batch.status.tolist()) == ([0x894F] * 2, [MALFORMED] * 2)
    assert (batch.network_offset - batch.frames.offset).tolist() == [14, 14]


def test_a_service_header():
    values = fields(ethernet(0x894F, bytes((0, 2, 1, 1)) + bytes(4) + PACKET))
    assert only(values, *FOUND, "dport") == (0x0800, 22, 0, 80)


def test_ppi():
    values = fields(ppi(105, wireless(snap(0x0800, PACKET)), fields=bytes(12)), link_type=192)
    assert only(values, *FOUND, "dport") == (0x0800, 20 + 24 + 8, 0, 80)
    values = fields(ppi(1, FRAME), link_type=192)
    assert only(values, *FOUND, "dport") == (0x0800, 22, 0, 80)


def test_ppi_with_something_else_inside_stays_at_its_header():
    assert only(fields(ppi(105, wireless(b"", kind=0x80)), link_type=192), *FOUND) == (ETHERTYPE_UNKNOWN, 0, 0)
    assert only(fields(ppi(999, b"hello"), link_type=192), *FOUND) == (ETHERTYPE_UNKNOWN, 0, 0)
    assert only(fields(ppi(192, ppi(1, FRAME)), link_type=192), *FOUND) == (ETHERTYPE_UNKNOWN, 0, 0)


def test_ppi_of_several_kinds_in_one_block():
    batch = decoded(
        ppi(1, FRAME), ppi(999, b"?"), ppi(105, wireless(snap(0x0806, arp(1)))), ppi(101, PACKET), link_type=192
    )
    assert batch.ethertype.tolist() == [0x0800, 0, 0x0806, 0x0800]


def nflog_fields(frame):
    return only(fields(frame, link_type=link_types.LINKTYPE_NFLOG), *FOUND, "dport")


@pytest.mark.parametrize("order", "<>")
def test_nflog_in_the_byte_order_of_either_machine(order):
    assert nflog_fields(nflog(PACKET, order=order)) == (0x0800, 20, 0, 80)
    assert nflog_fields(nflog(PACKET6, family=10, order=order)) == (0x86DD, 20, 0, 53)


def test_nflog_without_a_packet_that_is_known():
    assert nflog_fields(nflog(FRAME, family=7)) == (ETHERTYPE_UNKNOWN, 0, 0, 0)
    assert nflog_fields(nflog(PACKET)[:16]) == (ETHERTYPE_UNKNOWN, 0, MALFORMED, 0)
    assert nflog_fields(bytes(4) + b"\0\0\x0a\0" * 40) == (ETHERTYPE_UNKNOWN, 0, MALFORMED, 0)
    assert nflog_fields(bytes(4) + b"\4\0\x0a\0" * 40) == (ETHERTYPE_UNKNOWN, 0, MALFORMED, 0)


def test_an_unknown_link_type_is_listed():
    values = fields(b"hello", link_type=147)
    assert only(values, *FOUND, "payload_length", "src") == (ETHERTYPE_UNKNOWN, 0, 0, 5, "")
