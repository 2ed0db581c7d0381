"""One IP fragment read out of its packet, and the datagram that fragments make up."""

from __future__ import annotations

import struct
from bisect import bisect_left
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from netwatch.decode.batch import ETHERTYPE_IPV6, FRAGMENT_OFFSET, MORE_FRAGMENTS

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch

LONGEST: Final = 65535
"""Bytes of a datagram behind its header."""
MOST_PIECES: Final = 1024
"""Fragments of a datagram; 64 KiB in 8192 of 8 bytes are an attack."""
PIECE_COST: Final = 240
"""Bytes that a fragment takes besides its data, measured with sys.getsizeof and rounded up."""
UNIT: Final = 8
"""Bytes in which offsets are counted."""
MOST_EXTENSIONS: Final = 8
"""Headers in front of the fragment header; RFC 8200 section 4.1 foresees three."""
_IPV4_HEADER: Final = 20
_IPV6_HEADER: Final = 40
_FRAGMENT: Final = 44
_EXTENSIONS: Final = (0, 43, 60)
"""Hop-by-hop options, routing and destination options may stand in front of a fragment header."""
_FRAGMENT_FIELD: Final = 6
"""Where an IPv4 header has flags and offset."""


class Fragment(NamedTuple):
    """A part of a datagram."""

    key: bytes
    """What it has in common with the others."""
    time_ns: int
    vlan: int
    header: bytes
    """The IP header with the extension headers in front of the fragment header, as if nothing was fragmented."""
    start: int
    data: bytes
    last: bool


class Datagram:
    """Fragments that belong together.

    Where any of them overlap, all are discarded: RFC 5722 for IPv6, and what Linux does with IPv4 since 4.19, because
    only attacks make such. The same fragment again does no harm.
    """

    __slots__ = (
        "_header",
        "_length",
        "_pieces",
        "_starts",
        "discarded",
        "held",
        "number",
        "overlapping",
        "time_ns",
        "vlan",
    )

    def __init__(self, time_ns: int, number: int, vlan: int) -> None:
        self.time_ns = time_ns
        self.number = number
        """Of the packet with the fragment that came first."""
        self.vlan = vlan
        self.held = 0
        """Bytes that the fragments take."""
        self.overlapping = False
        self.discarded = False
        """Nothing more of it is wanted, because fragments contradict each other."""
        self._starts: list[int] = []
        self._pieces: list[bytes] = []
        """In the order of `_starts`, which ascend."""
        self._length = -1
        """Of all together, -1 before the last fragment is there."""
        self._header = b""

    def add(self, fragment: Fragment) -> None:
        """Take a fragment."""
        start, stop = fragment.start, fragment.start + len(fragment.data)
        at = bisect_left(self._starts, start)
        if self.discarded or (
            at < len(self._starts) and (self._starts[at], self._pieces[at]) == (start, fragment.data)
        ):
            return
        before = self._starts[at - 1] + len(self._pieces[at - 1]) if at else 0
        after = self._starts[at] if at < len(self._starts) else LONGEST
        self.overlapping = start < before or stop > after
        ends_elsewhere = self._length >= 0 and (stop > self._length or fragment.last)
        if self.overlapping or ends_elsewhere or len(self._pieces) >= MOST_PIECES:
            self._discard()
            return
        if fragment.last:
            self._length = stop
            if at < len(self._starts):
                self._discard()
                return
        if not start:
            self._header = fragment.header
        self._starts.insert(at, start)
        self._pieces.insert(at, fragment.data)
        self.held += len(fragment.data) + PIECE_COST

    def whole(self) -> bytes | None:
        """Return the datagram, None while something is missing."""
        there = self.held - PIECE_COST * len(self._pieces)
        if self._length < 0 or there < self._length or self.discarded:
            return None
        return _with_length(self._header, b"".join(self._pieces))

    def first(self) -> bytes | None:
        """Return what is there from the beginning on, marked as a first fragment; None where that is missing."""
        if not self._header:
            return None
        return _marked(_with_length(self._header, self._pieces[0]))

    def _discard(self) -> None:
        self.discarded = True
        self._starts, self._pieces, self._header = [], [], b""
        self.held = 0


