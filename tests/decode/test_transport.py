"""Transport headers: ports, TCP's fields, ICMP's type and code, payload lengths."""

from __future__ import annotations

import pytest
from decoded import decoded, fields, only

from netwatch.decode.batch import CUT_SHORT, MALFORMED
from tests.frames import ethernet, icmp, ipv4, ipv6, sctp, tcp, udp

TCP = ("tcp_flags", "tcp_seq", "tcp_ack", "tcp_window")
PAYLOAD = ("transport_offset", "payload_offset", "payload_length", "payload_captured")


def over_ipv4(protocol, payload, **block):
    return fields(ethernet(0x0800, ipv4(protocol, payload)), **block)


def over_ipv6(protocol, payload):
    return fields(ethernet(0x86DD, ipv6(protocol, payload)))


def test_tcp():
    segment = tcp(b"hello", sport=65535, dport=1, seq=0xFFFFFFFF, ack=0x80000000, flags=0xFF, window=0xFFFF)
    values = over_ipv4(6, segment)
    assert only(values, "sport", "dport", *TCP) == (65535, 1, 0xFF, 0xFFFFFFFF, 0x80000000, 0xFFFF)
    assert only(values, *PAYLOAD, "status") == (34, 54, 5, 5, 0)


@pytest.mark.parametrize("flag", [1 << bit for bit in range(8)])
def test_every_tcp_flag(flag):
    assert over_ipv4(6, tcp(flags=flag))["tcp_flags"] == flag


@pytest.mark.parametrize("words", range(11))
def test_tcp_options_of_every_length(words):
    values = over_ipv6(6, tcp(b"hello", options=b"\1" * 4 * words))
    assert only(values, *PAYLOAD, "status") == (54, 74 + 4 * words, 5, 5, 0)


@pytest.mark.parametrize("words", [0, 1, 4])
def test_a_tcp_header_shorter_than_a_tcp_header(words):
    segment = bytearray(tcp(b"hello"))
    segment[12] = words << 4
    values = over_ipv4(6, bytes(segment))
    assert only(values, "status", "dport", "tcp_window", *PAYLOAD) == (MALFORMED, 80, 64240, 34, 54, 5, 5)


def test_tcp_options_beyond_the_packet():
    segment = bytearray(tcp(b"hello"))
    segment[12] = 0xF0
    values = over_ipv4(6, bytes(segment))
    assert only(values, "status", "dport", "payload_length", "payload_captured") == (MALFORMED, 80, 0, 0)


def test_tcp_options_that_were_not_captured():
    frame = ethernet(0x0800, ipv4(6, tcp(b"hello", options=bytes(40))))
    values = fields(frame[:60], wire=[len(frame)])
    assert only(values, "status", "tcp_window", *PAYLOAD) == (CUT_SHORT, 64240, 34, 60, 5, 0)


def test_udp():
    values = over_ipv4(17, udp(b"hello", sport=68, dport=67))
    assert only(values, "sport", "dport", *PAYLOAD, "status") == (68, 67, 34, 42, 5, 5, 0)
    assert only(values, *TCP) == (0, 0, 0, 0)


def test_a_udp_datagram_shorter_than_its_packet():
    values = over_ipv4(17, udp(b"hello", length=10))
    assert only(values, *PAYLOAD, "status") == (34, 42, 2, 2, 0)


def test_a_udp_datagram_longer_than_its_packet():
    values = over_ipv4(17, udp(b"hello", length=100))
    assert only(values, *PAYLOAD, "status") == (34, 42, 5, 5, MALFORMED)


@pytest.mark.parametrize("length", [1, 7])
def test_a_udp_length_shorter_than_its_header(length):
    for values in (over_ipv4(17, udp(b"hello", length=length)), over_ipv6(17, udp(b"hello", length=length))):
        assert only(values, "dport", "payload_length", "status") == (53, 5, MALFORMED)


def test_a_udp_length_of_0_is_a_jumbogram_of_ipv6():
    assert only(over_ipv6(17, udp(b"hello", length=0)), "payload_length", "status") == (5, 0)
    assert only(over_ipv4(17, udp(b"hello", length=0)), "payload_length", "status") == (5, MALFORMED)


def test_the_first_fragment_of_a_datagram_has_its_own_length():
    whole = udp(bytes(1400), length=4000)
    values = fields(ethernet(0x0800, ipv4(17, whole, fragment=0x2000)))
    assert only(values, "payload_length", "payload_captured", "status") == (1400, 1400, 0)


@pytest.mark.parametrize(("number", "length"), [(132, 12), (33, 12)], ids=["sctp", "dccp"])
def test_other_protocols_with_ports(number, length):
    values = over_ipv4(number, sctp(b"hello"))
    assert only(values, "sport", "dport", *PAYLOAD) == (40000, 2905, 34, 34 + length, 5, 5)


def test_udp_lite_has_a_coverage_in_place_of_a_length():
    values = over_ipv4(136, udp(b"hello", length=8))
    assert only(values, "sport", "dport", *PAYLOAD, "status") == (40000, 53, 34, 42, 5, 5, 0)


@pytest.mark.parametrize(("kind", "code"), [(8, 0), (0, 0), (3, 3), (11, 1), (255, 255)])
def test_icmp(kind, code):
    values = over_ipv4(1, icmp(kind, code, b"\0\1\0\2ping"))
    assert only(values, "sport", "dport", *PAYLOAD, "status") == (kind, code, 34, 42, 4, 4, 0)


def test_icmpv6():
    values = over_ipv6(58, icmp(129, 0, b"\0\1\0\2ping"))
    assert only(values, "sport", "dport", *PAYLOAD, "status") == (129, 0, 54, 62, 4, 4, 0)


def test_icmp_with_less_than_8_bytes():
    assert only(over_ipv4(1, icmp(8, 0, b"")), "sport", "payload_length", "status") == (8, 0, 0)
    assert only(over_ipv4(1, b"\x08\0"), "sport", "payload_length", "status") == (0, 2, MALFORMED)


def test_an_error_does_not_show_the_ports_that_it_quotes():
    quoted = ipv4(17, udp(b"", sport=5, dport=6))
    assert only(over_ipv4(1, icmp(3, 3, bytes(4) + quoted)), "sport", "dport", "protocol") == (3, 3, 1)


@pytest.mark.parametrize("number", [2, 47, 50, 89, 112, 254])
def test_protocols_without_ports_leave_the_columns_alone(number):
    values = over_ipv4(number, b"\xff" * 40)
    assert only(values, "sport", "dport", *TCP) == (0, 0, 0, 0, 0, 0)


def test_all_protocols_in_one_block():
    payloads = [(6, tcp()), (17, udp()), (1, icmp(8, 0)), (132, sctp()), (89, b"ospf"), (6, tcp(flags=2)), (17, b"")]
    batch = decoded(*(ethernet(0x0800, ipv4(number, payload)) for number, payload in payloads))
    assert batch.sport.tolist() == [40000, 40000, 8, 40000, 0, 40000, 0]
    assert batch.dport.tolist() == [80, 53, 0, 2905, 0, 80, 0]
    assert batch.tcp_flags.tolist() == [0x18, 0, 0, 0, 0, 2, 0]
    assert batch.tcp_seq.tolist() == [100, 0, 0, 0, 0, 100, 0]
    assert batch.payload_length.tolist() == [0, 0, 0, 0, 4, 0, 0]
    assert batch.status.tolist() == [0, 0, 0, 0, 0, 0, MALFORMED]
