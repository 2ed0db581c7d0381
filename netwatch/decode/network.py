"""The network layer: IPv4 with options, IPv6 with extension headers, ARP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_RARP,
    IPV4_MAPPED,
    PROTOCOL_NONE,
)
from netwatch.decode.extension import decode_extensions
from netwatch.decode.window import headers, is_empty, select

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

ARP = np.dtype(
    [
        ("hardware", ">u2"),
        ("protocol", ">u2"),
        ("hardware_length", "u1"),
        ("protocol_length", "u1"),
        ("operation", ">u2"),
        ("sender_mac", "V6"),
        ("sender", ">u4"),
        ("target_mac", "V6"),
        ("target", ">u4"),
    ]
)  # RFC 826, for IPv4 over Ethernet

FRAGMENT_BITS = 0x7FFF
"""Without the reserved bit of RFC 791."""


def decode_network(columns: Columns, rows: Rows) -> None:
    """Read the header at `network_offset` of `rows` that their `ethertype` announces."""
    ethertype = columns.ethertype[rows]
    ipv4 = ethertype == ETHERTYPE_IPV4
    if ipv4.all():
        _decode_ipv4(columns, rows)
        return
    if ipv4.any():
        _decode_ipv4(columns, select(rows, ipv4))
    ipv6 = ethertype == ETHERTYPE_IPV6
    if ipv6.any():
        _decode_ipv6(columns, select(rows, ipv6))
    other = ~(ipv4 | ipv6)
    if other.any():
        rows, ethertype = select(rows, other), ethertype[other]
        offset = columns.network_offset[rows]
        columns.transport_offset[rows] = offset
        columns.payload_offset[rows] = offset
        arp = (ethertype == ETHERTYPE_ARP) | (ethertype == ETHERTYPE_RARP)
        if arp.any():
            _decode_arp(columns, select(rows, arp))


def _decode_ipv4(columns: Columns, rows: Rows) -> None:
    offset = columns.network_offset[rows]
    columns.transport_offset[rows] = offset
    columns.payload_offset[rows] = offset
    rows, offset = columns.fitting(rows, offset, IPV4.itemsize)
    header = headers(columns.data, offset, IPV4)
    version_ihl = header["version_ihl"]
    length = (version_ihl & 15).astype(np.int32) << 2
    bad = ((version_ihl >> 4) != 4) | (length < IPV4.itemsize)
    if bad.any():
        columns.mark_malformed(rows, bad)
        rows, offset, length, header = select(rows, ~bad), offset[~bad], length[~bad], header[~bad]
        if is_empty(rows):
            return
    total = header["total_length"].astype(np.int32)
    wire_end = columns.wire_end[rows]
    # Offloaded super-frames over 64 KiB carry 0 (Linux BIG TCP); Ethernet padding is not part of the datagram
    end = np.where(total == 0, wire_end, offset + total)
    columns.mark_malformed(rows, (end > wire_end) | ((total < length) & (total != 0)))
    columns.network_end[rows] = np.minimum(end, wire_end)
    columns.src_high[rows] = 0
    columns.dst_high[rows] = 0
    columns.src_low[rows] = header["src"].astype(np.uint64) | np.uint64(IPV4_MAPPED)
    columns.dst_low[rows] = header["dst"].astype(np.uint64) | np.uint64(IPV4_MAPPED)
    columns.ttl[rows] = header["ttl"]
    columns.protocol[rows] = header["protocol"]
    columns.fragment[rows] = header["fragment"] & FRAGMENT_BITS
    columns.transport_offset[rows] = offset + length
    columns.payload_offset[rows] = offset + length
    decode_extensions(columns, rows)


def _decode_ipv6(columns: Columns, rows: Rows) -> None:
    offset = columns.network_offset[rows]
    columns.transport_offset[rows] = offset
    columns.payload_offset[rows] = offset
    rows, offset = columns.fitting(rows, offset, IPV6.itemsize)
    header = headers(columns.data, offset, IPV6)
    bad = (header["version"] >> 4) != 6
    if bad.any():
        columns.mark_malformed(rows, bad)
        rows, offset, header = select(rows, ~bad), offset[~bad], header[~bad]
        if is_empty(rows):
            return
    length = header["payload_length"].astype(np.int32)
    begin = offset + np.int32(IPV6.itemsize)
    wire_end = columns.wire_end[rows]
    end = np.where(length == 0, wire_end, begin + length)  # 0: a jumbogram (RFC 2675) or an offloaded super-frame
    columns.mark_malformed(rows, end > wire_end)
    columns.network_end[rows] = np.minimum(end, wire_end)
    for name in ("src_high", "src_low", "dst_high", "dst_low"):
        getattr(columns, name)[rows] = header[name]
    columns.ttl[rows] = header["hop_limit"]
    columns.protocol[rows] = header["next_header"]
    columns.fragment[rows] = 0
    columns.transport_offset[rows] = begin
    columns.payload_offset[rows] = begin
    decode_extensions(columns, rows)


def _decode_arp(columns: Columns, rows: Rows) -> None:
    rows, offset = columns.fitting(rows, columns.network_offset[rows], 8)
    header = headers(columns.data, offset, ARP)
    columns.protocol[rows] = PROTOCOL_NONE
    columns.sport[rows] = header["operation"]
    usual = (header["hardware_length"] == 6) & (header["protocol_length"] == 4) & (header["protocol"] == ETHERTYPE_IPV4)
    if not usual.any():
        return
    rows, offset = columns.fitting(select(rows, usual), offset[usual], ARP.itemsize)
    header = headers(columns.data, offset, ARP)
    for high, low, field in (("src_high", "src_low", "sender"), ("dst_high", "dst_low", "target")):
        getattr(columns, high)[rows] = 0
        getattr(columns, low)[rows] = header[field].astype(np.uint64) | np.uint64(IPV4_MAPPED)
    columns.payload_offset[rows] = offset + np.int32(ARP.itemsize)
