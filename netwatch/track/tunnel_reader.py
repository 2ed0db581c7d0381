"""TunnelReader: tells what passes through a tunnel of HTTP or SOCKS anew, and lets its reader have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.track.stream_opening import Opening, Said, StreamProtocols
from netwatch.track.stream_reader import NO_MORE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.track.stream_protocol import StreamProtocol
    from netwatch.track.stream_reader import Moment, Stream, StreamReader

DEEPEST: Final = 3
"""Tunnels inside each other that are looked into."""
MOST: Final = 1024
"""Flows whose tunnels are counted."""


class TunnelReader:
    """A StreamReader that knows protocols by their content alone."""

    def __init__(self, stream: Stream, protocols: StreamProtocols) -> None:
        self._stream = stream
        self._protocols = protocols
        self._opening: Opening | None = Opening()
        """None once the protocol is known, or that it will not be."""
        self._reader: StreamReader | None = None

    def read(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Take the next bytes of a direction."""
        if self._reader is not None:
            self._reader.read(from_initiator, data, moment)
        elif self._opening is not None and not self._opening.refused[from_initiator]:
            found = self._opening.add(Said(from_initiator, data, moment), (0, 0), self._protocols, from_start=True)
            if found is not None:
                self._begin(found, self._opening)
            elif self._opening.failed:
                self._opening = None

    def lost(self, from_initiator: bool, length: int, moment: Moment) -> None:
        """Go on behind a gap."""
        if self._reader is not None:
            self._reader.lost(from_initiator, length, moment)
        elif self._opening is not None:
            self._opening = None

    def closed(self, from_initiator: bool, moment: Moment) -> None:
        """Pass it on."""
        if self._reader is not None:
            self._reader.closed(from_initiator, moment)

    def unwanted(self, from_initiator: bool) -> int:
        """Say what need not be handed on."""
        if self._reader is not None:
            return self._reader.unwanted(from_initiator)
        return NO_MORE if self._opening is None else 0

    def _begin(self, protocol: StreamProtocol, opening: Opening) -> None:
        self._opening = None
        self._reader = protocol.reader(self._stream)
        for said in opening.log:
            self._reader.read(said.from_initiator, said.data, said.moment)


class Tunnels:
    """Makes readers of tunnels, once it is known which protocols there are."""

    def __init__(self) -> None:
        self._protocols = StreamProtocols(())
        self._open: dict[int, int] = {}
        """Tunnels inside each other by the serial of their flow; the newest flows only."""

    def know(self, protocols: Iterable[StreamProtocol]) -> None:
        """Look for these."""
        self._protocols = StreamProtocols(protocols)

    def reader(self, stream: Stream) -> TunnelReader | None:
        """Return a reader of what passes through a tunnel in `stream`, None where too many are inside each other."""
        depth = self._open.pop(stream.serial, 0) + 1
        self._open[stream.serial] = depth
        if len(self._open) > MOST:
            del self._open[next(iter(self._open))]
        return TunnelReader(stream, self._protocols) if depth <= DEEPEST else None
