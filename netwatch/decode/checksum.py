"""The checksums of one packet: right, wrong and what they should be, or left to the sender's network card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from netwatch.decode.batch import (
    CHECKSUM_NOT_READY,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    FRAGMENT_OFFSET,
    MALFORMED,
    MORE_FRAGMENTS,
    PROTOCOL_NONE,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.decode.batch import PacketBatch

State = Literal["good", "bad", "offloaded", "none", "unverified"]
"""`offloaded`: captured before the card filled it in. `none`: the sender made none. `unverified`: bytes are missing."""

IPV4_CHECKSUM: Final = 10
TRANSPORT: Final = {1: ("ICMP", 2), 2: ("IGMP", 2), 6: ("TCP", 16), 17: ("UDP", 6), 58: ("ICMPv6", 2)}
"""Name, and where in the header the checksum is, by IP protocol."""
_WITH_PSEUDO_HEADER: Final = frozenset({6, 17, 58})
_UDP: Final = 17
_RIGHT: Final = 0xFFFF
"""The sum over everything with its checksum (RFC 1071)."""
_TAG: Final = 4
_TAG_AT: Final = 12


@dataclass(frozen=True, slots=True)
class Checksum:
    """One checksum of a packet."""

    protocol: str
    state: State
    value: int
    expected: int
    """What it should be; `value` where that is not known."""
    begin: int
    """Its first byte in the frame as it was on the wire."""


def checksums(batch: PacketBatch, position: int) -> list[Checksum]:
    """Return the checksums of the packet at `position`, that of its network header first."""
    if batch.status.item(position) & MALFORMED:
        return []
    start = batch.frames.offset.item(position)
    shift = _TAG if batch.frames.stripped_tag.item(position) else 0
    found = []
    for protocol, state, value, expected, begin in [*_ipv4(batch, position), *_transport(batch, position)]:
        at = begin - start
        found.append(Checksum(protocol, state, value, expected, at + (shift if at >= _TAG_AT else 0)))
    return found


def _ipv4(batch: PacketBatch, position: int) -> Iterator[tuple[str, State, int, int, int]]:
    begin = batch.network_offset.item(position)
    if batch.ethertype.item(position) != ETHERTYPE_IPV4 or batch.protocol.item(position) == PROTOCOL_NONE:
        return
    data = batch.frames.data
    size = (data.item(begin) & 15) * 4
    end = batch.frames.offset.item(position) + batch.frames.captured.item(position)
    if begin + size > end:
        return
    header = data[begin : begin + size].tobytes()
    value = int.from_bytes(header[IPV4_CHECKSUM : IPV4_CHECKSUM + 2], "big")
    expected = _complement(_sum(header) - value)
    # zero is what a card fills in later: RFC 791 allows no other use of it
    right = _folded(_sum(header)) == _RIGHT
    state: State = "good" if right else "offloaded" if not value else "bad"
    yield "IPv4", state, value, expected, begin + IPV4_CHECKSUM


def _transport(batch: PacketBatch, position: int) -> Iterator[tuple[str, State, int, int, int]]:
    protocol = batch.protocol.item(position)
    if protocol not in TRANSPORT or batch.fragment.item(position) & FRAGMENT_OFFSET:
        return
    name, place = TRANSPORT[protocol]
    begin, payload = batch.transport_offset.item(position), batch.payload_offset.item(position)
    captured = batch.payload_captured.item(position)
    data = batch.frames.data[begin : payload + captured].tobytes()
    if payload - begin < place + 2:
        return
    value = int.from_bytes(data[place : place + 2], "big")
    partial = batch.fragment.item(position) & MORE_FRAGMENTS or captured != batch.payload_length.item(position)
    if partial or batch.ethertype.item(position) not in (ETHERTYPE_IPV4, ETHERTYPE_IPV6):
        yield name, "unverified", value, value, begin + place
    elif protocol == _UDP and not value:
        yield name, "none", value, value, begin + place  # RFC 768
    else:
        pseudo = _pseudo(batch, position, len(data), protocol) if protocol in _WITH_PSEUDO_HEADER else 0
        expected = _complement(_sum(data) - value + pseudo)
        if protocol == _UDP and not expected:
            expected = 0xFFFF  # RFC 768: zero says that there is none
        ready = not batch.status.item(position) & CHECKSUM_NOT_READY
        # a card that fills the checksum in is given the sum of the pseudo-header, which the capture then has
        waiting = not ready or (protocol in _WITH_PSEUDO_HEADER and value == _folded(pseudo))
        right = _folded(_sum(data) + pseudo) == _RIGHT
        state: State = "good" if right else "offloaded" if waiting else "bad"
        yield name, state, value, expected, begin + place


def _pseudo(batch: PacketBatch, position: int, length: int, protocol: int) -> int:
    """Return the sum of the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1); IPv4's ::ffff: adds nothing."""
    halves = (batch.src_high, batch.src_low, batch.dst_high, batch.dst_low)
    return length + protocol + sum(_sum(int(half[position]).to_bytes(8, "big")) for half in halves)


def _sum(data: bytes) -> int:
    """Return the sum of 16-bit words, an odd byte being the high half of one (RFC 1071)."""
    return int(np.frombuffer(data + b"\0" * (len(data) % 2), ">u2").sum(dtype=np.int64))


def _folded(total: int) -> int:
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _complement(total: int) -> int:
    return 0xFFFF - _folded(total)
