"""IPv4 with options, lengths and fragments; IPv6 with every extension header."""

from __future__ import annotations

import pytest
from decoded import decoded, fields, only
from frame_examples import IN_ETHERNET, PACKET, SEGMENT

from netwatch.decode.batch import CUT_SHORT, DONT_FRAGMENT, MALFORMED, MORE_FRAGMENTS, PROTOCOL_NONE
from tests.frames import (
    authentication_header,
    ethernet,
    extension,
    fragment_header,
    icmp,
    ipv4,
    ipv6,
    tcp,
    udp,
)

ADDRESSES = ("src", "dst", "ttl", "protocol")
PLACES = ("network_offset", "transport_offset", "payload_offset", "payload_length")
NOTHING = ("", "", 0, PROTOCOL_NONE)


def in_ipv4(payload, protocol=6, **header):
    return fields(ethernet(0x0800, ipv4(protocol, payload, **header)))


def in_ipv6(payload, next_header=6, **header):
    return fields(ethernet(0x86DD, ipv6(next_header, payload, **header)))


def test_ipv4():
    values = in_ipv4(SEGMENT, source="192.0.2.1", destination="255.255.255.255", ttl=255)
    assert only(values, *ADDRESSES, "fragment") == ("192.0.2.1", "255.255.255.255", 255, 6, 0)
    assert only(values, *PLACES) == (14, 34, 58, 5)


def test_ipv6():
    values = in_ipv6(SEGMENT, source="fe80::1", destination="ff02::1:ff00:1", hops=1)
    assert only(values, *ADDRESSES, "fragment") == ("fe80::1", "ff02::1:ff00:1", 1, 6, 0)
    assert only(values, *PLACES) == (14, 54, 78, 5)


def test_an_ipv6_address_that_looks_like_a_mapped_one():
    assert in_ipv6(SEGMENT, source="::ffff:10.0.0.1")["src"] == "10.0.0.1"


@pytest.mark.parametrize("words", range(1, 11))
def test_ipv4_options_of_every_length(words):
    values = in_ipv4(SEGMENT, options=b"\1\1\1\1" * words)
    assert only(values, *PLACES, "sport", "status") == (14, 34 + 4 * words, 58 + 4 * words, 5, 40000, 0)


def test_a_protocol_without_reader_begins_behind_the_network_header():
    values = in_ipv4(b"hello", protocol=89)
    assert only(values, *PLACES, "protocol", "sport") == (14, 34, 34, 5, 89, 0)


@pytest.mark.parametrize("first_byte", [0x00, 0x35, 0x44, 0x40, 0x55, 0x65, 0xF5])
def test_ipv4_of_another_version_or_an_impossible_header_length(first_byte):
    values = fields(ethernet(0x0800, bytes([first_byte]) + PACKET[1:]))
    assert only(values, "status", "protocol", "ttl", "network_offset") == (MALFORMED, PROTOCOL_NONE, 0, 14)
    assert values["src"] == "02:00:00:00:00:01"


@pytest.mark.parametrize("first_byte", [0x45, 0x00, 0x50, 0x70, 0xF0])
def test_ipv6_of_another_version(first_byte):
    values = fields(ethernet(0x86DD, bytes([first_byte]) + ipv6(6, SEGMENT)[1:]))
    assert only(values, "status", "protocol", "ttl") == (MALFORMED, PROTOCOL_NONE, 0)


def test_one_bad_header_does_not_spoil_its_neighbours():
    good, bad = ethernet(0x0800, PACKET), ethernet(0x0800, b"\x44" + PACKET[1:])
    good6, bad6 = ethernet(0x86DD, ipv6(6, SEGMENT)), ethernet(0x86DD, b"\x40" + ipv6(6, SEGMENT)[1:])
    batch = decoded(good, bad, good6, bad6, good, bad6)
    assert batch.protocol.tolist() == [6, 255, 6, 255, 6, 255]
    assert batch.status.tolist() == [0, 1, 0, 1, 0, 1]
    assert batch.dport.tolist() == [80, 0, 80, 0, 80, 0]


