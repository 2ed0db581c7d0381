"""Opening: the first bytes of a stream, kept until its protocol is known, or that it is of no interest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.track.stream_protocol import LONGEST_FIRST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from netwatch.track.stream_protocol import StreamProtocol
    from netwatch.track.stream_reader import Moment

MOST_SHOWN: Final = 4096
"""Bytes that StreamProtocol.recognises is given at most."""


class Said(NamedTuple):
    """Bytes of one direction."""

    from_initiator: bool
    data: bytes
    moment: Moment


class StreamProtocols:
    """The protocols, in order, with what tells at once which segments may begin a stream of one of them."""

    def __init__(self, protocols: Iterable[StreamProtocol]) -> None:
        self.known = tuple(protocols)
        self.first_bytes = np.zeros(256, np.bool_)
        """Which first bytes a stream of any of them may have."""
        self.ports = np.zeros(65536, np.bool_)
        """Ports that tell one of them."""
        self._by_first_byte: list[list[StreamProtocol]] = [[] for _ in range(256)]
        """Those that are asked about bytes that begin with one."""
        for protocol in self.known:
            if protocol.recognises is not None:
                first_bytes = list(range(256) if protocol.first_bytes is None else protocol.first_bytes)
                self.first_bytes[first_bytes] = True
                for first in set(first_bytes):
                    self._by_first_byte[first].append(protocol)
            self.ports[list(protocol.ports)] = True

    def may_begin(
        self, first: NDArray[np.uint8], sport: NDArray[np.uint16], dport: NDArray[np.uint16]
    ) -> NDArray[np.bool_]:
        """Return which segments with these first bytes and ports may begin a stream of one of the protocols."""
        found: NDArray[np.bool_] = self.first_bytes.take(first)
        found |= self.ports.take(sport)
        found |= self.ports.take(dport)
        return found

    def may_be(self, from_initiator: bool, first: bytes, ports: tuple[int, int]) -> bool:
        """Return whether a segment may begin a stream of one of the protocols, or cannot tell that it does not."""
        if len(first) < LONGEST_FIRST:
            return bool(self.first_bytes[first[0]] or self.ports[ports[0]] or self.ports[ports[1]])
        return self.find(from_initiator, first, ports) is not None

    def find(self, from_initiator: bool, first: bytes, ports: tuple[int, int]) -> StreamProtocol | None:
        """Return the protocol of a stream by the first bytes of a direction, or else by its ports; or None."""
        for protocol in self._by_first_byte[first[0]]:
            if protocol.recognises is not None and protocol.recognises(from_initiator, first):
                return protocol
        if self.ports[ports[0]] or self.ports[ports[1]]:
            return next((each for each in self.known if not each.ports.isdisjoint(ports)), None)
        return None


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

    def add(self, said: Said, ports: tuple[int, int], protocols: StreamProtocols) -> StreamProtocol | None:
        """Take the next bytes of a direction; return the protocol once it is known."""
        forth = said.from_initiator
        if not said.data:
            return None
        self.log.append(said)
        first = self._first[forth] = (self._first[forth] + said.data)[:MOST_SHOWN]
        protocol = protocols.find(forth, first, ports)
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
