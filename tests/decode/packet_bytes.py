"""Short builders of packets and batches for the tests of rows, info lines and dissection."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

import numpy as np

from netwatch.capture.frames import LINKTYPE_ETHERNET, PADDING, Frames
from netwatch.decode.decoder import decode

MAC_A, MAC_B = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")


def ethernet(ethertype, payload, *, src=MAC_A, dst=MAC_B, tags=()):
    shim = b"".join(struct.pack("!HH", tpid, vlan) for tpid, vlan in tags)
    return dst + src + shim + struct.pack("!H", ethertype) + payload


def ipv4(protocol, payload, *, src="10.0.0.1", dst="10.0.0.2", ttl=64, fragment=0, identification=0x1234, options=b""):
    length = 20 + len(options)
    head = struct.pack(
        "!BBHHHBBH", 0x40 | length // 4, 0, length + len(payload), identification, fragment, ttl, protocol, 0
    )
    return head + IPv4Address(src).packed + IPv4Address(dst).packed + options + payload


def ipv6(next_header, payload, *, src="2001:db8::1", dst="2001:db8::2", hops=64):
    head = struct.pack("!IHBB", 6 << 28, len(payload), next_header, hops)
    return head + IPv6Address(src).packed + IPv6Address(dst).packed + payload


def tcp(payload=b"", *, sport=40000, dport=80, seq=100, ack=200, flags=0x18, window=64240, options=b""):
    length = 20 + len(options)
    return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, length << 2, flags, window, 0, 0) + options + payload


def udp(payload=b"", *, sport=40000, dport=53):
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def tcp_frame(payload=b"", **columns):
    return ethernet(0x0800, ipv4(6, tcp(payload, **columns)))


def udp_frame(payload=b"", **columns):
    return ethernet(0x0800, ipv4(17, udp(payload, **columns)))


def dns_name(*labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def dns_message(identification, flags, *sections):
    """Sections are lists of entries for questions, answers, authority and additional records."""
    counts = [len(section) for section in sections] + [0] * (4 - len(sections))
    return struct.pack("!HHHHHH", identification, flags, *counts) + b"".join(b"".join(part) for part in sections)


def frames_of(*frames, link_type=LINKTYPE_ETHERNET, wire=None, tag=0, direction=0, time_ns=0):
    count = len(frames)
    captured = np.array([len(frame) for frame in frames], np.int32)
    offset = np.concatenate(([0], np.cumsum(captured)[:-1])).astype(np.int32) if count else np.zeros(0, np.int32)
    return Frames(
        data=np.frombuffer(b"".join(frames) + bytes(PADDING), np.uint8),
        time_ns=np.arange(count, dtype=np.int64) + time_ns,
        offset=offset,
        captured=captured,
        wire_length=captured.astype(np.uint32) if wire is None else np.full(count, wire, np.uint32),
        interface=np.zeros(count, np.uint16),
        link_type=np.full(count, link_type, np.uint16),
        direction=np.full(count, direction, np.uint8),
        stripped_tag=np.full(count, tag, np.uint32),
        flags=np.zeros(count, np.uint8),
    )


def batch_of(*frames, first_number=1, **columns):
    return decode(frames_of(*frames, **columns), first_number)
