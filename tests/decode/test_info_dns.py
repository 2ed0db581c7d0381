from __future__ import annotations

import struct

import pytest
from packet_bytes import dns_message, dns_name

from netwatch.decode.info import dns
from netwatch.decode.info.dns_name import MALFORMED_NAME, read_name
from netwatch.decode.info.reading import Context

QUERY, RESPONSE = 0x0100, 0x8180
EXAMPLE = dns_name(b"example", b"com")
TO_QUESTION = b"\xc0\x0c"


def question(name=EXAMPLE, kind=1, network=1):
    return name + struct.pack("!HH", kind, network)


def record(data, *, name=TO_QUESTION, kind=1, network=1, ttl=300):
    return name + struct.pack("!HHIH", kind, network, ttl, len(data)) + data


def read(message, reader=dns.read_dns):
    reading = reader(message, Context(len(message), 40000, 53))
    return reading and (reading.protocol, reading.text, reading.kind)


def text(*arguments, reader=dns.read_dns):
    return read(dns_message(*arguments), reader)[1]


def test_a_query():
    assert read(dns_message(0x1A2B, QUERY, [question()])) == ("DNS", "A? example.com id=0x1a2b", "dns")


SERVICE = (
    b"\0\1\0\6\x02h3\x02h2"  # alpn
    b"\0\3\0\2\x20\xfb"  # port
    b"\0\4\0\4\xc0\0\2\1"  # ipv4hint
    b"\0\5\0\3abc"  # ech
    b"\x27\x0f\0\1x"
)
"""Parameters of RFC 9460 section 7."""


@pytest.mark.parametrize(
    ("kind", "data", "shown"),
    [
        (1, bytes([93, 184, 216, 34]), "A 93.184.216.34"),
        (28, bytes.fromhex("20010db8000000000000000000000001"), "AAAA 2001:db8::1"),
        (5, dns_name(b"www")[:-1] + TO_QUESTION, "CNAME www.example.com"),
        (2, TO_QUESTION, "NS example.com"),
        (15, b"\0\x0a" + dns_name(b"mx"), "MX 10 mx"),
        (16, b"\x07v=spf1 ", 'TXT "v=spf1 "'),
        (65, b"\0\1\0" + SERVICE, "HTTPS 1 . alpn=h3,h2 port=8443 ipv4hint=192.0.2.1 ech key9999"),
        (64, b"\0\0" + dns_name(b"pool"), "SVCB 0 pool"),
        (64, b"\0\1\0\0\1\0\xff\x02h2", "SVCB 1 . alpn=h2"),
        (33, b"\0\0\0\x05\x13\xc4" + dns_name(b"sip"), "SRV sip:5060 priority 0 weight 5"),
        (6, dns_name(b"ns") + dns_name(b"root") + struct.pack("!5I", 7, 1, 1, 1, 1), "SOA ns root serial 7 minimum 1"),
        (257, b"\0\x05issueca.org", "CAA issue ca.org"),
        (65, b"\0\x01\0", "HTTPS 1 ."),
        (46, b"\0\x01" + bytes(16), "RRSIG of A"),
        (48, bytes(4), "DNSKEY"),
        (65280, b"\xab\xcd", "TYPE65280 abcd"),
        (1, b"\1\2\3", "A [bad address]"),
    ],
)
def test_records(kind, data, shown):
    assert text(1, RESPONSE, [question()], [record(data, kind=kind)]) == f"example.com {shown} id=0x0001"


def test_a_chain_of_answers_names_each_owner_once():
    target = dns_name(b"cdn", b"net")
    answers = [
        record(target, kind=5),
        record(b"\x01\x02\x03\x04", name=target),
        record(b"\x01\x02\x03\x05", name=target),
    ]
    assert text(1, RESPONSE, [question()], answers).startswith(
        "example.com CNAME cdn.net, cdn.net A 1.2.3.4, A 1.2.3.5 "
    )


@pytest.mark.parametrize(
    ("code", "shown"),
    [(3, "NXDOMAIN example.com (A)"), (2, "SERVFAIL example.com (A)"), (5, "REFUSED example.com (A)")],
)
def test_failures_name_the_code_and_the_question(code, shown):
    assert text(9, RESPONSE | code, [question()]) == f"{shown} id=0x0009"


