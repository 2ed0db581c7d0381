"""Frames that leave: other addresses, no payload, and nothing that lets the old ones be computed."""

from __future__ import annotations

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, CookedLinux, Dot1Q, Ether
from scapy.packet import Packet, Raw

from netwatch.redact.headers import redacted, redacted_frames
from netwatch.redact.redactor import Redactor
from tests.frames import frames

REDACTOR = Redactor(bytes(32))
ETHER = Ether(src="3c:22:fb:10:11:12", dst="00:1c:73:00:00:99")
SECRET = Raw(b"secret" * 9)
IP4 = IP(src="10.0.0.17", dst="93.184.216.34")


@pytest.mark.parametrize(
    ("packet", "link_type", "left"),
    [
        (ETHER / IP4 / TCP() / SECRET, 1, 54),
        (ETHER / Dot1Q(vlan=5) / IP4 / UDP() / SECRET, 1, 46),
        (ETHER / IP4 / ICMP() / SECRET, 1, 42),
        (ETHER / IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP() / SECRET, 1, 62),
        (ETHER / IP(src="10.0.0.17", proto=47) / SECRET, 1, 34),
        (ETHER / SECRET, 1, 14),
        (IP4 / TCP() / SECRET, 101, 40),
        (CookedLinux(src=b"\x3c\x22\xfb\x10\x11\x12") / IP4 / UDP() / SECRET, 113, 44),
        (IP4 / TCP() / SECRET, 147, 0),
    ],
    ids=["tcp", "vlan", "icmp", "ipv6", "gre", "unknown", "raw", "cooked", "other"],
)
def test_headers_are_left(packet: Packet, link_type: int, left: int) -> None:
    """And the addresses in them are others."""
    frame = bytes(packet)
    found = redacted(frame, link_type, REDACTOR)
    assert len(found) == left
    for secret in (b"secret", bytes([10, 0, 0, 17]), bytes([93, 184, 216, 34]), b"\x3c\x22\xfb", b"\x20\x01\x0d\xb8"):
        assert secret not in found
    for length in range(len(frame)):  # cut anywhere it is no worse
        assert b"secret" not in redacted(frame[:length], link_type, REDACTOR)


def test_the_header_checksum_is_right() -> None:
    """That of the transport, which covers what is gone, is empty."""
    found = Ether(redacted(bytes(ETHER / IP4 / TCP() / SECRET), 1, REDACTOR))
    told = found[IP].chksum
    del found[IP].chksum
    assert Ether(bytes(found))[IP].chksum == told
    assert found[TCP].chksum == 0


def test_arp() -> None:
    """Addresses of both layers follow the same replacements."""
    found = Ether(redacted(bytes(ETHER / ARP(hwsrc=ETHER.src, psrc="10.0.0.17", pdst="10.0.0.1")), 1, REDACTOR))
    assert found[ARP].psrc == REDACTOR.address("10.0.0.17")
    assert found[ARP].hwsrc == found.src != ETHER.src


def test_a_block() -> None:
    """Keeps count, times and lengths on the wire; comments are replaced too."""
    block = frames([bytes(ETHER / IP4 / UDP() / SECRET)] * 2)
    found = redacted_frames(block, REDACTOR)
    assert len(found) == len(block)
    assert found.captured.tolist() == [42, 42]
    assert found.wire_length.tolist() == block.wire_length.tolist()
    assert found.time_ns.tolist() == block.time_ns.tolist()
