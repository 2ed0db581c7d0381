"""Frames with replaced addresses, cut behind the last header that is understood: what is left tells of nobody."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture.frame_bytes import frame_bytes
from netwatch.capture.frames import PADDING

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames
    from netwatch.redact.redactor import Redactor

ETHERNET, RAW, RAW_BSD, IPV4_ONLY, IPV6_ONLY, COOKED, COOKED2 = 1, 101, 12, 228, 229, 113, 276
"""LINKTYPE_ values of libpcap whose frames are understood; of others nothing is kept."""
TAGS: Final = frozenset({0x8100, 0x88A8, 0x9100})
ARP: Final = 0x0806
IPV4: Final = 0x0800
IPV6: Final = 0x86DD
TCP, UDP, ICMP, ICMPV6, SCTP = 6, 17, 1, 58, 132
ARP_BYTES: Final = 28
CHECKSUMS: Final = {TCP: 16, UDP: 6, ICMP: 2, ICMPV6: 2}
"""Where the checksum stands; without what it was computed over it would only tell of that, and becomes 0."""


def redacted_frames(frames: Frames, redactor: Redactor) -> Frames:
    """Return a block of the same packets, times and lengths on the wire."""
    found = [redacted(frame_bytes(frames, row), int(frames.link_type[row]), redactor) for row in range(len(frames))]
    lengths = np.array([len(frame) for frame in found], np.int32)
    tags = 4 * (frames.stripped_tag != 0)
    comments = {row: redactor.text(said) for row, said in frames.comments.items()} if frames.comments else None
    return replace(
        frames,
        data=np.frombuffer(b"".join(found) + bytes(PADDING), np.uint8),
        offset=(np.cumsum(lengths) - lengths).astype(np.int32),
        captured=lengths,
        wire_length=(frames.wire_length + tags).astype(np.uint32),
        stripped_tag=np.zeros_like(frames.stripped_tag),
        comments=comments,
    )


def redacted(frame: bytes, link_type: int, redactor: Redactor) -> bytes:
    """Return one frame; never raises, what is cut short stays so."""
    data = bytearray(frame)
    start, ethertype = _link(data, link_type, redactor)
    if ethertype == ARP:
        return bytes(data[: _arp(data, start, redactor)])
    version = data[start] >> 4 if start < len(data) else 0
    if ethertype == IPV4 and version == 4 and len(data) >= start + 20:
        return bytes(data[: _ipv4(data, start, redactor)])
    if ethertype == IPV6 and version == 6 and len(data) >= start + 40:
        return bytes(data[: _ipv6(data, start, redactor)])
    return bytes(data[:start])


def _link(data: bytearray, link_type: int, redactor: Redactor) -> tuple[int, int]:
    """Replace link addresses and return where the next header begins, and its EtherType."""
    if link_type == ETHERNET and len(data) >= 14:
        for place in (0, 6):
            data[place : place + 6] = redactor.packed(bytes(data[place : place + 6]))
        place = 12
        while int.from_bytes(data[place : place + 2], "big") in TAGS and len(data) >= place + 6:
            place += 4
        return place + 2, int.from_bytes(data[place : place + 2], "big")
    if link_type in (COOKED, COOKED2):
        address, kind, header = (6, 14, 16) if link_type == COOKED else (12, 0, 20)
        if len(data) >= header:
            data[address : address + 6] = redactor.packed(bytes(data[address : address + 6]))
            return header, int.from_bytes(data[kind : kind + 2], "big")
    if link_type in (RAW, RAW_BSD, IPV4_ONLY, IPV6_ONLY) and data:
        return 0, IPV4 if data[0] >> 4 == 4 else IPV6
    return 0, 0


def _arp(data: bytearray, start: int, redactor: Redactor) -> int:
    """Replace the addresses of an ARP packet for IPv4 over Ethernet and return where it ends; others are left out."""
    if len(data) < start + ARP_BYTES or bytes(data[start : start + 6]) != b"\0\1\x08\0\6\4":
        return start
    for place, size in ((8, 6), (14, 4), (18, 6), (24, 4)):
        here = slice(start + place, start + place + size)
        data[here] = redactor.packed(bytes(data[here]))
    return start + ARP_BYTES


def _ipv4(data: bytearray, start: int, redactor: Redactor) -> int:
    header = start + max(data[start] & 15, 5) * 4
    for place in (start + 12, start + 16):
        data[place : place + 4] = redactor.packed(bytes(data[place : place + 4]))
    data[start + 20 : header] = bytes(len(data[start + 20 : header]))  # options hold routes: all become End of Options
    data[start + 10 : start + 12] = bytes(2)
    if len(data) < header:
        return len(data)
    words = struct.unpack(f">{(header - start) // 2}H", data[start:header])
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    data[start + 10 : start + 12] = (total ^ 0xFFFF).to_bytes(2, "big")
    fragment = int.from_bytes(data[start + 6 : start + 8], "big") & 0x1FFF
    return header if fragment else _transport(data, header, data[start + 9])


def _ipv6(data: bytearray, start: int, redactor: Redactor) -> int:
    for place in (start + 8, start + 24):
        data[place : place + 16] = redactor.packed(bytes(data[place : place + 16]))
    return _transport(data, start + 40, data[start + 6])


def _transport(data: bytearray, start: int, protocol: int) -> int:
    """Empty the checksum of a transport header and return where the header ends; other protocols are left out."""
    if protocol == TCP and len(data) >= start + 20:
        end = start + max(data[start + 12] >> 4, 5) * 4
    elif protocol in (UDP, ICMP, ICMPV6):
        end = start + 8
    elif protocol == SCTP:
        return min(start + 8, len(data))
    else:
        return start
    end = min(end, len(data))
    place = start + CHECKSUMS[protocol]
    if place + 2 <= end:
        data[place : place + 2] = bytes(2)
    return end
