"""Opening: the first bytes of a stream, kept until its protocol is known, or that it is of no interest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.track.stream_protocol import LONGEST_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from netwatch.track.stream_protocol import StreamProtocol
    from netwatch.track.stream_reader import Moment

MOST_SHOWN: Final = 4096
"""Bytes that StreamProtocol.recognises is given at most."""
PLACES: Final = 4
"""Bytes by which most segments are told not to begin any protocol; one in eight of random bytes passes."""


class Said(NamedTuple):
    """Bytes of one direction."""

    from_initiator: bool
    data: bytes
    moment: Moment


class StreamProtocols:
    """The protocols, in order, with what tells at once which segments may begin a stream of one of them."""

    def __init__(self, protocols: Iterable[StreamProtocol]) -> None:
        self.known = tuple(protocols)
        asked = [protocol for protocol in self.known if protocol.recognises is not None]
        self._bits = _bits(asked)
        """One bit for each protocol that allows a byte at one of the first places; shape (PLACES, 256), uint32."""
        self._any = (1 << len(asked)) - 1
        self._allowed: list[list[int]] = self._bits.tolist()
        first = self._allowed[0]
        told = {bits: [each for number, each in enumerate(asked) if bits >> number & 1] for bits in set(first)}
        self._by_first_byte = [told[bits] for bits in first]
        self._ports = np.zeros((2, 65536), np.bool_)
        """Ports that tell one of them: in the middle of a stream, and at its start."""
        for protocol in self.known:
            self._ports[0 if protocol.joins else 1 :, list(protocol.ports)] = True

    def may_begin(
        self,
        data: NDArray[np.uint8],
        begin: NDArray[np.integer],
        length: NDArray[np.integer],
        ports: tuple[NDArray[np.uint16], NDArray[np.uint16]],
        from_start: NDArray[np.bool_],
    ) -> NDArray[np.bool_]:
        """Return which segments with these `length` bytes of `data` and ports may begin a stream of a protocol."""
        bits = self._bits[0].take(data.take(begin))
        for place in range(1, PLACES):
            there = np.flatnonzero((bits != 0) & (length > place))
            bits[there] &= self._bits[place].take(data.take(begin[there] + place))
        found: NDArray[np.bool_] = bits != 0
        at = from_start.astype(np.intp) << 16
        for port in ports:
            found |= self._ports.take(at + port)
        return found & (length > 0)

    def may_be(self, from_initiator: bool, first: bytes, ports: tuple[int, int], *, from_start: bool) -> bool:
        """Return whether a segment may begin a stream of one of the protocols, or cannot tell that it does not.

        One in the middle of a stream has to tell by itself: were the next ones waited for, a load of streams whose
        beginnings were not captured would be put together for nothing.
        """
        if not from_start or len(first) >= LONGEST_FIRST:
            return self.find(from_initiator, first, ports, from_start=from_start) is not None
        bits = self._any
        for allowed, byte in zip(self._allowed, first, strict=False):
            bits &= allowed[byte]
        return bool(bits) or self._told_by_port(ports, from_start=from_start)

    def find(
        self, from_initiator: bool, first: bytes, ports: tuple[int, int], *, from_start: bool
    ) -> StreamProtocol | None:
        """Return the protocol of a stream by the first bytes of a direction, or else by its ports; or None."""
        for protocol in self._by_first_byte[first[0]]:
            if protocol.recognises is not None and protocol.recognises(from_initiator, first):
                return protocol
        if self._told_by_port(ports, from_start=from_start):
            told = (each for each in self.known if from_start or each.joins)
            return next((each for each in told if not each.ports.isdisjoint(ports)), None)
        return None

    def _told_by_port(self, ports: tuple[int, int], *, from_start: bool) -> bool:
        told = self._ports[int(from_start)]
        return bool(told[ports[0]] or told[ports[1]])


class Opening:
    """What was said so far; each direction is heard for LONGEST_FIRST bytes, or one segment if that is longer."""

    __slots__ = ("_first", "closed", "log", "refused")

    def __init__(self) -> None:
        self.log: list[Said] = []
        self.closed: list[tuple[bool, Moment]] = []
        """Directions that ended, in order."""
        self.refused = [False, False]
        """By from_initiator: the first bytes are those of no protocol."""
        self._first = [b"", b""]

    def add(
        self, said: Said, ports: tuple[int, int], protocols: StreamProtocols, *, from_start: bool
    ) -> StreamProtocol | None:
        """Take the next bytes of a direction; return the protocol once it is known."""
        forth = said.from_initiator
        if not said.data:
            return None
        self.log.append(said)
        first = self._first[forth] = (self._first[forth] + said.data)[:MOST_SHOWN]
        protocol = protocols.find(forth, first, ports, from_start=from_start)
        if protocol is None and len(first) >= LONGEST_FIRST:
            self.refused[forth] = True
            self.forget(forth)
        return protocol

    def forget(self, forth: bool) -> None:
        """Drop what one direction said."""
        self.log = [said for said in self.log if said.from_initiator != forth]
        self._first[forth] = b""

    @property
    def failed(self) -> bool:
        """A direction was refused, and of the other one nothing is known that might be recognised with more bytes."""
        return any(self.refused) and not self.log


def _bits(asked: Sequence[StreamProtocol]) -> NDArray[np.uint32]:
    """Return which of these protocols, one bit each, allow which byte at each of the first places."""
    found = np.zeros((PLACES, 256), np.uint32)
    for number, protocol in enumerate(asked):
        bit = np.uint32(1 << number)
        given = (protocol.first_bytes, *protocol.next_bytes)
        for place in range(PLACES):
            allowed = given[place] if place < len(given) else None
            found[place, slice(None) if allowed is None else list(allowed)] |= bit
    return found
