"""Blocks of frames for filter tests, and small real-looking frames made by Scapy."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.frames import PADDING, Frames, constant

if TYPE_CHECKING:
    from collections.abc import Sequence


def frames_of(
    packets: Sequence[bytes],
    link_types: Sequence[int] | int = 1,
    stripped_tags: Sequence[int] | None = None,
    directions: Sequence[int] | None = None,
    wire_lengths: Sequence[int] | None = None,
    gap: bytes = b"\xee\xee\xee",
) -> Frames:
    """A block of `packets`, with bytes between them that belong to no frame."""
    count = len(packets)
    lengths = np.array([len(packet) for packet in packets], np.int32)
    offsets = np.cumsum(lengths + len(gap)) - lengths
    data = b"".join(gap + packet for packet in packets) + bytes(PADDING)
    kinds = constant(link_types, count, np.uint16) if isinstance(link_types, int) else np.array(link_types, np.uint16)
    return Frames(
        data=np.frombuffer(data, np.uint8),
        time_ns=np.zeros(count, np.int64),
        offset=offsets.astype(np.int32),
        captured=lengths,
        wire_length=np.array(wire_lengths or lengths, np.uint32),
        interface=constant(0, count, np.uint16),
        link_type=kinds,
        direction=np.array(directions or [0] * count, np.uint8),
        stripped_tag=np.array(stripped_tags or [0] * count, np.uint32),
        flags=constant(0, count, np.uint8),
    )


@cache
def sample_packets() -> tuple[bytes, ...]:
    from scapy.layers.inet import ICMP, IP, TCP, UDP
    from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
    from scapy.layers.l2 import ARP, Dot1AD, Dot1Q, Ether

    ether = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    v4 = IP(src="10.1.2.3", dst="192.168.0.9")
    v6 = IPv6(src="fe80::1", dst="fe80::2")
    packets = [
        ether / v4 / TCP(sport=40000, dport=80, flags="S"),
        ether / v4 / TCP(sport=80, dport=40000, flags="SA") / (b"x" * 900),
        ether / v4 / TCP(sport=22, dport=50000, flags="PA") / b"ssh",
        ether / v4 / UDP(sport=53, dport=5353) / b"dns?",
        ether / v4 / ICMP(),
        ether / IP(src="10.1.2.3", dst="8.8.8.8", frag=100) / b"fragment of something",
        ether / IP(src="10.1.2.3", dst="8.8.8.8", options=b"\x94\x04\x00\x00") / TCP(dport=443),
        ether / v6 / TCP(dport=80),
        ether / v6 / UDP(dport=53) / b"q",
        ether / v6 / IPv6ExtHdrHopByHop() / TCP(dport=80),
        ether / v6 / IPv6ExtHdrFragment() / UDP(dport=53),
        ether / ARP(psrc="10.1.2.3", pdst="10.1.2.4"),
        ether / Dot1Q(vlan=5) / v4 / TCP(dport=80),
        ether / Dot1AD(vlan=7) / Dot1Q(vlan=5) / v4 / UDP(dport=53),
        Ether(src=ether.src, dst="ff:ff:ff:ff:ff:ff") / ARP(psrc="10.0.0.2", pdst="10.0.0.1"),
        Ether(src=ether.src, dst="01:00:5e:00:00:01") / IP(src="10.0.0.2", dst="224.0.0.1") / b"\x11\x00\x00\x00",
    ]
    return tuple(bytes(packet) for packet in packets)
