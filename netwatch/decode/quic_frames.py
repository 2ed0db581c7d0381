"""CRYPTO frames of QUIC's Initial packets, and the stream that they are pieces of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.decode.quic_header import read_number

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FRAMES: Final = 256
"""Frames of one packet that are read."""
MOST_RANGES: Final = 256
"""Ranges of one acknowledgement."""
LARGEST_STREAM: Final = 1 << 14
"""Bytes of a stream that are kept; a ClientHello with post-quantum keys takes two thousand."""
MOST_PIECES: Final = 128
"""Gaps that a stream may have at once."""

_PING, _ACK, _ACK_ECN, _CRYPTO, _CRYPTO_GOOGLE, _CLOSE, _CLOSE_APPLICATION = 1, 2, 3, 6, 8, 0x1C, 0x1D
"""Google's versions T050 and T051 have another number for CRYPTO, which later ones do not allow in Initial packets."""


class CryptoFrame(NamedTuple):
    """A piece of the stream."""

    offset: int
    data: bytes


class CloseFrame(NamedTuple):
    """The end of the connection."""

    code: int


def read_frames(payload: bytes) -> Iterator[CryptoFrame | CloseFrame]:
    """Yield what counts of the frames of an Initial packet (RFC 9000 section 12.4); stop at what may not be there."""
    at = 0
    for _ in range(MOST_FRAMES):
        at = len(payload) - len(payload[at:].lstrip(b"\0"))
        if at >= len(payload):
            return
        kind, at = payload[at], at + 1
        if kind in (_CRYPTO, _CRYPTO_GOOGLE):
            offset, at = read_number(payload, at)
            size, at = read_number(payload, at)
            if at + size > len(payload):
                return
            yield CryptoFrame(offset, payload[at : at + size])
            at += size
        elif kind in (_ACK, _ACK_ECN):
            at = _after_acknowledgement(payload, at, counters=3 if kind == _ACK_ECN else 0)
        elif kind in (_CLOSE, _CLOSE_APPLICATION):
            yield CloseFrame(read_number(payload, at)[0])
            return
        elif kind != _PING:
            return


def _after_acknowledgement(payload: bytes, at: int, *, counters: int) -> int:
    """Return where an ACK frame ends (RFC 9000 section 19.3)."""
    for _ in range(2):  # largest, delay
        _, at = read_number(payload, at)
    ranges, at = read_number(payload, at)
    for _ in range(1 + 2 * min(ranges, MOST_RANGES) + counters):
        _, at = read_number(payload, at)
    return at


class CryptoStream:
    """Puts pieces in order, whatever order they come in; bounded."""

    __slots__ = ("_pieces", "data")

    def __init__(self) -> None:
        self.data = b""
        """What is there without a gap from the beginning on."""
        self._pieces: dict[int, bytes] = {}
        """By offset, behind the first gap."""

    def add(self, frame: CryptoFrame) -> None:
        """Take a piece; what was there before counts."""
        if frame.offset + len(frame.data) > LARGEST_STREAM:
            return
        self._put(frame)
        while self._pieces:
            offset = min(self._pieces)
            if offset > len(self.data):
                return
            self._put(CryptoFrame(offset, self._pieces.pop(offset)))

    def _put(self, frame: CryptoFrame) -> None:
        have = len(self.data)
        if frame.offset <= have:
            self.data += frame.data[have - frame.offset :]
        elif len(self._pieces) < MOST_PIECES and len(frame.data) > len(self._pieces.get(frame.offset, b"")):
            self._pieces[frame.offset] = frame.data
