"""The headers of one packet from the outside in, with what tunnels carry and ICMP errors quote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.capture import frames as link_types
from netwatch.decode.gre import (
    ERSPAN_2_HEADER,
    ERSPAN_3_HEADER,
    ERSPAN_3_SUBHEADER,
    HAS_SUBHEADER,
    TYPE_EOIP,
    TYPE_ERSPAN_2,
    TYPE_ERSPAN_3,
    TYPE_PPP,
)
from netwatch.decode.info.fields import u16
from netwatch.decode.shim import LONG_TAGS
from netwatch.filter.walk_nflog import nflog_packet
from netwatch.filter.walk_tunnel import TYPE_GRE, inside_udp

if TYPE_CHECKING:
    from collections.abc import Callable

MOST: Final = 24
"""Headers of one packet; what is deeper is left out."""
ICMP_ERRORS: Final = frozenset({3, 4, 5, 11, 12})
"""RFC 792: messages that quote the packet they are about."""
ICMPV6_ERRORS: Final = frozenset({1, 2, 3, 4})
_TAGS: Final = frozenset({0x8100, 0x88A8, 0x9100})
_LINK_HEADERS: Final = {link_types.LINKTYPE_LINUX_SLL: (16, 14), link_types.LINKTYPE_LINUX_SLL2: (20, 0)}
"""Bytes of a cooked header, and where its EtherType is."""
_EXTENSIONS: Final = {0: 8, 43: 8, 60: 8, 135: 8, 44: 0, 51: 4}
"""IPv6 extension headers, and of how many bytes the unit of their length is; 0 for the one of fixed length."""


class Header(NamedTuple):
    """One header; offsets are those of the frame."""

    layer: str
    begin: int
    end: int
    """Where the captured part of what it heads ends."""
    wire_end: int
    """Where that would end had all of it been captured."""


def walk(frame: bytes, link_type: int, wire_length: int) -> list[Header]:
    """Return the headers of a frame."""
    walker = _Walker(frame)
    wire = max(wire_length, len(frame))
    if link_type == link_types.LINKTYPE_ETHERNET:
        walker.ethernet(0, wire)
    elif link_type in _LINK_HEADERS:
        size, place = _LINK_HEADERS[link_type]
        walker.found("sll", 0, wire)
        walker.ethertype(u16(frame, place), size, wire)
    elif link_type in (link_types.LINKTYPE_NULL, link_types.LINKTYPE_LOOP):
        walker.internet(4, wire)
    elif link_type in (link_types.LINKTYPE_RAW, link_types.LINKTYPE_IPV4, link_types.LINKTYPE_IPV6):
        walker.internet(0, wire)
    elif link_type == link_types.LINKTYPE_NFLOG and (begin := nflog_packet(frame)) is not None:
        walker.internet(begin, wire)
    return walker.headers


class _Walker:
    def __init__(self, frame: bytes) -> None:
        self.frame = frame
        self.headers: list[Header] = []
        self._quoted = False

    def found(self, layer: str, begin: int, wire_end: int) -> None:
        self.headers.append(Header(layer, begin, min(wire_end, len(self.frame)), wire_end))

    def _room(self, at: int, need: int) -> bool:
        return len(self.headers) < MOST and at + need <= len(self.frame)

    def ethernet(self, at: int, wire: int) -> None:
        if self._room(at, 14):
            self.found("eth", at, wire)
            self.ethertype(u16(self.frame, at + 12), at + 14, wire)

    def ethertype(self, kind: int, at: int, wire: int) -> None:
        while kind in _TAGS and self._room(at, 4):
            self.found("vlan", at, wire)
            kind, at = u16(self.frame, at + 2), at + 4
        if kind in LONG_TAGS and self._room(at, LONG_TAGS[kind]):
            at += LONG_TAGS[kind]
            self.ethertype(u16(self.frame, at - 2), at, wire)
        elif kind in (0x0800, 0x86DD):
            self.internet(at, wire)
        elif kind == 0x0806 and self._room(at, 8):
            self.found("arp", at, wire)
        elif kind in (0x8847, 0x8848):
            self._mpls(at, wire)
        elif kind == 0x8864 and self._room(at, 8):
            self.found("pppoes", at, wire)
            self._ppp(at + 6, wire)
        elif kind == 0x6558:
            self.ethernet(at, wire)

    def internet(self, at: int, wire: int) -> None:
        if not self._room(at, 1):
            return
        version = self.frame[at] >> 4
        if version == 4 and self._room(at, 20):
            self._ipv4(at, wire)
        elif version == 6 and self._room(at, 40):
            self._ipv6(at, wire)

    def _ipv4(self, at: int, wire: int) -> None:
        frame = self.frame
        total = u16(frame, at + 2)
        end = min(at + total, wire) if total and not self._quoted else wire
        self.found("ip", at, end)
        size = (frame[at] & 15) * 4
        if size >= 20 and not u16(frame, at + 6) & 0x1FFF:
            self._transport(frame[at + 9], at + size, end)

    def _ipv6(self, at: int, wire: int) -> None:
        frame = self.frame
        length = u16(frame, at + 4)
        end = min(at + 40 + length, wire) if length and not self._quoted else wire
        self.found("ipv6", at, end)
        kind, at = frame[at + 6], at + 40
        for _ in range(MOST):
            if kind not in _EXTENSIONS or not self._room(at, 8):
                break
            unit = _EXTENSIONS[kind]
            if kind == 44 and u16(frame, at + 2) & 0xFFF8:
                return
            size = 8 if not unit else 8 + frame[at + 1] * unit
            kind, at = frame[at], at + size
        self._transport(kind, at, end)

    def _transport(self, protocol: int, at: int, wire: int) -> None:
        reader = _TRANSPORTS.get(protocol)
        if reader is not None and self._room(at, 4) and at < wire:
            reader(self, at, wire)

    def tcp(self, at: int, wire: int) -> None:
        self.found("tcp", at, wire)

    def udp(self, at: int, wire: int) -> None:
        self.found("udp", at, wire)
        inside = inside_udp(self.frame, at) if not self._quoted and self._room(at + 8, 8) else None
        if inside is None:
            return
        layer, kind, begin = inside
        if layer:
            self.found(layer, at + 8, wire)
        if kind == TYPE_GRE:
            self.gre(begin, wire)
        elif kind == TYPE_PPP:
            self._ppp(begin, wire)
        else:
            self.ethertype(kind, begin, wire)

    def icmp(self, at: int, wire: int) -> None:
        self.found("icmp", at, wire)
        self._quote(self.frame[at] in ICMP_ERRORS, at + 8, wire)

    def icmpv6(self, at: int, wire: int) -> None:
        self.found("icmpv6", at, wire)
        self._quote(self.frame[at] in ICMPV6_ERRORS, at + 8, wire)

    def _quote(self, error: bool, at: int, wire: int) -> None:
        if error and not self._quoted:
            self._quoted = True
            self.internet(at, wire)

    def gre(self, at: int, wire: int) -> None:
        self.found("gre", at, wire)
        flags, kind = u16(self.frame, at), u16(self.frame, at + 2)
        # RFC 2784, 2890, 2637: checksum, key, sequence and acknowledgement number are there when their flags are set
        size = 4 + 4 * sum(bool(flags & bit) for bit in (0x8000, 0x2000, 0x1000))
        size += 4 * bool(flags & 0x0080 and flags & 7 == 1)
        at += size
        if kind == TYPE_PPP:
            self._ppp(at, wire)
        elif kind == TYPE_ERSPAN_2:
            self.ethernet(at + (ERSPAN_2_HEADER if flags & 0x1000 else 0), wire)
        elif kind == TYPE_ERSPAN_3 and self._room(at, ERSPAN_3_HEADER):
            more = self.frame[at + ERSPAN_3_HEADER - 1] & HAS_SUBHEADER
            self.ethernet(at + ERSPAN_3_HEADER + more * ERSPAN_3_SUBHEADER, wire)
        elif kind == TYPE_EOIP and flags & 7 == 1:
            self.ethernet(at, wire)
        else:
            self.ethertype(kind, at, wire)

    def _mpls(self, at: int, wire: int) -> None:
        while self._room(at, 4):
            self.found("mpls", at, wire)
            at += 4
            if self.frame[at - 2] & 1:
                self.internet(at, wire)
                return

    def _ppp(self, at: int, wire: int) -> None:
        if not self._room(at, 4):
            return
        self.found("ppp", at, wire)
        at += 2 * (self.frame[at : at + 2] == b"\xff\x03")
        odd = self.frame[at] & 1 if at < len(self.frame) else 0
        kind = self.frame[at] if odd else u16(self.frame, at)
        if kind in (0x21, 0x57):
            self.internet(at + (1 if odd else 2), wire)


_TRANSPORTS: Final[dict[int, Callable[[_Walker, int, int], None]]] = {
    1: _Walker.icmp,
    4: _Walker.internet,
    6: _Walker.tcp,
    17: _Walker.udp,
    41: _Walker.internet,
    47: _Walker.gre,
    58: _Walker.icmpv6,
}
