"""Fields of IPv6 extension headers (RFC 8200 section 4) and of the options of neighbour discovery (RFC 4861)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import ETHERTYPE_IPV6
from netwatch.filter.builders import address, each, flag, number
from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

HEADER: Final = 40
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, AUTHENTICATION = 0, 43, 44, 60, 51
_EXTENSIONS: Final = (HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, AUTHENTICATION)
MOST: Final = 24
"""Extension headers, or options, of one packet that are read."""
OPTIONS_AT: Final = {133: 8, 134: 16, 135: 24, 136: 24, 137: 40}
"""Where the options of neighbour discovery begin, by ICMPv6 type (RFC 4861 section 4)."""
SOLICITED, ADVERTISED, NEIGHBOUR, CLAIM = 133, 134, 135, 136


def _extended(packets: Packets) -> NDArray[np.bool_]:
    """Return which packets have an extension header right behind the IPv6 header that the columns describe."""
    batch = packets.batch
    rows = np.flatnonzero((batch.ethertype == ETHERTYPE_IPV6) & packets.has("ipv6"))
    data, begin = batch.frames.data, batch.network_offset[rows].astype(np.int64)
    fits = begin + HEADER <= batch.frames.offset[rows].astype(np.int64) + batch.frames.captured[rows]
    rows, begin = rows[fits], begin[fits]
    mask = np.zeros(len(packets), np.bool_)
    mask[rows[np.isin(data[begin + 6], _EXTENSIONS)]] = True
    return mask


def _headers(packets: Packets, row: int) -> list[tuple[int, bytes]]:
    return packets.read("ipv6.extensions", row, lambda: _read(packets, row))


def _read(packets: Packets, row: int) -> list[tuple[int, bytes]]:
    """Return (kind, bytes) of each extension header of a packet."""
    batch = packets.batch
    end = batch.frames.offset.item(row) + batch.frames.captured.item(row)
    packet = packets.block[batch.network_offset.item(row) : end]
    kind, at = packet[6], HEADER
    found: list[tuple[int, bytes]] = []
    while kind in _EXTENSIONS and at + 8 <= len(packet) and len(found) < MOST:
        unit = {FRAGMENT: 0, AUTHENTICATION: 4}.get(kind, 8)
        size = 8 + packet[at + 1] * unit
        found.append((kind, packet[at : at + size]))
        if kind == FRAGMENT and int.from_bytes(packet[at + 2 : at + 4], "big") & 0xFFF8:
            break
        kind, at = packet[at], at + size
    return found


def _extension(name: str, number_: int, kind: Kind, read: Callable[[bytes], Iterable[Any]], title: str) -> Field:
    def read_all(packets: Packets, row: int) -> Iterator[Any]:
        for found, data in _headers(packets, row):
            if found == number_:
                yield from read(data)

    return each(name, kind, _extended, read_all, title)


def _option_types(packets: Packets, row: int) -> Iterator[int]:
    """Yield the types of hop-by-hop and destination options (RFC 8200 section 4.2)."""
    for kind, data in _headers(packets, row):
        at = 2
        while kind in (HOP_BY_HOP, DESTINATION) and at < len(data):
            yield data[at]
            at += 1 if data[at] == 0 or at + 1 >= len(data) else 2 + data[at + 1]


def _is(*types: int) -> Callable[[Packets, NDArray[np.intp], NDArray[np.int64]], NDArray[np.bool_]]:
    def where(packets: Packets, _rows: NDArray[np.intp], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = np.isin(packets.batch.frames.data[begin], types)
        return found

    return where


def _discovery(packets: Packets) -> NDArray[np.bool_]:
    found = packets.layers("icmpv6")
    mask = np.zeros(len(packets), np.bool_)
    mask[found.rows[_is(*OPTIONS_AT)(packets, found.rows, found.begin)]] = True
    return mask


def _options(packets: Packets, row: int) -> list[bytes]:
    return packets.read("icmpv6.options", row, lambda: _read_options(packets, row))


def _read_options(packets: Packets, row: int) -> list[bytes]:
    """Return the options of a message of neighbour discovery, each with its type and length."""
    batch = packets.batch
    end = batch.payload_offset.item(row) + batch.payload_captured.item(row)
    message = packets.block[batch.transport_offset.item(row) : end]
    found: list[bytes] = []
    at = OPTIONS_AT.get(message[0], len(message)) if message else 0
    while at + 8 <= len(message) and message[at + 1] and len(found) < MOST:
        found.append(message[at : at + message[at + 1] * 8])
        at += message[at + 1] * 8
    return found


def _option(name: str, kinds: tuple[int, ...], kind: Kind, begin: int, end: int, title: str) -> Field:
    """Return the field of the bytes `begin` to `end` of options of some types, as a value of a `kind`."""

    def read(packets: Packets, row: int) -> Iterator[Any]:
        for option in _options(packets, row):
            if (not kinds or option[0] in kinds) and len(option) >= end:
                part = option[begin:end]
                yield part if kind is Kind.BYTES else int.from_bytes(part, "big")

    return each(name, kind, _discovery, read, title)


FIELDS: Final = (
    _extension("ipv6.hopopts", HOP_BY_HOP, Kind.PROTOCOL, lambda data: (data,), "hop-by-hop options"),
    _extension("ipv6.hopopts.nxt", HOP_BY_HOP, Kind.NUMBER, lambda data: data[:1], "what follows them"),
    _extension("ipv6.dstopts", DESTINATION, Kind.PROTOCOL, lambda data: (data,), "destination options"),
    _extension("ipv6.dstopts.nxt", DESTINATION, Kind.NUMBER, lambda data: data[:1], "what follows them"),
    _extension("ipv6.routing", ROUTING, Kind.PROTOCOL, lambda data: (data,), "routing header"),
    _extension("ipv6.routing.type", ROUTING, Kind.NUMBER, lambda data: data[2:3], "kind of routing"),
    _extension("ipv6.routing.segleft", ROUTING, Kind.NUMBER, lambda data: data[3:4], "segments left"),
    _extension("ipv6.fraghdr", FRAGMENT, Kind.PROTOCOL, lambda data: (data,), "fragment header"),
    _extension("ipv6.fraghdr.nxt", FRAGMENT, Kind.NUMBER, lambda data: data[:1], "what was fragmented"),
    _extension("ipv6.fraghdr.more", FRAGMENT, Kind.BOOLEAN, lambda data: (data[3] & 1,), "more fragments follow"),
    _extension(
        "ipv6.fraghdr.ident",
        FRAGMENT,
        Kind.NUMBER,
        lambda data: (int.from_bytes(data[4:8], "big"),),
        "identification of the fragments",
    ),
    each("ipv6.opt.type", Kind.NUMBER, _extended, _option_types, "option of an extension header"),
    number("icmpv6.nd.ra.cur_hop_limit", "icmpv6", 4, "u1", "hop limit to use", where=_is(ADVERTISED)),
    number("icmpv6.nd.ra.flag", "icmpv6", 5, "u1", "all flags", where=_is(ADVERTISED)),
    flag("icmpv6.nd.ra.flag.m", "icmpv6", 5, "u1", 0x80, "addresses come by DHCPv6", _is(ADVERTISED)),
    flag("icmpv6.nd.ra.flag.o", "icmpv6", 5, "u1", 0x40, "other settings come by DHCPv6", _is(ADVERTISED)),
    number("icmpv6.nd.ra.router_lifetime", "icmpv6", 6, "u2", "seconds as a default router", where=_is(ADVERTISED)),
    flag("icmpv6.nd.na.flag.r", "icmpv6", 4, "u4", 0x80000000, "from a router", _is(CLAIM)),
    flag("icmpv6.nd.na.flag.s", "icmpv6", 4, "u4", 0x40000000, "was asked for", _is(CLAIM)),
    flag("icmpv6.nd.na.flag.o", "icmpv6", 4, "u4", 0x20000000, "replaces what was known", _is(CLAIM)),
    address("icmpv6.nd.rd.target_address", "icmpv6", 8, Kind.IPV6, "better first hop", _is(137)),
    number("icmpv6.mtu", "icmpv6", 4, "u4", "largest packet of the next link", where=_is(2)),
    address("icmpv6.mld.multicast_address", "icmpv6", 8, Kind.IPV6, "group", _is(130, 131, 132)),
    _option("icmpv6.opt.type", (), Kind.NUMBER, 0, 1, "option of neighbour discovery"),
    _option("icmpv6.opt.length", (), Kind.NUMBER, 1, 2, "units of 8 bytes of an option"),
    _option("icmpv6.opt.linkaddr", (1, 2), Kind.BYTES, 2, 8, "link-layer address"),
    _option("icmpv6.opt.prefix.length", (3,), Kind.NUMBER, 2, 3, "bits of a prefix"),
    _option("icmpv6.opt.prefix", (3,), Kind.IPV6, 16, 32, "prefix of the link"),
    _option("icmpv6.opt.mtu", (5,), Kind.NUMBER, 4, 8, "largest packet of the link"),
)
