"""Short builders of hand-made frames, one header each, and of the blocks that sources hand over."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.frames import LINKTYPE_ETHERNET, PADDING, Frames

if TYPE_CHECKING:
    from collections.abc import Sequence

SENDER, RECEIVER = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
SOURCE, DESTINATION = "10.0.0.1", "10.0.0.2"
SOURCE6, DESTINATION6 = "2001:db8::1", "2001:db8::2"


def frames(
    contents: Sequence[bytes],
    *,
    link_type: int | Sequence[int] = LINKTYPE_ETHERNET,
    wire: Sequence[int] | None = None,
    tags: int | Sequence[int] = 0,
    flags: int | Sequence[int] = 0,
    between: bytes = b"",
) -> Frames:
    """Return a block of `contents`, one frame each, with the bytes of `between` before, between and after them."""
    count = len(contents)
    captured = np.array([len(content) for content in contents], np.int32)
    offset = len(between) + np.concatenate(([0], np.cumsum(captured + len(between))[:-1])).astype(np.int32)

    def column(value: int | Sequence[int], dtype: type[np.unsignedinteger]) -> np.ndarray:
        return np.full(count, value, dtype) if isinstance(value, int) else np.array(value, dtype)

    block = between + b"".join(content + between for content in contents)
    return Frames(
        data=np.frombuffer(block + bytes(PADDING), np.uint8),
        time_ns=np.arange(count, dtype=np.int64),
        offset=offset[:count].astype(np.int32),
        captured=captured,
        wire_length=captured.astype(np.uint32) if wire is None else np.array(wire, np.uint32),
        interface=column(0, np.uint16),
        link_type=column(link_type, np.uint16),
        direction=column(0, np.uint8),
        stripped_tag=column(tags, np.uint32),
        flags=column(flags, np.uint8),
    )


def ethernet(ethertype: int, payload: bytes, *, tags: Sequence[tuple[int, int]] = ()) -> bytes:
    """Return an Ethernet frame; `tags` are pairs of tag type and tag control information, the outermost first."""
    shim = b"".join(struct.pack("!HH", kind, control) for kind, control in tags)
    return RECEIVER + SENDER + shim + struct.pack("!H", ethertype) + payload


def ethernet_llc(payload: bytes) -> bytes:
    """Return an IEEE 802.3 frame: its type field is the length of an LLC frame."""
    return ethernet(len(payload), payload)


def snap(ethertype: int, payload: bytes, organisation: int = 0) -> bytes:
    """Return an LLC header with SNAP."""
    return b"\xaa\xaa\x03" + organisation.to_bytes(3, "big") + struct.pack("!H", ethertype) + payload


def arp(operation: int, sender: str = SOURCE, target: str = DESTINATION, *, hardware: bytes = SENDER) -> bytes:
    """Return an ARP packet over IPv4; `hardware` is the sender's address, of any length."""
    head = struct.pack("!HHBBH", 1, 0x0800, len(hardware), 4, operation)
    return head + hardware + IPv4Address(sender).packed + bytes(len(hardware)) + IPv4Address(target).packed


