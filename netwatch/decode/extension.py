"""Headers between IP and transport: IPv6 extension headers (RFC 8200 section 4), AH of both families (RFC 4302)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, MORE_FRAGMENTS
from netwatch.decode.window import headers, holds_for_any, is_empty, select

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows

HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, SHIM6 = 0, 43, 44, 51, 60, 140
"""IANA lists mobility (135) and HIP (139) too, but those are messages: nothing follows them."""

MOST_HEADERS = 12
"""Extension headers read of one packet; RFC 8200 section 4.1 foresees at most eight."""

EXTENSION = np.dtype([("next_header", "u1"), ("length", "u1"), ("fragment", ">u2"), ("identification", ">u4")])

_IN_IPV6 = np.zeros(256, np.bool_)
_IN_IPV6[[HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, SHIM6]] = True
_IN_IPV4 = np.zeros(256, np.bool_)
_IN_IPV4[AUTHENTICATION] = True


def decode_extensions(columns: Columns, rows: Rows, is_extension: NDArray[np.bool_] = _IN_IPV6) -> None:
    """Move `protocol`, `transport_offset` and `payload_offset` of `rows` past their extension headers.

    `is_extension` has shape (256,) and says which protocol numbers are such headers.
    """
    for _ in range(MOST_HEADERS):
        rows = select(rows, is_extension[columns.protocol[rows]])
        if is_empty(rows):
            return
        rows, offset = columns.fitting(rows, columns.transport_offset[rows], EXTENSION.itemsize)
        header = headers(columns.data, offset, EXTENSION)
        protocol = columns.protocol[rows]
        _note_fragments(columns, rows, protocol == FRAGMENT, header["fragment"])
        begin = offset + _length(protocol, header["length"].astype(np.int32))
        columns.protocol[rows] = header["next_header"]
        columns.transport_offset[rows] = begin
        columns.payload_offset[rows] = begin
        beyond = begin > columns.wire_end[rows]
        columns.mark_malformed(rows, beyond)
        rows = select(rows, ~beyond & (columns.fragment[rows] & FRAGMENT_OFFSET == 0))
    columns.mark_malformed(rows, is_extension[columns.protocol[rows]])


def decode_authentication(columns: Columns, rows: Rows) -> None:
    """Do the same for IPv4, where only the authentication header stands before the transport header."""
    found = columns.protocol[rows] == AUTHENTICATION
    if holds_for_any(found):
        found &= columns.fragment[rows] & FRAGMENT_OFFSET == 0
        decode_extensions(columns, select(rows, found), _IN_IPV4)


def _length(protocol: NDArray[np.uint8], stated: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the length in bytes of headers whose length field is `stated`, in units that the kind decides."""
    length = np.where(protocol == AUTHENTICATION, (stated + 2) << 2, (stated + 1) << 3)
    return np.where(protocol == FRAGMENT, EXTENSION.itemsize, length).astype(np.int32)


def _note_fragments(columns: Columns, rows: Rows, found: NDArray[np.bool_], field: NDArray[np.uint16]) -> None:
    """Write fragment fields in the form of IPv4: RFC 8200 section 4.5 has the flag lowest, RFC 791 highest."""
    if holds_for_any(found):
        value = field[found].astype(np.uint16)
        more = np.where(value & 1, np.uint16(MORE_FRAGMENTS), np.uint16(0))
        columns.fragment[select(rows, found)] = (value >> 3) | more
