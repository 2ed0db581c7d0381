"""The transport layer: TCP, UDP, UDP-Lite, DCCP, SCTP, ICMP and ICMPv6 of whole batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_IPV6,
    FRAGMENT_OFFSET,
    MORE_FRAGMENTS,
    PROTOCOL_DCCP,
    PROTOCOL_ICMP,
    PROTOCOL_ICMPV6,
    PROTOCOL_SCTP,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    PROTOCOL_UDPLITE,
)
from netwatch.decode.window import headers, holds_for_all, holds_for_any, select

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

TRANSPORT = np.dtype(
    {
        "names": ["sport", "dport", "type", "code", "length", "seq", "ack", "data_offset", "flags", "window"],
        "formats": [">u2", ">u2", "u1", "u1", ">u2", ">u4", ">u4", "u1", "u1", ">u2"],
        "offsets": [0, 2, 0, 1, 4, 4, 8, 12, 13, 14],
        "itemsize": 20,
    }
)
"""Every header that we read in one layout, so that one pass gathers all of them: ports of all but ICMP, type and code
of ICMP (RFC 792, RFC 4443), length of UDP (RFC 768), the rest of TCP (RFC 9293 section 3.1)."""

TCP_HEADER, UDP_HEADER, ICMP_HEADER = 20, 8, 8
COMMON_HEADERS = {
    PROTOCOL_TCP: TCP_HEADER,
    PROTOCOL_UDP: UDP_HEADER,
    PROTOCOL_UDPLITE: 8,
    PROTOCOL_SCTP: 12,
    PROTOCOL_DCCP: 12,
}
"""Bytes of the headers that begin with two ports; RFC 3828 section 3.1, RFC 9260 section 3.1, RFC 4340 section 5.1 (the
shorter form)."""
ICMP_LEAST = 4
"""Type, code and checksum; what follows differs."""
PORTS = 4

_NEEDED = np.zeros(256, np.int32)
_NEEDED[list(COMMON_HEADERS)] = list(COMMON_HEADERS.values())
_NEEDED[[PROTOCOL_ICMP, PROTOCOL_ICMPV6]] = ICMP_LEAST
_HAS_PORTS = np.zeros(256, np.bool_)
_HAS_PORTS[list(COMMON_HEADERS)] = True


def decode_transport(columns: Columns, rows: Rows) -> None:
    """Read the header at `transport_offset` of `rows` that their `protocol` announces; later fragments have none."""
    later = columns.fragment[rows] & FRAGMENT_OFFSET != 0
    if holds_for_any(later):
        rows = select(rows, ~later)
    protocol = columns.protocol[rows]
    offset = columns.transport_offset[rows]
    needed = _NEEDED.take(protocol)
    fits = columns.require(rows, offset, needed)
    if not holds_for_all(fits):
        _decode_cut(columns, select(rows, ~fits))
        rows, protocol, offset, needed = select(rows, fits), protocol[fits], offset[fits], needed[fits]
    # Rows without such a header give whatever is there, which `ports` and `tcp` leave out
    header = headers(columns.data, offset, TRANSPORT)
    ports = _HAS_PORTS.take(protocol)
    columns.sport[rows] = header["sport"] * ports
    columns.dport[rows] = header["dport"] * ports
    tcp = protocol == PROTOCOL_TCP
    columns.tcp_flags[rows] = header["flags"] * tcp
    columns.tcp_seq[rows] = header["seq"] * tcp
    columns.tcp_ack[rows] = header["ack"] * tcp
    columns.tcp_window[rows] = header["window"] * tcp
    length = np.where(tcp, header["data_offset"] >> 4 << 2, needed)
    columns.mark_malformed(rows, length < needed)
    length = np.maximum(length, needed)
    columns.require(rows, offset, length)
    columns.payload_offset[rows] = offset + length
    disagree = (protocol == PROTOCOL_UDP) & (offset + header["length"] != columns.wire_end[rows])
    if holds_for_any(disagree):
        _end_datagrams(columns, select(rows, disagree), offset[disagree], header["length"][disagree])
    icmp = needed == ICMP_LEAST
    if holds_for_any(icmp):
        _decode_icmp(columns, select(rows, icmp), offset[icmp], header[icmp])


def _end_datagrams(columns: Columns, rows: Rows, offset: NDArray[np.int32], length: NDArray[np.uint16]) -> None:
    """Let UDP datagrams of which `rows` holds those that contradict IP's length end where they say so."""
    stop, wire_end = offset + length, columns.wire_end[rows]
    # A jumbogram states 0 (RFC 2675 section 4); a datagram in fragments is longer than the first of them
    jumbo = (length == 0) & (columns.ethertype[rows] == ETHERTYPE_IPV6)
    continued = (stop > wire_end) & (columns.fragment[rows] & MORE_FRAGMENTS != 0)
    usable = ~jumbo & (length >= UDP_HEADER)
    columns.mark_malformed(rows, ~jumbo & (length < UDP_HEADER))
    columns.end_at(select(rows, usable), np.where(continued, wire_end, stop)[usable], offset[usable])


def _decode_icmp(columns: Columns, rows: Rows, offset: NDArray[np.int32], header: NDArray[np.void]) -> None:
    columns.sport[rows] = header["type"]
    columns.dport[rows] = header["code"]
    columns.payload_offset[rows] = offset + np.int32(ICMP_HEADER)


def _decode_cut(columns: Columns, rows: Rows) -> None:
    """Read the ports of headers that are cut short behind them."""
    rows = select(rows, _HAS_PORTS.take(columns.protocol[rows]))
    offset = columns.transport_offset[rows]
    columns.payload_offset[rows] = offset + _NEEDED.take(columns.protocol[rows])
    there = offset + np.int32(PORTS) <= columns.end[rows]
    rows, offset = select(rows, there), offset[there]
    header = headers(columns.data, offset, TRANSPORT)
    columns.sport[rows] = header["sport"]
    columns.dport[rows] = header["dport"]
