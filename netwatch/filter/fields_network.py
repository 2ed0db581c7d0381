"""Fields of IPv4, IPv6, ICMP and ICMPv6."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.filter.builders import address, columnar, each, either, flag, number, protocol
from netwatch.filter.values import Kind, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.filter.packets import Packets

PROTOCOLS: Final = {
    "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "sctp": 132,
}  # fmt: skip
REPORT_3: Final = 0x22
ONE_GROUP: Final = (0x11, 0x12, 0x16, 0x17)
"""Query, reports of versions 1 and 2, leave."""
IGMP_HEADER: Final = 8
FRAGMENT: Final = 44
"""Next header of an IPv6 fragment header (RFC 8200 section 4.5)."""


def _is_echo(packets: Packets, _rows: NDArray[np.intp], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which ICMP messages have an identifier and a sequence number: echo and timestamp (RFC 792)."""
    kind = packets.batch.frames.data[begin]
    echo: NDArray[np.bool_] = (kind == 0) | (kind == 8) | (kind == 13) | (kind == 14) | (kind == 17) | (kind == 18)
    return echo


def _groups(packets: Packets, row: int) -> Iterator[int]:
    """Yield the group of a message, of a report of version 3 those of all its records (RFC 9776 section 4.2)."""
    batch = packets.batch
    end = batch.payload_offset.item(row) + batch.payload_captured.item(row)
    message = packets.block[batch.transport_offset.item(row) : end]
    if message[:1] != bytes([REPORT_3]):
        if len(message) >= IGMP_HEADER and message[0] in ONE_GROUP:
            yield int.from_bytes(message[4:8], "big")
        return
    at = IGMP_HEADER
    while at + IGMP_HEADER <= len(message):
        yield int.from_bytes(message[at + 4 : at + 8], "big")
        at += IGMP_HEADER + 4 * (message[at + 1] + int.from_bytes(message[at + 2 : at + 4], "big"))


