"""The network layer: IPv4 with options, IPv6 with extension headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    IPV4_MAPPED,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
)
from netwatch.decode.extension import HOP_BY_HOP, decode_authentication, decode_extensions
from netwatch.decode.window import headers, holds_for_all, holds_for_any, is_empty, select

if TYPE_CHECKING:
    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

IPV4 = np.dtype(
    [
        ("version_ihl", "u1"),
        ("tos", "u1"),
        ("total_length", ">u2"),
        ("identification", ">u2"),
        ("fragment", ">u2"),
        ("ttl", "u1"),
        ("protocol", "u1"),
        ("checksum", ">u2"),
        ("src", ">u4"),
        ("dst", ">u4"),
    ]
)  # RFC 791 section 3.1

IPV6 = np.dtype(
    [
        ("version", "u1"),
        ("class_flow", "V3"),
        ("payload_length", ">u2"),
        ("next_header", "u1"),
        ("hop_limit", "u1"),
        ("src_high", ">u8"),
        ("src_low", ">u8"),
        ("dst_high", ">u8"),
        ("dst_low", ">u8"),
    ]
)  # RFC 8200 section 3

NEVER_EMPTY = (HOP_BY_HOP, PROTOCOL_TCP, PROTOCOL_UDP)
"""What follows an IPv6 header with payload length 0: a jumbogram (RFC 2675) or an offloaded super-frame (BIG TCP)."""

FRAGMENT_BITS = 0x7FFF
"""Without the reserved bit of RFC 791."""


def decode_network(columns: Columns, rows: Rows) -> None:
    """Read the header at `network_offset` of `rows` that their `ethertype` announces."""
    ethertype = columns.ethertype[rows]
    ipv4 = ethertype == ETHERTYPE_IPV4
    if holds_for_any(ipv4):
        _decode_ipv4(columns, select(rows, ipv4))
    if holds_for_all(ipv4):
        return
    ipv6 = ethertype == ETHERTYPE_IPV6
    if holds_for_any(ipv6):
        _decode_ipv6(columns, select(rows, ipv6))


def _decode_ipv4(columns: Columns, rows: Rows) -> None:
    rows, offset = columns.fitting(rows, columns.network_offset[rows], IPV4.itemsize)
    header = headers(columns.data, offset, IPV4)
    # 0x45 is the shortest header, 0x4F the longest; anything else is far above when it wraps around
    genuine = header["version_ihl"] - np.uint8(0x45) <= 0x0F - 5
    if not holds_for_all(genuine):
        columns.mark_malformed(rows, ~genuine)
        rows, offset, header = select(rows, genuine), offset[genuine], header[genuine]
        if is_empty(rows):
            return
    begin = offset + ((header["version_ihl"] & 15) << 2)
    stop = offset + header["total_length"]
    unstated = stop == offset
    if holds_for_any(unstated):  # offloaded super-frames over 64 KiB (Linux BIG TCP)
        stop = np.where(unstated, columns.wire_end[rows], stop)
    columns.end_at(rows, stop, begin)
    columns.src_low[rows] = header["src"] | np.uint64(IPV4_MAPPED)
    columns.dst_low[rows] = header["dst"] | np.uint64(IPV4_MAPPED)
    columns.ttl[rows] = header["ttl"]
    columns.protocol[rows] = header["protocol"]
    columns.fragment[rows] = header["fragment"] & FRAGMENT_BITS
    columns.transport_offset[rows] = begin
    columns.payload_offset[rows] = begin
    decode_authentication(columns, rows)


def _decode_ipv6(columns: Columns, rows: Rows) -> None:
    rows, offset = columns.fitting(rows, columns.network_offset[rows], IPV6.itemsize)
    header = headers(columns.data, offset, IPV6)
    genuine = header["version"] >> 4 == 6
    if not holds_for_all(genuine):
        columns.mark_malformed(rows, ~genuine)
        rows, offset, header = select(rows, genuine), offset[genuine], header[genuine]
        if is_empty(rows):
            return
    begin = offset + np.int32(IPV6.itemsize)
    stop = begin + header["payload_length"]
    unstated = stop == begin
    if holds_for_any(unstated):
        unstated &= np.isin(header["next_header"], NEVER_EMPTY)
        stop = np.where(unstated, columns.wire_end[rows], stop)
    columns.end_at(rows, stop, begin)
    for name in ("src_high", "src_low", "dst_high", "dst_low"):
        getattr(columns, name)[rows] = header[name]
    columns.ttl[rows] = header["hop_limit"]
    columns.protocol[rows] = header["next_header"]
    columns.transport_offset[rows] = begin
    columns.payload_offset[rows] = begin
    decode_extensions(columns, rows)