def test_an_empty_answer_is_said():
    assert text(9, RESPONSE, [question()]) == "no answer to A? example.com id=0x0009"


def test_truncation_and_operations_are_said():
    assert "[truncated]" in text(1, RESPONSE | 0x0200, [question()])
    assert text(1, 0x2400, [question(kind=6)]).startswith("notify SOA? example.com")
    assert text(1, 0x2800, [question(kind=6)]).startswith("update SOA? example.com")
    assert text(1, QUERY, [question(dns_name(b"version", b"bind"), 16, 3)]).startswith("CH TXT? version.bind")


def test_many_records_are_counted():
    answers = [record(bytes([1, 1, 1, last])) for last in range(20)]
    assert text(1, RESPONSE, [question()], answers).endswith(", and 14 more id=0x0001")


def test_tcp_messages_have_a_length_in_front():
    message = dns_message(1, QUERY, [question()])
    framed = struct.pack("!H", len(message)) + message
    assert dns.read_dns_tcp(framed, Context(len(framed), 1, 53)).text == "A? example.com id=0x0001"
    assert dns.read_dns_tcp(b"\0\x05hello", Context(7, 1, 53)) is None


def test_mdns_hides_the_cache_flush_bit():
    message = dns_message(0, 0x8400, [], [record(b"\x0a\0\0\1", name=dns_name(b"printer", b"local"), network=0x8001)])
    assert read(message, dns.read_mdns) == ("mDNS", "printer.local A 10.0.0.1 id=0x0000", "dns")


def test_netbios_names_are_decoded():
    encoded = dns_name(b"FHEPFCELEHFCEPFFFACACACACACACABN")
    message = dns_message(5, 0x2910, [question(encoded, 32)], [], [], [])
    assert read(message, dns.read_nbns) == ("NBNS", "registration NB? WORKGROUP<1d> id=0x0005", "dns")
    assert text(5, 0, [question(encoded, 33)], reader=dns.read_nbns) == "NBSTAT? WORKGROUP<1d> id=0x0005"


def test_bytes_that_cannot_be_a_message_are_refused():
    assert read(b"\0" * 11) is None
    # more questions than the datagram has room for
    assert read(struct.pack("!6H", 1, QUERY, 200, 0, 0, 0) + b"\0" * 20) is None


class TestNames:
    def test_presentation_form(self):
        assert read_name(dns_name(b"a.b", b"c\\d", b"\xc3\xa9", b"x y"), 0)[0] == "a\\.b.c\\\\d.\\195\\169.x\\032y"

    def test_the_root_is_a_dot(self):
        assert read_name(b"\0", 0) == (".", 1)

    def test_a_pointer_ends_a_name(self):
        message = EXAMPLE + b"\x03www\xc0\x00rest"
        assert read_name(message, len(EXAMPLE)) == ("www.example.com", len(EXAMPLE) + 6)

    @pytest.mark.parametrize(
        "message",
        [
            b"\xc0\x00",  # to itself
            b"\xc0\x02\xc0\x00",  # forward and back
            b"\x01a\xc0\x00",  # into the name that it ends: a.a.a...
            b"\xc0\x10" + bytes(20),  # forward
            b"\x05ab",  # past the end
            b"\x40abc",  # reserved label type
            b"\xc0",  # half a pointer
            b"",
            b"".join(b"\x3f" + b"a" * 63 for _ in range(5)) + b"\0",  # longer than 255 bytes
        ],
    )
    def test_names_that_break_the_rules_end_in_a_mark(self, message):
        name, end = read_name(message, 0)
        assert name.endswith(MALFORMED_NAME)
        assert end == len(message)
        assert len(name) < 300

    def test_a_staircase_of_pointers_is_bounded(self):
        # every pointer goes one label back: at most 255 bytes of them are read
        message = b"\0" + b"".join(b"\x01a" + struct.pack("!H", 0xC000 | max(at - 4, 0)) for at in range(1, 4000, 4))
        name, _ = read_name(message, len(message) - 4)
        assert len(name) <= 255 + len(MALFORMED_NAME)

    def test_a_long_chain_of_bare_pointers_is_given_up(self):
        message = b"\0" + b"".join(struct.pack("!H", 0xC000 | max(at - 2, 0)) for at in range(1, 2001, 2))
        assert read_name(message, 1999)[0] == MALFORMED_NAME
