from __future__ import annotations

import logging
import socket
import subprocess
import sys

import pytest
from dissected import DNS, assert_covers, names, taken_apart
from hypothesis import given, settings
from hypothesis import strategies as st
from packet_bytes import (
    MAC_A,
    MAC_B,
    dns_message,
    ethernet,
    ipv4,
    ipv6,
    tcp_frame,
    udp,
    udp_frame,
)
from test_info_tls import handshake, hello, protocols, record, server_name

from netwatch.decode.dissect import warm_up
from netwatch.decode.dissect_fields import FIELDS_OF_A_LAYER, FIELDS_OF_A_PACKET, VALUE_LENGTH


def field(layer, name):
    return next(field for field in layer.fields if field.name == name)


def every_field(fields):
    for entry in fields:
        yield entry
        yield from every_field(entry.fields)


def test_layers_of_a_segment():
    frame = tcp_frame(b"\x01\x02hello\xff", sport=40000, dport=40001)
    found = taken_apart(frame)
    assert names(found) == ["Ethernet", "IP", "TCP", "Raw"]
    assert [(layer.offset, layer.length) for layer in found.layers] == [(0, 14), (14, 20), (34, 20), (54, 8)]
    assert field(found.layers[1], "proto").value == "tcp (6)"
    assert field(found.layers[1], "dst").value == "10.0.0.2"
    assert field(found.layers[2], "dport").value == "40001"
    assert field(found.layers[2], "flags").value == "PA"
    assert found.layers[2].summary.startswith("TCP 10.0.0.1:40000 > 10.0.0.2:40001")
    assert field(found.layers[3], "hex").value == "01 02 68 65 6c 6c 6f ff"
    assert found.note == ""
    assert found.frame == frame


def test_records_of_dns_are_child_fields():
    found = taken_apart(udp_frame(DNS))
    assert names(found) == ["Ethernet", "IP", "UDP", "DNS"]
    answers = field(found.layers[3], "an")
    assert answers.value == "2 entries"
    assert [field(answer, "rdata").value for answer in answers.fields] == ["1.2.3.4", "1.2.3.5"]
    assert field(answers.fields[0], "rrname").value == "example.com."
    assert field(answers.fields[0], "type").value == "A (1)"


def test_options_are_child_fields_and_padding_is_counted():
    found = taken_apart(tcp_frame(flags=2, options=b"\2\4\x05\xb4\1\1\1\0"))
    options = field(found.layers[2], "options")
    assert [(option.name, option.value) for option in options.fields][:2] == [("MSS", "1460"), ("NOP", "3 times")]


def test_ethernet_padding_is_a_layer_of_its_own():
    found = taken_apart(tcp_frame(sport=5, dport=6) + bytes(6))
    assert names(found) == ["Ethernet", "IP", "TCP", "Padding"]
    assert_covers(found)


def test_client_hello_without_a_cryptography_library():
    body = hello([server_name(b"example.com"), protocols(b"h2")])
    found = taken_apart(tcp_frame(record(22, handshake(1, body)) + record(20, b"\1"), dport=443))
    assert names(found) == ["Ethernet", "IP", "TCP", "TLS", "TLS"]
    message = field(found.layers[3], "Client Hello")
    values = {entry.name: entry.value for entry in message.fields}
    assert values["server_name"] == "example.com"
    assert values["application_layer_protocol_negotiation"] == "h2"
    assert values["cipher suites"] == "3 offered"
    assert_covers(found)


def test_a_record_that_goes_on_in_the_next_segment():
    found = taken_apart(tcp_frame(record(23, bytes(500))[:100], dport=443))
    assert found.layers[-1].summary == "TLS Application Data, 95 of 500 bytes in this segment"
    assert_covers(found)


