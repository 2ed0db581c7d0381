"""What SYN and SYN-ACK offer: maximum segment size, window scale, SACK, time stamps, Fast Open, multipath, ECN."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import TCP_ACK, TCP_CWR, TCP_ECE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

HEADER: Final = 20
"""Bytes of a TCP header before its options (RFC 9293 section 3.1)."""
MOST: Final = 40
"""Options of one header at most, one byte each."""
END, NO_OPERATION, MSS, WINDOW_SCALE, SACK_PERMITTED, TIMESTAMPS, MULTIPATH, FAST_OPEN = 0, 1, 2, 3, 4, 8, 30, 34
"""Kinds (RFC 9293, RFC 7323, RFC 2018, RFC 8684, RFC 7413)."""
EXPERIMENT: Final = 254
FAST_OPEN_EXPERIMENT: Final = 0xF989
"""Kind and magic number of Fast Open before it had a kind of its own (RFC 7413 section 4.1.1)."""
LARGEST_SCALE: Final = 14
"""Larger shifts are taken as 14 (RFC 7323 section 2.3)."""


class Option(IntFlag):
    """What an end offers, as bits of OpeningColumns.options."""

    SACK = 1
    TIMESTAMPS = 2
    ECN = 4
    """ECN-setup SYN or SYN-ACK (RFC 3168 section 6.1.1)."""
    FAST_OPEN = 8
    MULTIPATH = 16


@dataclass(frozen=True, slots=True, eq=False)
class Offers:
    """What some SYN or SYN-ACK packets offer; columns as in OpeningColumns."""

    mss: NDArray[np.uint16]
    window_scale: NDArray[np.int8]
    options: NDArray[np.uint8]


def offers(batch: PacketBatch, positions: NDArray[np.intp]) -> Offers:
    """Return what the TCP headers of the packets at `positions` offer; options that are cut or damaged end the list."""
    count = len(positions)
    mss, scale = np.zeros(count, np.uint16), np.full(count, -1, np.int8)
    options = _ecn(batch.tcp_flags[positions])
    data = batch.frames.data
    at = batch.transport_offset[positions].astype(np.intp) + HEADER
    end = np.minimum(
        batch.payload_offset[positions], (batch.frames.offset[positions] + batch.frames.captured[positions])
    ).astype(np.intp)
    left = np.flatnonzero(at < end)
    for _ in range(MOST):
        left = left[at[left] < end[left]]
        left = left[data[at[left]] != END]
        if not len(left):
            break
        start = at[left]
        kind = data[start]
        size = np.where(kind == NO_OPERATION, 1, data[start + 1]).astype(np.intp)
        whole = (start + size <= end[left]) & ((size >= 2) | (kind == NO_OPERATION))
        left, start, kind, size = left[whole], start[whole], kind[whole], size[whole]
        at[left] += size
        word = data[start + 2].astype(np.uint16) << 8 | data[start + 3]
        chosen = (kind == MSS) & (size == 4)
        mss[left[chosen]] = word[chosen]
        chosen = (kind == WINDOW_SCALE) & (size == 3)
        scale[left[chosen]] = np.minimum(data[start[chosen] + 2], LARGEST_SCALE)
        options[left] |= _bits(kind, size, word)
    return Offers(mss, scale, options)


def _bits(kind: NDArray[np.uint8], size: NDArray[np.intp], word: NDArray[np.uint16]) -> NDArray[np.uint8]:
    experiment = (kind == EXPERIMENT) & (size >= 4) & (word == FAST_OPEN_EXPERIMENT)
    bits: NDArray[np.uint8] = np.select(
        [kind == SACK_PERMITTED, kind == TIMESTAMPS, kind == MULTIPATH, (kind == FAST_OPEN) | experiment],
        [np.uint8(bit) for bit in (Option.SACK, Option.TIMESTAMPS, Option.MULTIPATH, Option.FAST_OPEN)],
        np.uint8(0),
    )
    return bits


def _ecn(flags: NDArray[np.uint8]) -> NDArray[np.uint8]:
    marks = flags & (TCP_ECE | TCP_CWR)
    wanted = np.where(flags & TCP_ACK, TCP_ECE, TCP_ECE | TCP_CWR)
    ecn: NDArray[np.uint8] = (marks == wanted) * np.uint8(Option.ECN)
    return ecn