def test_padding_of_the_link_layer_is_no_payload():
    values = fields(ethernet(0x0800, ipv4(6, tcp())) + bytes(6))
    assert only(values, "payload_length", "payload_captured", "status") == (0, 0, 0)
    values = fields(ethernet(0x86DD, ipv6(17, udp(b"ab"))) + bytes(6))
    assert only(values, "payload_length", "payload_captured", "status") == (2, 2, 0)


def test_a_header_is_not_read_from_the_padding():
    """nmap -f sends the first 8 bytes of a TCP header alone; the frame is padded to 60 bytes."""
    tiny = fields(ethernet(0x0800, ipv4(6, SEGMENT[:8], fragment=MORE_FRAGMENTS)) + b"\xff" * 18)
    assert only(tiny, "sport", "dport", "tcp_flags", "tcp_window") == (40000, 80, 0, 0)
    assert only(tiny, "payload_length", "status") == (0, MALFORMED)


def test_a_total_length_beyond_the_frame():
    values = in_ipv4(SEGMENT, total=1500)
    assert only(values, "status", "payload_length", "payload_captured", "dport") == (MALFORMED, 5, 5, 80)


def test_a_total_length_beyond_what_was_captured_is_no_fault():
    frame = ethernet(0x0800, ipv4(6, tcp(bytes(1000))))
    values = fields(frame[:96], wire=[len(frame)])
    assert only(values, "status", "payload_length", "payload_captured") == (0, 1000, 42)


@pytest.mark.parametrize("total", [1, 19])
def test_a_total_length_shorter_than_the_header(total):
    values = in_ipv4(SEGMENT, total=total)
    assert only(values, "status", "src", "protocol", "sport", "payload_length") == (MALFORMED, "10.0.0.1", 6, 0, 0)


def test_a_total_length_of_0_means_the_whole_frame():
    values = in_ipv4(tcp(bytes(70000)), total=0)
    assert only(values, "status", "payload_length", "dport") == (0, 70000, 80)


def test_a_payload_length_of_0_means_the_whole_frame():
    assert only(in_ipv6(tcp(bytes(70000)), length=0), "status", "payload_length", "dport") == (0, 70000, 80)
    jumbo = b"\x06\0\xc2\4" + (70028).to_bytes(4, "big") + tcp(bytes(70000))
    assert only(in_ipv6(jumbo, 0, length=0), "status", "payload_length", "dport") == (0, 70000, 80)


def test_an_ipv6_packet_without_payload():
    values = fields(ethernet(0x86DD, ipv6(59, b"")) + bytes(6))
    assert only(values, "protocol", "payload_length", "status") == (59, 0, 0)


def test_an_ipv6_payload_length_beyond_the_frame():
    assert only(in_ipv6(SEGMENT, length=1000), "status", "payload_length", "dport") == (MALFORMED, 5, 80)


@pytest.mark.parametrize(
    ("bits", "expected"),
    [(0x4000, DONT_FRAGMENT), (0x8000, 0), (0x2000, MORE_FRAGMENTS), (0x20B9, MORE_FRAGMENTS | 185), (0x00B9, 185)],
)
def test_ipv4_fragment_field(bits, expected):
    assert in_ipv4(udp(b"hello"), protocol=17, fragment=bits)["fragment"] == expected


def test_later_fragments_have_no_transport_header():
    values = in_ipv4(SEGMENT, fragment=185)
    assert only(values, "protocol", "sport", "tcp_flags", "tcp_seq", "status") == (6, 0, 0, 0, 0)
    assert only(values, *PLACES) == (14, 34, 34, len(SEGMENT))
    values = in_ipv6(fragment_header(6, SEGMENT, offset=185), 44)
    assert only(values, "protocol", "sport", "fragment", "status") == (6, 0, 185, 0)
    assert only(values, *PLACES) == (14, 62, 62, len(SEGMENT))


