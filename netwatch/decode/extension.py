"""Headers between IP and transport: IPv6 extension headers (RFC 8200 section 4), AH of both families (RFC 4302)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import ETHERTYPE_IPV6, MORE_FRAGMENTS
from netwatch.decode.window import headers, select

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION = 0, 43, 44, 51, 60
MOBILITY, HIP, SHIM6 = 135, 139, 140

MOST_HEADERS = 12
"""Extension headers read of one packet; RFC 8200 section 4.1 foresees at most eight."""

EXTENSION = np.dtype([("next_header", "u1"), ("length", "u1"), ("fragment", ">u2"), ("identification", ">u4")])

_IS_EXTENSION = np.zeros(256, np.bool_)
_IS_EXTENSION[[HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, MOBILITY, HIP, SHIM6]] = True


def decode_extensions(columns: Columns, rows: Rows) -> None:
    """Move `protocol`, `transport_offset` and `payload_offset` of `rows` past their extension headers."""
    for _ in range(MOST_HEADERS):
        follows = _follows(columns, rows)
        if not follows.any():
            return
        rows = select(rows, follows)
        rows, offset = columns.fitting(rows, columns.transport_offset[rows], EXTENSION.itemsize)
        if len(offset) == 0:
            return
        header = headers(columns.data, offset, EXTENSION)
        protocol = columns.protocol[rows]
        length = (header["length"].astype(np.int32) + 1) << 3
        length = np.where(protocol == AUTHENTICATION, (header["length"].astype(np.int32) + 2) << 2, length)
        fragment = protocol == FRAGMENT
        if fragment.any():
            length = np.where(fragment, EXTENSION.itemsize, length)
            value = header["fragment"].astype(np.uint16)
            # RFC 8200 section 4.5 has the offset in the upper 13 bits and M in the lowest, RFC 791 the other way round
            ipv4_form = (value >> 3) | np.where(value & 1, MORE_FRAGMENTS, 0).astype(np.uint16)
            columns.fragment[rows] = np.where(fragment, ipv4_form, columns.fragment[rows])
        beyond = offset + length > columns.network_end[rows]
        columns.mark_malformed(rows, beyond)
        columns.protocol[rows] = header["next_header"]
        columns.transport_offset[rows] = offset + length.astype(np.int32)
        columns.payload_offset[rows] = offset + length.astype(np.int32)
        rows = select(rows, ~beyond & (columns.fragment[rows] & 0x1FFF == 0))
    columns.mark_malformed(rows, _follows(columns, rows))


def _follows(columns: Columns, rows: Rows) -> NDArray[np.bool_]:
    protocol = columns.protocol[rows]
    # In IPv4 these numbers are what they say, except AH
    in_family = (protocol == AUTHENTICATION) | (columns.ethertype[rows] == ETHERTYPE_IPV6)
    result: NDArray[np.bool_] = _IS_EXTENSION[protocol] & in_family
    return result
