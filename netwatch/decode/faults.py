"""Why a packet is malformed, and at which of its bytes: the lengths that its headers state against those they have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.decode.batch import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    FRAGMENT_OFFSET,
    MALFORMED,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
)
from netwatch.decode.info.fields import u16

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.decode.batch import PacketBatch

IPV4_HEADER: Final = 20
IPV6_HEADER: Final = 40
TCP_HEADER: Final = 20
UDP_HEADER: Final = 8
TAG: Final = 4
_TAG_AT: Final = 12


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with some bytes of a frame."""

    text: str
    begin: int
    """First byte in the frame as it was on the wire."""
    length: int


def faults(batch: PacketBatch, position: int) -> list[Fault]:
    """Return what is wrong with the headers of the packet at `position`; at least one for one that is malformed."""
    frames = batch.frames
    start = frames.offset.item(position)
    data = frames.data[start : start + frames.captured.item(position)].tobytes()
    wire = frames.wire_length.item(position)
    network = batch.network_offset.item(position) - start
    transport = batch.transport_offset.item(position) - start
    found = list(_network(batch.ethertype.item(position), data, network, wire))
    whole = not batch.fragment.item(position) & FRAGMENT_OFFSET
    if whole and not found and transport > network:
        room = batch.payload_offset.item(position) - start - transport + batch.payload_length.item(position)
        found += _transport(batch.protocol.item(position), data, transport, room)
    if not found and batch.status.item(position) & MALFORMED:
        found.append(Fault("a header ends before it should", min(network, len(data)), max(len(data) - network, 0)))
    # the tag that the kernel took out is back in the frame that people see
    shift = TAG if frames.stripped_tag.item(position) else 0
    return [Fault(one.text, one.begin + (shift if one.begin >= _TAG_AT else 0), one.length) for one in found]


def _network(ethertype: int, data: bytes, at: int, wire: int) -> Iterator[Fault]:
    if ethertype == ETHERTYPE_IPV4:
        yield from _ipv4(data, at, wire)
    elif ethertype == ETHERTYPE_IPV6:
        yield from _ipv6(data, at, wire)


def _ipv4(data: bytes, at: int, wire: int) -> Iterator[Fault]:
    """Check what RFC 791 section 3.1 says of version and lengths."""
    if at + IPV4_HEADER > len(data):
        yield Fault(f"IPv4 header of {max(len(data) - at, 0)} bytes, needs {IPV4_HEADER}", at, len(data) - at)
        return
    version, words, total = data[at] >> 4, data[at] & 15, u16(data, at + 2)
    if version != 4:
        yield Fault(f"IP version {version} in an IPv4 packet", at, 1)
    if words * 4 < IPV4_HEADER:
        yield Fault(f"IPv4 header length {words * 4}, less than {IPV4_HEADER}", at, 1)
    elif at + words * 4 > wire:
        yield Fault(f"IPv4 header length {words * 4}, the frame ends before", at, 1)
    if 0 < total < words * 4:
        yield Fault(f"IPv4 total length {total}, less than its header of {words * 4}", at + 2, 2)
    elif at + total > wire:
        yield Fault(f"IPv4 total length {total}, the frame has {wire - at}", at + 2, 2)


def _ipv6(data: bytes, at: int, wire: int) -> Iterator[Fault]:
    if at + IPV6_HEADER > len(data):
        yield Fault(f"IPv6 header of {max(len(data) - at, 0)} bytes, needs {IPV6_HEADER}", at, len(data) - at)
        return
    version, length = data[at] >> 4, u16(data, at + 4)
    if version != 6:
        yield Fault(f"IP version {version} in an IPv6 packet", at, 1)
    if at + IPV6_HEADER + length > wire:
        yield Fault(f"IPv6 payload length {length}, the frame has {wire - at - IPV6_HEADER}", at + 4, 2)


def _transport(protocol: int, data: bytes, at: int, room: int) -> Iterator[Fault]:
    """Check a header for which the network layer leaves `room` bytes, payload included."""
    if protocol == PROTOCOL_TCP:
        yield from _tcp(data, at, room)
    elif protocol == PROTOCOL_UDP:
        yield from _udp(data, at, room)


def _tcp(data: bytes, at: int, room: int) -> Iterator[Fault]:
    if room < TCP_HEADER:
        yield Fault(f"TCP header of {room} bytes, needs {TCP_HEADER}", at, max(min(room, len(data) - at), 0))
        return
    if at + TCP_HEADER > len(data):
        return
    size = (data[at + 12] >> 4) * 4
    if size < TCP_HEADER:
        yield Fault(f"TCP header length {size}, less than {TCP_HEADER}", at + 12, 1)
    elif size > room:
        yield Fault(f"TCP header length {size}, the packet has {room}", at + 12, 1)
    else:
        yield from _options(data, at + TCP_HEADER, min(at + size, len(data)))


def _options(data: bytes, at: int, end: int) -> Iterator[Fault]:
    """Check the lengths of TCP options (RFC 9293 section 3.1)."""
    while at < end and data[at]:
        if data[at] == 1:
            at += 1
            continue
        size = data[at + 1] if at + 1 < end else 0
        if size < 2 or at + size > end:
            yield Fault(f"TCP option {data[at]} of length {size}, {end - at} bytes are left", at, end - at)
            return
        at += size


def _udp(data: bytes, at: int, room: int) -> Iterator[Fault]:
    if room < UDP_HEADER:
        yield Fault(f"UDP header of {room} bytes, needs {UDP_HEADER}", at, max(min(room, len(data) - at), 0))
    elif at + UDP_HEADER <= len(data):
        size = u16(data, at + 4)
        # zero stands for a length that the field cannot hold (RFC 2675 section 4)
        if 0 < size < UDP_HEADER:
            yield Fault(f"UDP length {size}, less than its header of {UDP_HEADER}", at + 4, 2)
        elif size > room:
            yield Fault(f"UDP length {size}, the packet has {room}", at + 4, 2)
