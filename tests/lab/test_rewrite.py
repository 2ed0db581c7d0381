"""Rewriting recorded frames: addresses change, checksums stay as right or as wrong as they were, nothing else moves."""

from __future__ import annotations

from typing import Any

import pytest

from netwatch.errors import UsageError
from netwatch.lab.rewrite import Rewriting, parse_rewriting, rewritten

WANTED = parse_rewriting(["192.0.2.0/24=10.98.0.0/24", "2001:db8::/64=fd98::/64"], "02:00:00:00:00:aa", None)


def frames() -> list[Any]:
    from scapy.layers.inet import ICMP, IP, TCP, UDP
    from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
    from scapy.layers.l2 import ARP, Dot1Q, Ether

    ether = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    four, six = IP(src="192.0.2.7", dst="198.51.100.1", id=9), IPv6(src="2001:db8::7", dst="2001:db8:0:1::1")
    return [
        ether / four / TCP(sport=1, dport=2, options=[("MSS", 1460)]) / "odd",
        ether / Dot1Q(vlan=7) / four / UDP(sport=1, dport=2) / "data",
        ether / four / ICMP() / "ping",
        ether / six / TCP(sport=1, dport=2) / "data",
        ether / six / UDP(sport=1, dport=2) / "odd",
        ether / six / ICMPv6EchoRequest(id=5) / "ping",
        ether / ARP(op=2, psrc="192.0.2.7", pdst="192.0.2.9", hwsrc="02:00:00:00:00:01"),
    ]


def fresh(frame: bytes) -> bytes:
    """Return the frame with every checksum computed anew."""
    from scapy.layers.l2 import Ether

    packet = Ether(frame)
    layer: Any = packet
    while layer:
        for name in ("chksum", "cksum"):
            if name in layer.fields:
                layer.delfieldval(name)
        layer = layer.payload
    return bytes(packet)


@pytest.mark.parametrize("number", range(7))
def test_addresses_change_and_checksums_are_right(number: int) -> None:
    before = bytes(frames()[number])
    after = rewritten(before, WANTED)
    assert after == fresh(after)
    assert len(after) == len(before)
    assert after[6:12] == bytes.fromhex("0200000000aa")
    assert after[:6] == before[:6]
    old, new = (
        (bytes([192, 0, 2, 7]), bytes([10, 98, 0, 7])) if number in (0, 1, 2, 6) else (b" \x01\r\xb8", b"\xfd\x98\0\0")
    )
    assert old in before
    assert old not in after[12:] or number in (3, 4, 5)  # the other network of IPv6 begins alike
    assert new in after


def test_what_was_wrong_stays_wrong_and_what_is_no_packet_stays_as_it_is() -> None:
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether

    ether = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    unset = bytes(ether / IP(src="192.0.2.7", dst="192.0.2.8") / UDP(chksum=0) / "x")
    assert rewritten(unset, WANTED)[40:42] == b"\0\0"
    wrong = bytes(ether / IP(src="192.0.2.7", dst="192.0.2.8", chksum=1) / UDP() / "x")
    assert rewritten(wrong, WANTED) != fresh(rewritten(wrong, WANTED))
    later = bytes(ether / IP(src="192.0.2.7", dst="192.0.2.8", frag=9, proto=17) / b"payload payload")
    assert rewritten(later, WANTED)[34:] == later[34:]
    for length in (0, 5, 13):
        assert rewritten(bytes(length), WANTED) == bytes(length)
    for length in range(14, len(unset)):
        assert len(rewritten(unset[:length], WANTED)) == length
    assert rewritten(unset, Rewriting()) == unset


@pytest.mark.parametrize("text", ["", "192.0.2.1", "a=b", "192.0.2.0/24=10.0.0.0/25", "192.0.2.1=fd98::1"])
def test_what_is_no_map(text: str) -> None:
    with pytest.raises(UsageError):
        parse_rewriting([text], None, None)
    with pytest.raises(UsageError):
        parse_rewriting([], text or "x", None)