def test_first_fragments_have_their_ports():
    values = in_ipv6(fragment_header(17, udp(b"hello", length=3000), more=True), 44)
    assert only(values, "protocol", "sport", "dport", "fragment") == (17, 40000, 53, MORE_FRAGMENTS)
    assert only(values, "status", "payload_length") == (0, 5)


def test_an_atomic_fragment():
    values = in_ipv6(fragment_header(6, SEGMENT), 44)
    assert only(values, "protocol", "dport", "fragment", "status") == (6, 80, 0, 0)


def test_the_headers_behind_a_later_fragment_are_not_read():
    """What stands there is the middle of the packet, even where the next header says that one follows."""
    assert only(in_ipv6(fragment_header(60, b"\x06\0" + bytes(30), offset=9), 44), "protocol", "sport") == (60, 0)
    assert only(in_ipv4(b"\x06\0" + bytes(30), protocol=51, fragment=9), "protocol", "sport") == (51, 0)


@pytest.mark.parametrize("number", [0, 43, 60, 140], ids=["hop-by-hop", "routing", "destination", "shim6"])
@pytest.mark.parametrize("units", [0, 1, 30])
def test_extension_headers(number, units):
    values = in_ipv6(extension(6, SEGMENT, units=units), number)
    assert only(values, "protocol", "dport", "status") == (6, 80, 0)
    assert only(values, *PLACES) == (14, 54 + 8 * (units + 1), 78 + 8 * (units + 1), 5)


def test_an_authentication_header_counts_in_other_units():
    values = in_ipv6(authentication_header(6, SEGMENT, check=bytes(16)), 51)
    assert only(values, "protocol", "dport", "transport_offset", "status") == (6, 80, 54 + 28, 0)
    values = in_ipv4(authentication_header(17, udp(b"hello")), 51)
    assert only(values, "protocol", "dport", "transport_offset", "status") == (17, 53, 34 + 24, 0)


def test_only_ah_is_an_extension_header_in_ipv4():
    for number in (0, 43, 44, 60, 140):
        assert only(in_ipv4(extension(6, SEGMENT), number), "protocol", "sport", "status") == (number, 0, 0)


@pytest.mark.parametrize("number", [50, 59, 135, 139], ids=["esp", "no next header", "mobility", "hip"])
def test_what_ends_the_chain(number):
    values = in_ipv6(extension(number, bytes(16)), 60)
    assert only(values, "protocol", "transport_offset", "payload_offset", "status") == (number, 62, 62, 0)


def test_a_chain_of_all_extension_headers():
    values = fields(IN_ETHERNET["extensions"])
    assert only(values, "protocol", "dport", "transport_offset", "status") == (6, 80, 118, 0)


def test_a_chain_of_the_greatest_length_and_one_more():
    def chain(headers):
        payload = icmp(128, 0)
        for number in [58] + [60] * (headers - 1):
            payload = extension(number, payload)
        return in_ipv6(payload, 60)

    assert only(chain(12), "protocol", "sport", "status") == (58, 128, 0)
    assert only(chain(13), "protocol", "sport", "status") == (60, 0, MALFORMED)


def test_an_extension_header_beyond_the_packet():
    values = in_ipv6(b"\x06\xff" + bytes(30), 60)
    assert only(values, "status", "sport", "payload_length", "payload_captured") == (MALFORMED, 0, 0, 0)
    short = in_ipv6(b"\x06\0\0", 60)
    assert only(short, "status", "protocol", "transport_offset") == (MALFORMED, 60, 54)


def test_an_extension_header_that_was_not_captured():
    frame = ethernet(0x86DD, ipv6(60, extension(6, SEGMENT, units=3)))
    assert only(fields(frame[:60], wire=[len(frame)]), "status", "protocol") == (CUT_SHORT, 60)
    assert only(fields(frame[:70], wire=[len(frame)]), "status", "protocol", "sport") == (CUT_SHORT, 6, 0)