def test_http_and_text():
    found = taken_apart(tcp_frame(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n", dport=80))
    assert "HTTP Request" in names(found)
    found = taken_apart(tcp_frame(b"220 ready\r\n250 ok\r\n", sport=25))
    assert [line.value for line in field(found.layers[-1], "text").fields] == ["220 ready", "250 ok"]


@pytest.mark.parametrize(
    ("frame", "link_type", "expected"),
    [
        (ipv4(17, udp(DNS)), 101, ["IP", "UDP", "DNS"]),
        (ipv6(17, udp(DNS)), 101, ["IPv6", "UDP", "DNS"]),
        (ethernet(0x86DD, ipv6(0, b"\x11\0\1\4\0\0\0\0" + udp(DNS))), 1, None),
        (ethernet(0x0800, ipv4(17, udp(DNS)), tags=((0x8100, 5),)), 1, ["Ethernet", "802.1Q", "IP", "UDP", "DNS"]),
        (ethernet(0x0806, b"\0\1\x08\0\6\4\0\1" + MAC_A + bytes(4) + MAC_B + bytes(4)), 1, ["Ethernet", "ARP"]),
        (b"\x80\0\0\0" + MAC_B + MAC_A + MAC_A + bytes(14) + b"\0\4cafe", 105, None),
        (
            ethernet(0x0800, ipv4(47, b"\0\0\x08\0" + ipv4(17, udp(DNS)))),
            1,
            ["Ethernet", "IP", "GRE", "IP", "UDP", "DNS"],
        ),
    ],
)
def test_kinds_of_frames(frame, link_type, expected):
    found = taken_apart(frame, link_type)
    assert expected is None or names(found) == expected
    assert len(found.layers) > 1
    assert found.note == ""
    assert_covers(found)


def test_modules_are_loaded_for_what_the_row_says():
    hello_packet = b"\2\1\0\x2c\x0a\0\0\1\0\0\0\0" + bytes(32)
    assert any("OSPF" in name for name in names(taken_apart(ethernet(0x0800, ipv4(89, hello_packet)))))


def test_an_unknown_link_type_is_said():
    found = taken_apart(b"\1\2\3", 999)
    assert names(found) == ["Raw"]
    assert "link type 999" in found.note


def test_an_empty_frame():
    found = taken_apart(b"")
    assert found.layers == ()


def test_fields_are_bounded_and_printable():
    many = dns_message(1, 0x8180, [], [b"\0\0\x10\0\1\0\0\0\0\0\x05\x04\x1b]0;" for _ in range(900)])
    found = taken_apart(udp_frame(many))
    entries = list(every_field(field for layer in found.layers for field in layer.fields))
    assert len(entries) <= FIELDS_OF_A_PACKET + FIELDS_OF_A_LAYER
    for entry in entries:
        assert entry.name.isprintable()
        assert entry.value.isprintable()
        assert len(entry.value) <= 10 * VALUE_LENGTH


def test_a_frame_that_is_too_long_is_dissected_to_a_limit():
    frame = tcp_frame(bytes(60000), sport=9, dport=10) + bytes(30000)
    found = taken_apart(frame)
    assert "only the first 65536" in found.note
    assert found.frame == frame


@settings(max_examples=30)
@given(
    frame=st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda payload, port: udp_frame(payload, dport=port),
            st.binary(max_size=120),
            st.sampled_from([53, 67, 123, 161, 500, 1812, 5353]),
        ),
        st.builds(
            lambda payload, number: ethernet(0x0800, ipv4(number, payload)),
            st.binary(max_size=120),
            st.integers(0, 255),
        ),
    ),
    cut=st.integers(0, 200),
)
def test_any_frame_is_covered(frame, cut):
    found = taken_apart(frame[: cut or None])
    assert_covers(found)


def test_no_question_goes_to_the_network(monkeypatch):
    """Scapy fills in missing addresses by asking neighbours and name servers; dissection must never get there."""
    asked = []

    def refuse(*arguments, **_options):
        asked.append(arguments)
        raise OSError

    warm_up()
    for name in ("socket", "getaddrinfo", "gethostbyname", "gethostbyaddr", "getfqdn"):
        monkeypatch.setattr(socket, name, refuse)
    arp = ethernet(0x0806, b"\0\1\x08\0\6\4\0\1" + MAC_A + bytes(4) + MAC_B + bytes(4))
    for frame in (udp_frame(DNS), arp, ethernet(0x86DD, ipv6(58, b"\x87\0" + bytes(22)))):
        for cut in range(len(frame) + 1):
            taken_apart(frame[:cut])
    assert asked == []


def test_who_leaves_waits_for_no_import(monkeypatch):
    asked = []
    monkeypatch.setattr("netwatch.decode.dissect_modules.import_module", asked.append)
    warm_up(lambda: len(asked) == 3)
    assert len(asked) == 3


def test_nothing_is_written_to_the_terminal():
    code = """
import sys
sys.path[:0] = %r
import warnings
from packet_bytes import *
from netwatch.decode.row import packet_row
from netwatch.decode.dissect import dissect, warm_up
warm_up()
import logging
logging.getLogger("scapy.runtime").warning("runtime")
logging.getLogger("scapy.loading").error("loading")
exec(compile("import warnings; warnings.warn('old')", "scapy", "exec"), {"__name__": "scapy.layers.x"})
for protocol in ("BGP", "VRRP", "LLDP", "802.11", "SMB2", "GTP"):
    frame = tcp_frame(b"x" * 50, dport=179)
    import dataclasses
    row = dataclasses.replace(packet_row(batch_of(frame), 0, ""), protocol=protocol)
    dissect(frame, 1, row)
"""
    paths = [entry for entry in sys.path if entry]
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", code % (paths,)], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    assert done.stderr == ""


def test_scapy_loggers_have_no_other_handler():
    taken_apart(tcp_frame())
    for name in ("scapy", "scapy.runtime", "scapy.loading"):
        assert all(isinstance(handler, logging.NullHandler) for handler in logging.getLogger(name).handlers)
