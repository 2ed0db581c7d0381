"""Frames without IP: discovery, spanning tree, PPP, EAPOL, 802.11, and frames of unknown kind."""

from __future__ import annotations

import struct

import pytest
from packet_bytes import MAC_A, MAC_B, batch_of, ethernet, ipv4, tcp

from netwatch.decode.row import packet_row


def line(frame, link_type=1):
    row = packet_row(batch_of(frame, link_type=link_type), 0, "eth0")
    return row.protocol, row.info


def tlv(kind, value):
    return struct.pack("!H", kind << 9 | len(value)) + value


def llc(payload):
    return MAC_B + MAC_A + struct.pack("!H", len(payload)) + payload


def wlan(kind, subtype, body=b"", flags=0):
    return bytes([kind << 2 | subtype << 4, flags, 0, 0]) + MAC_B + MAC_A + MAC_A + bytes(2) + body


BRIDGE = bytes.fromhex("8001020000000001")
ROOT = "32769/02:00:00:00:00:01"
BPDU = b"\0\0\2\2\x3d" + BRIDGE + struct.pack("!I", 4) + BRIDGE + b"\x80\x02" + bytes(8)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (
            ethernet(0x88CC, tlv(1, b"\4" + MAC_A) + tlv(2, b"\5ge-0/0/1") + tlv(5, b"core-switch") + tlv(0, b"")),
            ("LLDP", "core-switch chassis=02:00:00:00:00:01 port=ge-0/0/1"),
        ),
        (
            llc(b"\xaa\xaa\3\0\0\x0c\x20\0\2\xb4\0\0" + b"\0\1\0\x0arouter" + b"\0\3\0\x08Gi0/"),
            ("CDP", "device=router port=Gi0/"),
        ),
        (
            llc(b"\x42\x42\3" + BPDU),
            (
                "RSTP",
                f"Rapid designated topology-change root={ROOT} cost=4 bridge={ROOT} port=0x8002",
            ),
        ),
        (llc(b"\xf0\xf0\3" + bytes(20)), ("NBF", "NetBIOS > NetBIOS UI")),
        (llc(b"\xfe\xfe\3\x83\x1b\1\0\x0f" + bytes(20)), ("ISIS", "L1 Hello")),
        (ethernet(0x888E, b"\1\0\0\x0a\2\7\0\x0a\1alice"), ("EAP", "Response Identity alice id=7")),
        (ethernet(0x888E, b"\2\3\0\x5f\2\0\x8a\0\x10" + bytes(90)), ("EAPOL", "Key (message 1 of 4)")),
        (ethernet(0x888E, b"\1\1\0\0"), ("EAPOL", "Start")),
        (
            ethernet(0x8863, b"\x11\x07\0\0\0\x0b\1\2\0\3isp\1\1\0\0"),
            ("PPPoED", "PADO ac=isp"),
        ),
        (
            ethernet(0x8864, b"\x11\0\0\7\0\x0a\xc0\x21\1\5\0\x08\1\4\5\xd4"),
            ("PPP LCP", "Configure Request id=5 mru=1492 session=0x0007"),
        ),
        (ethernet(0x8847, b"\0\x01\x01\x40" + b"\0\0\0\0abcd"), ("MPLS", "label=16 ttl=64 0000000061626364")),
        (ethernet(0x8809, b"\1\1\1\x14\x80\0" + MAC_A + b"\0\1\x80\0\0\2\x3d" + bytes(90)), None),
        (ethernet(0x88F7, b"\x0b\2\0\x40" + bytes(16) + b"\0\x11\x22\xff\xfe\x33\x44\x55\0\1\0\7" + bytes(4)), None),
        (ethernet(0x9000, b"\0\0\1\0" + bytes(42)), ("LOOP", "reply")),
        (ethernet(0x0842, b"\xff" * 6 + MAC_A * 16), ("WoL", "magic packet for 02:00:00:00:00:01")),
        (ethernet(0xBEEF, b"\1\2\3"), ("0xbeef", "len=3 010203")),
        (ethernet(0x88B8, b"\1\2\3"), ("GOOSE", "len=3 010203")),
    ],
)
def test_ethernet(frame, expected):
    found = line(frame)
    if expected is None:
        assert found[0] in ("LACP", "PTP")
        assert found[1].startswith("v")
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (
            wlan(0, 8, bytes(12) + b"\0\4cafe\3\1\x06"),
            'Beacon ssid="cafe" channel=6 02:00:00:00:00:01 > 02:00:00:00:00:02',
        ),
        (wlan(0, 4, b"\0\0"), "Probe request ssid hidden 02:00:00:00:00:01 > 02:00:00:00:00:02"),
        (
            wlan(0, 12, b"\7\0"),
            "Deauthentication (not associated) 02:00:00:00:00:01 > 02:00:00:00:00:02",
        ),
        (wlan(0, 8, bytes(12) + b"\0\4\x1b[2J"), None),
        (b"\xd4\0\0\0" + MAC_B, "ACK to 02:00:00:00:00:02"),
        (b"\xb4\0\0\0" + MAC_B + MAC_A, "RTS from 02:00:00:00:00:01 to 02:00:00:00:00:02"),
        (wlan(2, 8, bytes(40), flags=0x41), None),
        (wlan(2, 4), "Null 02:00:00:00:00:01 > 02:00:00:00:00:02"),
    ],
)
def test_wireless(frame, text):
    protocol, info = line(frame, 105)
    assert protocol == "802.11"
    assert info.isascii()
    assert info.isprintable()
    assert text is None or info == text


def test_radiotap_and_ppi_lead_to_the_same_frame():
    ack = b"\xd4\0\0\0" + MAC_B
    assert line(b"\0\0\x08\0" + bytes(4) + ack, 127) == ("802.11", "ACK to 02:00:00:00:00:02")
    assert line(b"\0\0\x08\0\x69\0\0\0" + ack, 192) == ("802.11", "ACK to 02:00:00:00:00:02")


def test_ppp_links():
    assert line(b"\xff\3\x80\x21\1\1\0\x0a\3\6\x0a\0\0\7", 9) == ("PPP IPCP", "Configure Request id=1 address=10.0.0.7")
    protocol, info = line(b"\xff\3\xc2\x23\1\1\0\x0e\4abcdserver", 9)
    assert (protocol, info) == ("PPP CHAP", "Challenge id=1 name=serve")


def test_cisco_hdlc():
    packet = ipv4(6, tcp(sport=1, dport=2))
    assert line(b"\x0f\0\x08\0" + packet, 104)[0] == "TCP"
    assert line(b"\x0f\0\x12\x34body", 104) == ("CHDLC", "carries 0x1234")
    assert line(b"\x8f\0\x80\x35\0\0\0\2" + bytes(10), 104) == ("SLARP", "Keep-alive")


def test_can():
    assert line(b"\0\0\1\x23\2\0\0\0\xca\xfe", 227) == ("CAN", "0x123 len=2 cafe")


@pytest.mark.parametrize(("link_type", "name"), [(195, "802.15.4"), (189, "USB"), (999, "LINK-0x3e7")])
def test_link_types_that_nobody_reads_are_listed(link_type, name):
    assert line(b"\1\2\3\4", link_type) == (name, "len=4 01020304")


def test_an_empty_frame():
    protocol, info = line(b"")
    assert protocol == "Ethernet"
    assert info.startswith("len=0")