def ipv4(
    protocol: int,
    payload: bytes,
    *,
    source: str = SOURCE,
    destination: str = DESTINATION,
    ttl: int = 64,
    fragment: int = 0,
    options: bytes = b"",
    total: int | None = None,
) -> bytes:
    """Return an IPv4 packet; `options` must be a multiple of 4 bytes, `total` overrides the total length."""
    length = 20 + len(options)
    total = length + len(payload) if total is None else total
    head = struct.pack("!BBHHHBBH", 0x40 | length // 4, 0, total, 0x1234, fragment, ttl, protocol, 0)
    return head + IPv4Address(source).packed + IPv4Address(destination).packed + options + payload


def ipv6(
    next_header: int,
    payload: bytes,
    *,
    source: str = SOURCE6,
    destination: str = DESTINATION6,
    hops: int = 64,
    length: int | None = None,
) -> bytes:
    """Return an IPv6 packet; `length` overrides the payload length."""
    head = struct.pack("!IHBB", 6 << 28, len(payload) if length is None else length, next_header, hops)
    return head + IPv6Address(source).packed + IPv6Address(destination).packed + payload


def extension(next_header: int, payload: bytes, *, units: int = 0) -> bytes:
    """Return an IPv6 extension header of (`units` + 1) * 8 bytes."""
    return bytes([next_header, units]) + bytes(units * 8 + 6) + payload


def fragment_header(next_header: int, payload: bytes, *, offset: int = 0, more: bool = False) -> bytes:
    """Return an IPv6 fragment header; `offset` is in units of 8 bytes."""
    return struct.pack("!BBHI", next_header, 0, offset << 3 | more, 0xABCD) + payload


def authentication_header(next_header: int, payload: bytes, *, check: bytes = bytes(12)) -> bytes:
    """Return an IPsec authentication header (RFC 4302)."""
    return struct.pack("!BBHII", next_header, (12 + len(check)) // 4 - 2, 0, 1, 1) + check + payload


def tcp(
    payload: bytes = b"",
    *,
    sport: int = 40000,
    dport: int = 80,
    seq: int = 100,
    ack: int = 200,
    flags: int = 0x18,
    window: int = 64240,
    options: bytes = b"",
) -> bytes:
    """Return a TCP segment; `options` must be a multiple of 4 bytes."""
    length = 20 + len(options)
    return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, length << 2, flags, window, 0, 0) + options + payload


def udp(payload: bytes = b"", *, sport: int = 40000, dport: int = 53, length: int | None = None) -> bytes:
    """Return a UDP datagram; `length` overrides the length field."""
    return struct.pack("!HHHH", sport, dport, 8 + len(payload) if length is None else length, 0) + payload


def icmp(kind: int, code: int, payload: bytes = bytes(4)) -> bytes:
    """Return an ICMP or ICMPv6 message; the first 4 bytes of `payload` belong to the header."""
    return bytes([kind, code, 0, 0]) + payload


def sctp(payload: bytes = b"", *, sport: int = 40000, dport: int = 2905) -> bytes:
    """Return an SCTP packet."""
    return struct.pack("!HHII", sport, dport, 1, 0) + payload


def gre(carried: int, payload: bytes, *, flags: int = 0, fields: bytes = b"") -> bytes:
    """Return a GRE packet; `flags` are both bytes of flags and version, `fields` what they say is there."""
    return struct.pack("!HH", flags, carried) + fields + payload


def vxlan(frame: bytes, *, flags: int = 0x08) -> bytes:
    """Return a UDP datagram with an Ethernet frame in VXLAN."""
    return udp(struct.pack("!B3xI", flags, 5 << 8) + frame, sport=50000, dport=4789)


def mpls(labels: int, payload: bytes) -> bytes:
    """Return a stack of `labels` MPLS labels."""
    return b"".join(struct.pack("!I", 0x64 << 12 | (left == 1) << 8 | 64) for left in range(labels, 0, -1)) + payload


def pppoe(payload: bytes, *, code: int = 0) -> bytes:
    """Return a PPPoE header; in a session packet the payload begins with a PPP protocol field."""
    return struct.pack("!BBHH", 0x11, code, 7, len(payload)) + payload


def cooked(ethertype: int, payload: bytes) -> bytes:
    """Return a frame of LINKTYPE_LINUX_SLL from SENDER."""
    return struct.pack("!HHH", 0, 1, 6) + SENDER + bytes(2) + struct.pack("!H", ethertype) + payload


def cooked2(ethertype: int, payload: bytes) -> bytes:
    """Return a frame of LINKTYPE_LINUX_SLL2 from SENDER."""
    return struct.pack("!HHIHBB", ethertype, 0, 3, 1, 0, 6) + SENDER + bytes(2) + payload


def radiotap(frame: bytes, *, present: int = 0, fields: bytes = b"") -> bytes:
    """Return a frame behind a radiotap header with one mask."""
    return struct.pack("<BBHI", 0, 0, 8 + len(fields), present) + fields + frame


def wireless(body: bytes, *, kind: int = 0x08, flags: int = 0x01, after: bytes = b"") -> bytes:
    """Return an 802.11 frame: the first byte, the flags, three addresses, what stands behind them, the body."""
    return bytes([kind, flags]) + bytes(2) + RECEIVER + SENDER + b"\x02" * 6 + bytes(2) + after + body


def nflog(packet: bytes, family: int = 2, order: str = "<") -> bytes:
    """Return a packet as the netfilter log has it, behind a prefix of five bytes, on a machine of either byte order."""
    attributes = ((10, b"rule\0"), (9, packet))
    return struct.pack("BBH", family, 0, 0) + b"".join(
        struct.pack(f"{order}HH", 4 + len(value), kind) + value + bytes(-len(value) % 4) for kind, value in attributes
    )


def ppi(link_type: int, frame: bytes, fields: bytes = b"") -> bytes:
    """Return a frame behind a Per-Packet Information header."""
    return struct.pack("<BBHI", 0, 0, 8 + len(fields), link_type) + fields + frame
