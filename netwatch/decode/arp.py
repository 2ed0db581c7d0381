"""ARP and RARP: the operation and, over IPv4, the protocol addresses; hardware addresses may have any length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_RARP, IPV4_MAPPED
from netwatch.decode.window import headers, holds_for_any, select

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

ARP = np.dtype(
    [
        ("hardware", ">u2"),
        ("protocol", ">u2"),
        ("hardware_length", "u1"),
        ("protocol_length", "u1"),
        ("operation", ">u2"),
    ]
)  # RFC 826
IPV4_ADDRESS = np.dtype([("address", ">u4")])

HARDWARE_ATM = 19
"""ATMARP (RFC 2225 section 8.2) has type and length fields in place of the two lengths."""


def decode_arp(columns: Columns, rows: Rows) -> None:
    """Read those of `rows` that are ARP or RARP packets, at their `network_offset`."""
    ethertype = columns.ethertype[rows]
    found = (ethertype == ETHERTYPE_ARP) | (ethertype == ETHERTYPE_RARP)
    if not holds_for_any(found):
        return
    rows = select(rows, found)
    rows, offset = columns.fitting(rows, columns.network_offset[rows], ARP.itemsize)
    header = headers(columns.data, offset, ARP)
    columns.sport[rows] = header["operation"]
    columns.payload_offset[rows] = offset + np.int32(ARP.itemsize)
    over_ipv4 = (header["protocol"] == ETHERTYPE_IPV4) & (header["protocol_length"] == IPV4_ADDRESS.itemsize)
    over_ipv4 &= header["hardware"] != HARDWARE_ATM
    step = header["hardware_length"].astype(np.int32) + np.int32(IPV4_ADDRESS.itemsize)
    rows, offset, step = select(rows, over_ipv4), offset[over_ipv4], step[over_ipv4]
    fits = columns.require(rows, offset, np.int32(ARP.itemsize) + 2 * step)
    rows, offset, step = select(rows, fits), offset[fits], step[fits]
    sender_end = offset + np.int32(ARP.itemsize) + step
    columns.src_low[rows] = _address_before(columns, sender_end)
    columns.dst_low[rows] = _address_before(columns, sender_end + step)
    columns.payload_offset[rows] = sender_end + step


def _address_before(columns: Columns, end: NDArray[np.int32]) -> NDArray[np.uint64]:
    address = headers(columns.data, end - np.int32(IPV4_ADDRESS.itemsize), IPV4_ADDRESS)["address"]
    result: NDArray[np.uint64] = address.astype(np.uint64) | np.uint64(IPV4_MAPPED)
    return result
