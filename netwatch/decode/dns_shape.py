"""DNS on ports that are not its own: what in a datagram nothing else has by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, MORE_FRAGMENTS
from netwatch.decode.dns_message import (
    HEADER,
    RESPONSE,
    SMALLEST_QUESTION,
    SMALLEST_RECORD,
    counts,
    is_whole,
    read_questions,
)
from netwatch.decode.window import headers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

PORTS: Final = (53, 5353, 5355, 137)
"""Of DNS, mDNS, LLMNR and NBNS, where messages need not look like any (RFC 1035, 6762, 4795, 1002)."""
SHORTEST: Final = HEADER + SMALLEST_QUESTION + 1
"""Bytes of a query for a name of one letter."""
LONGEST_QUESTION: Final = 255 + 4
"""Bytes (RFC 1035 section 2.3.4)."""
MOST_ANSWERS, MOST_AUTHORITIES, MOST_OTHERS = 25, 14, 27
"""Records of a section; Wireshark's heuristic allows as many."""
LAYOUT: Final = np.dtype(
    [("id", ">u2"), ("flags", ">u2"), ("questions", ">u2"), ("answers", ">u2"), ("authority", ">u2"), ("other", ">u2")]
)
"""The header (RFC 1035 section 4.1.1)."""
_UNUSED: Final = 0x7840
"""Bits of the flags that are 0 in a standard query and its response: the opcode and Z."""
_OF_RESPONSES: Final = 0x048F
"""Bits that are 0 in a query: AA, RA and the response code."""
_CLASSES: Final = (1, 3, 4, 255)
"""IN, CH, HS and any."""


def dns_elsewhere(batch: PacketBatch, at: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return those of the UDP packets `at`, ascending, that hold a message of DNS without a port of its relatives."""
    ports = _PORTS.take(batch.sport.take(at)) | _PORTS.take(batch.dport.take(at))
    pieces = batch.fragment.take(at) & np.uint16(FRAGMENT_OFFSET | MORE_FRAGMENTS)
    at = at[~ports & (pieces == 0) & (batch.payload_captured.take(at) >= SHORTEST)]
    begin, data = batch.payload_offset.take(at), batch.frames.data
    # One question is what hardly anything else begins with; two bytes cost less than a header
    one = np.flatnonzero((data.take(begin + 5) == 1) & (data.take(begin + 4) == 0))
    at, begin = at[one], begin[one]
    if not len(at):
        return at
    length = batch.payload_length.take(at)
    found = np.flatnonzero(_like_a_header(headers(data, begin, LAYOUT), length))
    captured = batch.payload_captured
    whole = [
        asks_one_name(data[start : start + min(captured.item(position), HEADER + LONGEST_QUESTION)].tobytes(), size)
        for position, start, size in zip(at[found].tolist(), begin[found].tolist(), length[found].tolist(), strict=True)
    ]
    return at[found[np.array(whole, np.bool_)]]


def is_dns(message: bytes, length: int) -> bool:
    """Return whether a datagram of `length` bytes, of which `message` is the beginning, holds a message of DNS."""
    if len(message) < SHORTEST:
        return False
    header = np.frombuffer(message, LAYOUT, 1)
    return bool(_like_a_header(header, np.array([length], np.int32))[0]) and asks_one_name(message, length)


def asks_one_name(message: bytes, length: int) -> bool:
    """Return whether the question, of which there is one, is whole, and stands at the end where nothing follows."""
    question = next(read_questions(message, 1), None)
    if question is None or question.end > len(message) or question.network not in _CLASSES or not question.number:
        return False
    plain = is_whole(question.name) and "\\" not in question.name
    return plain and (question.end == length or any(counts(message)[1:]))


def _like_a_header(header: NDArray[np.void], length: NDArray[np.int32]) -> NDArray[np.bool_]:
    flags = header["flags"].astype(np.uint16)
    answers, authority, other = (header[name].astype(np.int32) for name in ("answers", "authority", "other"))
    records = answers + authority + other
    found = (header["questions"] == 1) & (flags & np.uint16(_UNUSED) == 0)
    found &= (answers <= MOST_ANSWERS) & (authority <= MOST_AUTHORITIES) & (other <= MOST_OTHERS)
    found &= HEADER + SMALLEST_QUESTION + SMALLEST_RECORD * records <= length
    query = (answers + authority == 0) & (flags & np.uint16(_OF_RESPONSES) == 0)
    result: NDArray[np.bool_] = found & ((flags & np.uint16(RESPONSE) != 0) | query)
    return result


def _table() -> NDArray[np.bool_]:
    table = np.zeros(65536, np.bool_)
    table[list(PORTS)] = True
    return table


_PORTS: Final = _table()
