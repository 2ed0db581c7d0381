"""The transport layer: TCP, UDP, UDP-Lite, DCCP, SCTP, ICMP and ICMPv6 of whole batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import (
    FRAGMENT_OFFSET,
    PROTOCOL_DCCP,
    PROTOCOL_ICMP,
    PROTOCOL_ICMPV6,
    PROTOCOL_SCTP,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    PROTOCOL_UDPLITE,
)
from netwatch.decode.window import headers, select

if TYPE_CHECKING:
    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

TCP = np.dtype(
    [
        ("sport", ">u2"),
        ("dport", ">u2"),
        ("seq", ">u4"),
        ("ack", ">u4"),
        ("data_offset", "u1"),
        ("flags", "u1"),
        ("window", ">u2"),
        ("checksum", ">u2"),
        ("urgent", ">u2"),
    ]
)  # RFC 9293 section 3.1
UDP = np.dtype([("sport", ">u2"), ("dport", ">u2"), ("length", ">u2"), ("checksum", ">u2")])  # RFC 768
ICMP = np.dtype([("type", "u1"), ("code", "u1")])  # RFC 792, RFC 4443

HEADER_LENGTHS = {PROTOCOL_SCTP: 12, PROTOCOL_DCCP: 12, PROTOCOL_UDPLITE: 8}
"""Common headers of RFC 9260 section 3.1, RFC 4340 section 5.1 (the shorter form) and RFC 3828 section 3.1, all of
which begin with two ports."""


def decode_transport(columns: Columns, rows: Rows) -> None:
    """Read the header at `transport_offset` of `rows` that their `protocol` announces; later fragments have none."""
    first = (columns.fragment[rows] & FRAGMENT_OFFSET) == 0
    if not first.all():
        later = select(rows, ~first)
        columns.payload_end[later] = columns.network_end[later]
        rows = select(rows, first)
    columns.payload_end[rows] = columns.network_end[rows]
    protocol = columns.protocol[rows]
    tcp = protocol == PROTOCOL_TCP
    if tcp.any():
        _decode_tcp(columns, select(rows, tcp))
    udp = protocol == PROTOCOL_UDP
    if udp.any():
        _decode_udp(columns, select(rows, udp))
    if (tcp | udp).all():
        return
    icmp = (protocol == PROTOCOL_ICMP) | (protocol == PROTOCOL_ICMPV6)
    if icmp.any():
        _decode_icmp(columns, select(rows, icmp))
    for number, length in HEADER_LENGTHS.items():
        other = protocol == number
        if other.any():
            _decode_ports(columns, select(rows, other), length)


def _decode_tcp(columns: Columns, rows: Rows) -> None:
    offset = columns.transport_offset[rows]
    whole = columns.require(rows, offset, TCP.itemsize)
    if not whole.all():
        cut = select(rows, ~whole)
        _decode_ports(columns, cut, TCP.itemsize)
        rows, offset = select(rows, whole), offset[whole]
        if len(offset) == 0:
            return
    header = headers(columns.data, offset, TCP)
    columns.sport[rows] = header["sport"]
    columns.dport[rows] = header["dport"]
    columns.tcp_seq[rows] = header["seq"]
    columns.tcp_ack[rows] = header["ack"]
    columns.tcp_flags[rows] = header["flags"]
    columns.tcp_window[rows] = header["window"]
    length = (header["data_offset"] >> 4).astype(np.int32) << 2
    payload = offset + np.maximum(length, TCP.itemsize)
    bad = (length < TCP.itemsize) | (payload > columns.network_end[rows])
    columns.mark_malformed(rows, bad)
    columns.payload_offset[rows] = payload


def _decode_udp(columns: Columns, rows: Rows) -> None:
    offset = columns.transport_offset[rows]
    whole = columns.require(rows, offset, UDP.itemsize)
    if not whole.all():
        _decode_ports(columns, select(rows, ~whole), UDP.itemsize)
        rows, offset = select(rows, whole), offset[whole]
        if len(offset) == 0:
            return
    header = headers(columns.data, offset, UDP)
    columns.sport[rows] = header["sport"]
    columns.dport[rows] = header["dport"]
    length = header["length"].astype(np.int32)
    end = columns.network_end[rows]
    stated = np.where(length == 0, end, offset + length)  # 0: a jumbogram (RFC 2675 section 4)
    fragmented = columns.fragment[rows] & 0x3FFF != 0  # the datagram goes on in later fragments
    columns.mark_malformed(rows, ((length < UDP.itemsize) & (length != 0)) | ((stated > end) & ~fragmented))
    columns.payload_offset[rows] = offset + np.int32(UDP.itemsize)
    columns.payload_end[rows] = np.minimum(stated, end)


def _decode_icmp(columns: Columns, rows: Rows) -> None:
    rows, offset = columns.fitting(rows, columns.transport_offset[rows], 4)
    header = headers(columns.data, offset, ICMP)
    columns.sport[rows] = header["type"]
    columns.dport[rows] = header["code"]
    columns.payload_offset[rows] = np.minimum(offset + np.int32(8), columns.network_end[rows])


def _decode_ports(columns: Columns, rows: Rows, length: int) -> None:
    """Read the two ports that a header begins with, also of one that was cut short behind them."""
    offset = columns.transport_offset[rows]
    columns.payload_offset[rows] = offset + np.int32(length)
    rows, offset = columns.fitting(rows, offset, 4)
    header = headers(columns.data, offset, UDP)
    columns.sport[rows] = header["sport"]
    columns.dport[rows] = header["dport"]
