"""Which packets belong to application protocols: by port, or by how their payload begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.decode.dns_shape import dns_elsewhere
from netwatch.decode.info.http import METHODS
from netwatch.decode.info.quic import read_quic_long
from netwatch.decode.info.reading import Context

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

    Found = tuple[NDArray[np.bool_], NDArray[np.int32]]
    """Which packets have the protocol, and where its message begins in each."""

LONGEST_METHOD: Final = 20
"""Bytes in which an HTTP method ends."""
DNS_HEADER: Final = 12
TLS_HEADER: Final = 5


def on_ports(batch: PacketBatch, protocol: int, *ports: int) -> NDArray[np.bool_]:
    """Return which packets of a transport protocol carry something to or from one of `ports`."""
    found: NDArray[np.bool_] = (batch.protocol == protocol) & (batch.payload_captured > 0)
    if not found.any():
        return found
    used = np.zeros(len(batch), np.bool_)
    for port in ports:
        used |= (batch.sport == port) | (batch.dport == port)
    return found & used


def _dns(batch: PacketBatch) -> Found:
    """RFC 1035 section 4.2: over TCP a length of two bytes comes first."""
    tcp = on_ports(batch, PROTOCOL_TCP, 53)
    begin = batch.payload_offset + np.where(tcp, 2, 0).astype(np.int32)
    if tcp.any():
        rows = np.flatnonzero(tcp)
        data = batch.frames.data
        at = batch.payload_offset[rows]
        size = data[at].astype(np.int64) << 8 | data[at + 1]
        tcp[rows] = (size >= DNS_HEADER) & (batch.payload_captured[rows] >= size + 2)
    found = tcp | on_ports(batch, PROTOCOL_UDP, 53)
    found[dns_elsewhere(batch, np.flatnonzero(batch.protocol == PROTOCOL_UDP))] = True
    return found, begin


def _udp(*ports: int) -> Callable[[PacketBatch], Found]:
    return lambda batch: (on_ports(batch, PROTOCOL_UDP, *ports), batch.payload_offset)


def _dhcp(batch: PacketBatch) -> Found:
    return on_ports(batch, PROTOCOL_UDP, 67, 68, 4011), batch.payload_offset


def _tls(batch: PacketBatch) -> Found:
    """RFC 8446 section 5.1: a content type, version 3.x, a length; the middle of a record is not seen."""
    found: NDArray[np.bool_] = (batch.protocol == PROTOCOL_TCP) & (batch.payload_captured >= TLS_HEADER)
    rows = np.flatnonzero(found)
    data, at = batch.frames.data, batch.payload_offset[rows]
    kind, size = data[at], data[at + 3].astype(np.int32) << 8 | data[at + 4]
    found[rows] = (kind >= 20) & (kind <= 24) & (data[at + 1] == 3) & (data[at + 2] <= 4) & (size <= (1 << 14) + 2048)
    return found, batch.payload_offset


def _http(batch: PacketBatch) -> Found:
    """RFC 9112: what begins with a method and a blank, or with the version of a status line."""
    found = np.zeros(len(batch), np.bool_)
    rows = np.flatnonzero((batch.protocol == PROTOCOL_TCP) & (batch.payload_captured >= 4))
    data, begin = batch.frames.data, batch.payload_offset
    rows = rows[np.isin(data[begin[rows]], _HTTP_FIRST)]
    for row in rows.tolist():
        at = begin.item(row)
        start = data[at : at + min(LONGEST_METHOD, batch.payload_captured.item(row))].tobytes()
        found[row] = start.startswith(b"HTTP/1.") or (start.partition(b" ")[0] in METHODS and b" " in start)
    return found, begin


def _quic(batch: PacketBatch) -> Found:
    """RFC 9000 section 17: long headers on any port, all else only on port 443."""
    found = on_ports(batch, PROTOCOL_UDP, 443)
    data, begin = batch.frames.data, batch.payload_offset
    rows = np.flatnonzero((batch.protocol == PROTOCOL_UDP) & (batch.payload_captured >= 7))
    rows = rows[data[begin[rows]] & 0x80 != 0]
    for row in rows.tolist():
        at, size = begin.item(row), batch.payload_captured.item(row)
        found[row] = read_quic_long(data[at : at + min(size, 128)].tobytes(), Context(size)) is not None
    return found, begin


_HTTP_FIRST: Final = np.array(sorted({method[0] for method in METHODS} | {ord("H")}), np.uint8)

APPLICATIONS: Final[dict[str, Callable[[PacketBatch], Found]]] = {
    "dns": _dns,
    "mdns": _udp(5353),
    "llmnr": _udp(5355),
    "nbns": _udp(137),
    "ntp": _udp(123),
    "dhcp": _dhcp,
    "tls": _tls,
    "http": _http,
    "quic": _quic,
}
"""Layers of applications, whose messages begin behind the transport header."""