def _is_echo6(packets: Packets, _rows: NDArray[np.intp], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
    kind = packets.batch.frames.data[begin]
    echo: NDArray[np.bool_] = (kind == 128) | (kind == 129)
    return echo


def _has_kind(kind: int) -> Callable[[Packets, NDArray[np.intp], NDArray[np.int64]], NDArray[np.bool_]]:
    def where(packets: Packets, _rows: NDArray[np.intp], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = packets.batch.frames.data[begin] == kind
        return found

    return where


def _is_keyed(flags: int) -> Callable[[Packets, NDArray[np.intp], NDArray[np.int64]], NDArray[np.bool_]]:
    """Return what chooses headers with a key: behind the checksum if there is one (RFC 2890 section 2)."""

    def where(packets: Packets, _rows: NDArray[np.intp], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = packets.batch.frames.data[begin] & 0xA0 == flags
        return found

    return where


def _needs_fragmentation(packets: Packets, _rows: NDArray[np.intp], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
    """RFC 1191 section 4: unreachable because it may not be fragmented."""
    data = packets.batch.frames.data
    found: NDArray[np.bool_] = (data[begin] == 3) & (data[begin + 1] == 4)
    return found


def _fragments6(packets: Packets) -> Values:
    """Return the offset in bytes of each IPv6 fragment, as the columns have it."""
    found = packets.layers("ipv6")
    batch = packets.batch
    inside = found.begin + 7 <= found.end
    rows = found.rows[inside]
    direct = batch.frames.data[found.begin[inside] + 6] == FRAGMENT
    rows = rows[direct]
    return Values(rows, (batch.fragment[rows].astype("int64") & 0x1FFF) * 8)


IPV4: Final = (
    address("ip.src", "ip", 12, Kind.IPV4, "source address"),
    address("ip.dst", "ip", 16, Kind.IPV4, "destination address"),
)
IPV6: Final = (
    address("ipv6.src", "ipv6", 8, Kind.IPV6, "source address"),
    address("ipv6.dst", "ipv6", 24, Kind.IPV6, "destination address"),
)

VERSIONS: Final = (
    number("ip.version/4", "ip", 0, "u1", "version", mask=0xF0),
    number("ipv6.version", "ipv6", 0, "u1", "version, 6", mask=0xF0),
)

FIELDS: Final = (
    protocol("ip", "ip", "IPv4"),
    *IPV4,
    either("ip.addr", IPV4, "IPv4 address of either end"),
    either("ip.version", VERSIONS, "version of IP, 4 or 6"),
    VERSIONS[1],
    number("ip.hdr_len", "ip", 0, "u1", "bytes of the header", mask=0x0F, scale=4),
    number("ip.dsfield", "ip", 1, "u1", "differentiated services field"),
    number("ip.dsfield.dscp", "ip", 1, "u1", "differentiated services code point", mask=0xFC),
    number("ip.dsfield.ecn", "ip", 1, "u1", "explicit congestion notification", mask=0x03),
    number("ip.len", "ip", 2, "u2", "bytes of the packet"),
    number("ip.id", "ip", 4, "u2", "identification"),
    number("ip.flags", "ip", 6, "u1", "flags", mask=0xE0),
    flag("ip.flags.rb", "ip", 6, "u1", 0x80, "reserved bit"),
    flag("ip.flags.df", "ip", 6, "u1", 0x40, "may not be fragmented"),
    flag("ip.flags.mf", "ip", 6, "u1", 0x20, "more fragments follow"),
    number("ip.frag_offset", "ip", 6, "u2", "place of the fragment in bytes", mask=0x1FFF, scale=8),
    number("ip.ttl", "ip", 8, "u1", "time to live"),
    number("ip.proto", "ip", 9, "u1", "protocol", symbols=PROTOCOLS),
    number("ip.checksum", "ip", 10, "u2", "header checksum"),
    protocol("ipv6", "ipv6", "IPv6"),
    *IPV6,
    either("ipv6.addr", IPV6, "IPv6 address of either end"),
    number("ipv6.version", "ipv6", 0, "u1", "version", mask=0xF0),
    number("ipv6.tclass", "ipv6", 0, "u2", "traffic class", mask=0x0FF0),
    number("ipv6.tclass.dscp", "ipv6", 0, "u2", "differentiated services code point", mask=0x0FC0),
    number("ipv6.tclass.ecn", "ipv6", 0, "u2", "explicit congestion notification", mask=0x0030),
    number("ipv6.flow", "ipv6", 0, "u4", "flow label", mask=0xFFFFF),
    number("ipv6.plen", "ipv6", 4, "u2", "bytes of payload"),
    number("ipv6.nxt", "ipv6", 6, "u1", "next header", symbols=PROTOCOLS),
    number("ipv6.hlim", "ipv6", 7, "u1", "hop limit"),
    columnar("ipv6.fraghdr.offset", Kind.NUMBER, _fragments6, "place of the fragment in bytes"),
    protocol("icmp", "icmp", "ICMP"),
    number("icmp.type", "icmp", 0, "u1", "type"),
    number("icmp.code", "icmp", 1, "u1", "code"),
    number("icmp.checksum", "icmp", 2, "u2", "checksum"),
    number("icmp.ident", "icmp", 4, "u2", "identifier of an echo", where=_is_echo),
    number("icmp.seq", "icmp", 6, "u2", "sequence number of an echo", where=_is_echo),
    number("icmp.ident_le", "icmp", 4, "u2", "identifier of an echo, its bytes swapped", where=_is_echo, swapped=True),
    number(
        "icmp.seq_le", "icmp", 6, "u2", "sequence number of an echo, its bytes swapped", where=_is_echo, swapped=True
    ),
    address("icmp.redir_gw", "icmp", 4, Kind.IPV4, "better gateway", _has_kind(5)),
    number("icmp.mtu", "icmp", 6, "u2", "largest packet of the next link", where=_needs_fragmentation),
    protocol("icmpv6", "icmpv6", "ICMPv6"),
    number("icmpv6.type", "icmpv6", 0, "u1", "type"),
    number("icmpv6.code", "icmpv6", 1, "u1", "code"),
    number("icmpv6.checksum", "icmpv6", 2, "u2", "checksum"),
    number("icmpv6.echo.identifier", "icmpv6", 4, "u2", "identifier of an echo", where=_is_echo6),
    number("icmpv6.echo.sequence_number", "icmpv6", 6, "u2", "sequence number of an echo", where=_is_echo6),
    address("icmpv6.nd.ns.target_address", "icmpv6", 8, Kind.IPV6, "address that is asked for", _has_kind(135)),
    address("icmpv6.nd.na.target_address", "icmpv6", 8, Kind.IPV6, "address that is answered", _has_kind(136)),
    protocol("igmp", "igmp", "group membership"),
    number("igmp.type", "igmp", 0, "u1", "type"),
    number("igmp.checksum", "igmp", 2, "u2", "checksum"),
    each("igmp.maddr", Kind.IPV4, lambda packets: packets.has("igmp"), _groups, "group"),
    protocol("gre", "gre", "generic routing encapsulation"),
    number("gre.proto", "gre", 2, "u2", "EtherType of what is carried"),
    either(
        "gre.key",
        (
            number("gre.key/4", "gre", 4, "u4", "", where=_is_keyed(0x20)),
            number("gre.key/8", "gre", 8, "u4", "", where=_is_keyed(0xA0)),
        ),
        "key",
    ),
    number("gre.flags_and_version", "gre", 0, "u2", "flags and version"),
    protocol("vxlan", "vxlan", "VXLAN"),
    number("vxlan.flags", "vxlan", 0, "u2", "flags"),
    number("vxlan.vni", "vxlan", 4, "u4", "network identifier", mask=0xFFFFFF00),
    protocol("esp", "esp", "encrypted payload"),
    number("esp.spi", "esp", 0, "u4", "security parameters index"),
    number("esp.sequence", "esp", 4, "u4", "sequence number"),
    protocol("ospf", "ospf", "OSPF"),
    number("ospf.version", "ospf", 0, "u1", "version"),
    number("ospf.msg", "ospf", 1, "u1", "kind of message"),
    address("ospf.srcrouter", "ospf", 4, Kind.IPV4, "router that sends"),
    address("ospf.area_id", "ospf", 8, Kind.IPV4, "area"),
    protocol("eigrp", "eigrp", "EIGRP"),
    protocol("pim", "pim", "PIM"),
    protocol("vrrp", "vrrp", "VRRP"),
    number("vrrp.virt_rtr_id", "vrrp", 1, "u1", "virtual router"),
    number("vrrp.prio", "vrrp", 2, "u1", "priority"),
)