def packet_of(batch: PacketBatch, position: int) -> bytes:
    """Return a packet from its IP header on, as far as it was captured."""
    end = int(batch.frames.offset[position]) + int(batch.frames.captured[position])
    return bytes(batch.frames.data.data[int(batch.network_offset[position]) : end])


def read_fragment(batch: PacketBatch, position: int) -> Fragment | None:
    """Return the fragment in a packet; None for one that contradicts itself or was not captured whole."""
    packet = packet_of(batch, position)
    six = int(batch.ethertype[position]) == ETHERTYPE_IPV6
    parts = _read_ipv6(packet) if six else _read_ipv4(packet)
    if parts is None:
        return None
    identification, header, field, data, more = parts
    if (more and len(data) % UNIT) or field * UNIT + len(data) > LONGEST or not data:
        return None
    vlan = int(batch.vlan[position])
    key = struct.pack("!i", vlan) + identification
    return Fragment(key, int(batch.frames.time_ns[position]), vlan, header, field * UNIT, data, not more)


_Parts: TypeAlias = "tuple[bytes, bytes, int, bytes, bool] | None"
"""What the fragments of a datagram have in common, header, offset in units, data, and whether more follow."""


def _read_ipv4(packet: bytes) -> _Parts:
    length = (packet[0] & 15) * 4 if packet else 0
    total = _u16(packet, 2)
    if length < _IPV4_HEADER or not length <= total <= len(packet):
        return None
    field = _u16(packet, _FRAGMENT_FIELD)
    identification = packet[4:6] + packet[9:10] + packet[12:20]
    header = packet[:_FRAGMENT_FIELD] + b"\0\0" + packet[_FRAGMENT_FIELD + 2 : length]
    return identification, header, field & FRAGMENT_OFFSET, packet[length:total], bool(field & MORE_FRAGMENTS)


def _read_ipv6(packet: bytes) -> _Parts:
    end = _IPV6_HEADER + _u16(packet, 4)
    if not _IPV6_HEADER < end <= len(packet):
        return None
    announced, at = 6, _IPV6_HEADER
    for _ in range(MOST_EXTENSIONS):
        kind = packet[announced]
        if kind == _FRAGMENT or kind not in _EXTENSIONS or at + UNIT > end:
            break
        announced, at = at, at + (packet[at + 1] + 1) * UNIT
    if packet[announced] != _FRAGMENT or at + UNIT > end:
        return None
    field = _u16(packet, at + 2)
    header = packet[:announced] + packet[at : at + 1] + packet[announced + 1 : at]
    # RFC 8200 section 4.5: addresses and identification
    return packet[8:40] + packet[at + 4 : at + 8], header, field >> 3, packet[at + UNIT : end], bool(field & 1)


def _with_length(header: bytes, data: bytes) -> bytes:
    """Return a datagram of which the header states the length; that of IPv6 counts what follows the fixed header."""
    if header[0] >> 4 == 4:
        total = min(len(header) + len(data), LONGEST)
        return header[:2] + struct.pack("!H", total) + header[4:] + data[: total - len(header)]
    total = min(len(header) - _IPV6_HEADER + len(data), LONGEST)
    return header[:4] + struct.pack("!H", total) + header[6:] + data[: total - len(header) + _IPV6_HEADER]


def _marked(datagram: bytes) -> bytes:
    """Return a datagram that says that more fragments follow."""
    if datagram[0] >> 4 == 4:
        return datagram[:_FRAGMENT_FIELD] + struct.pack("!H", MORE_FRAGMENTS) + datagram[_FRAGMENT_FIELD + 2 :]
    length = struct.pack("!H", _u16(datagram, 4) + UNIT)
    fragment = datagram[6:7] + bytes([0]) + struct.pack("!HI", 1, 0)
    return datagram[:4] + length + bytes([_FRAGMENT]) + datagram[7:_IPV6_HEADER] + fragment + datagram[_IPV6_HEADER:]


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
