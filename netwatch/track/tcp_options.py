"""What SYN and SYN-ACK offer: maximum segment size, window scale, SACK, timestamps, Fast Open, multipath, ECN."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import TCP_ACK, TCP_CWR, TCP_ECE
from netwatch.decode.window import headers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

HEADER: Final = 20
"""Bytes of a TCP header before its options (RFC 9293 section 3.1)."""
MOST: Final = 40
"""Bytes of options in one header at most."""
ROOM: Final = MOST + 4
"""Bytes kept of each, so that a word may be read at the last of them."""
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
class SynOptions:
    """The TCP options of some segments with SYN, as bytes; n segments."""

    positions: NDArray[np.intp]
    """Which packets these are, ascending; shape (n,)."""
    data: NDArray[np.uint8]
    """Shape (n, ROOM); what follows the options is anything."""
    length: NDArray[np.intp]
    """Bytes of options that were captured, 0 to MOST; shape (n,)."""

    @classmethod
    def joined(cls, parts: Sequence[SynOptions]) -> SynOptions:
        """Return `parts`, one behind the other."""
        if not parts:
            nothing = np.zeros(0, np.intp)
            return cls(nothing, np.zeros((0, ROOM), np.uint8), nothing)
        return cls(
            np.concatenate([part.positions for part in parts]),
            np.concatenate([part.data for part in parts]),
            np.concatenate([part.length for part in parts]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Offers:
    """What some SYN or SYN-ACK segments offer; columns as in OpeningColumns."""

    mss: NDArray[np.uint16]
    window_scale: NDArray[np.int8]
    options: NDArray[np.uint8]


def syn_options(batch: PacketBatch, packets: NDArray[np.intp], start: int) -> SynOptions:
    """Return the options of `packets` of a batch, whose positions shall count from `start`."""
    frames = batch.frames
    at = batch.transport_offset[packets].astype(np.intp) + HEADER
    end = np.minimum(batch.payload_offset[packets], frames.offset[packets] + frames.captured[packets])
    data = headers(frames.data, at, _BYTES)["bytes"]
    return SynOptions(packets + start, data, np.clip(end - at, 0, MOST))


def offers(given: SynOptions, positions: NDArray[np.intp], flags: NDArray[np.uint8]) -> Offers:
    """Return what the segments at `positions`, which are in `given`, offer.

    `flags` are their TCP flags. Options that are cut or damaged end the list.
    """
    which = np.searchsorted(given.positions, positions)
    result = Offers(np.zeros(len(which), np.uint16), np.zeros(len(which), np.int8), _ecn(flags))
    data = given.data[which]
    left = np.flatnonzero(given.length[which])
    at = left * ROOM
    end = at + given.length[which[left]]
    while len(left):
        # Kind, length and two bytes of value, read at once
        word = headers(data.reshape(-1), at, _WORD)["word"].astype(np.uint32)
        kind = word >> 24
        size = np.where(kind == NO_OPERATION, 1, word >> 16 & 0xFF)
        behind = at + size
        whole = (behind <= end) & ((size >= 2) | (kind == NO_OPERATION)) & (kind != END)
        _note(result, left[whole], kind[whole], word[whole])
        whole &= behind < end
        left, at, end = left[whole], behind[whole], end[whole]
    return result


def _note(result: Offers, which: NDArray[np.intp], kind: NDArray[np.uint32], word: NDArray[np.uint32]) -> None:
    """Add one option of each of the segments `which`; `word` is its first four bytes."""
    result.options[which] |= _OPTION.take(kind)
    sizes = (word >> 16 == MSS << 8 | 4).nonzero()[0]
    result.mss[which[sizes]] = word[sizes] & 0xFFFF
    scales = (word >> 16 == WINDOW_SCALE << 8 | 3).nonzero()[0]
    result.window_scale[which[scales]] = np.minimum(word[scales] >> 8 & 0xFF, LARGEST_SCALE) + 1
    cookies = (word & 0xFF00FFFF == EXPERIMENT << 24 | FAST_OPEN_EXPERIMENT).nonzero()[0]
    result.options[which[cookies]] |= np.uint8(Option.FAST_OPEN)


def _ecn(flags: NDArray[np.uint8]) -> NDArray[np.uint8]:
    marks = flags & (TCP_ECE | TCP_CWR)
    wanted = np.where(flags & TCP_ACK, TCP_ECE, TCP_ECE | TCP_CWR)
    ecn: NDArray[np.uint8] = (marks == wanted) * np.uint8(Option.ECN)
    return ecn


_BYTES: Final = np.dtype([("bytes", "u1", (ROOM,))])
_WORD: Final = np.dtype([("word", ">u4")])
_OPTION: Final = np.zeros(256, np.uint8)
"""The bit of each kind of option that has one."""
_OPTION[[SACK_PERMITTED, TIMESTAMPS, MULTIPATH, FAST_OPEN]] = (
    Option.SACK, Option.TIMESTAMPS, Option.MULTIPATH, Option.FAST_OPEN
)  # fmt: skip
