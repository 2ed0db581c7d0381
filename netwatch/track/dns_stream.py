"""DnsStreamReader: the messages in a TCP stream of DNS (RFC 1035 section 4.2.2), as far as they were captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.decode.dns_message import HEADER, SMALLEST_QUESTION, SMALLEST_RECORD, counts
from netwatch.decode.info.fields import u16
from netwatch.track.stream_protocol import StreamProtocol
from netwatch.track.stream_reader import NO_MORE

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment, Stream

PORT: Final = 53
LENGTH_BYTES: Final = 2
"""In front of each message."""
LONGEST_READ: Final = 4096
"""Bytes of a message that are read; the rest is skipped."""
MOST_WAITING: Final = 16_384
"""Messages that wait to be read; they are read after every batch."""
MOST_FAILURES: Final = 8
"""Segments in a row with which no message begins before a direction is given up."""
_OPERATIONS: Final = (0, 1, 2, 4, 5, 6)
"""Query, inverse query, status, notify, update and stateful operation (RFC 8490)."""
_RESERVED: Final = 0x0040
"""The flag Z, always 0."""


class StreamMessage(NamedTuple):
    """One message out of a stream."""

    stream: Stream
    from_initiator: bool
    moment: Moment
    data: bytes
    """Its beginning, without its length."""
    length: int


class DnsStreams:
    """Takes the messages of all streams until somebody collects them."""

    def __init__(self) -> None:
        self.unread = 0
        """Pieces of streams in which no message could be found."""
        self.left_out = 0
        """Messages for which there was no room."""
        self._waiting: list[StreamMessage] = []

    def protocol(self) -> StreamProtocol:
        """Return DNS as the tracker of TCP streams knows it: by its port, because any bytes may be its first."""
        return StreamProtocol("DNS", lambda stream: DnsStreamReader(stream, self), ports=frozenset({PORT}))

    def add(self, message: StreamMessage) -> None:
        """Add a message."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(message)
        else:
            self.left_out += 1

    def take(self) -> list[StreamMessage]:
        """Return the messages that came since the last time."""
        taken, self._waiting = self._waiting, []
        return taken


class _Direction:
    """How far one direction was read."""

    __slots__ = ("buffer", "failures", "skip")

    def __init__(self) -> None:
        self.buffer = bytearray()
        """The beginning of a message, with its length."""
        self.skip = 0
        """Bytes at the end of a message that are not needed."""
        self.failures = 0


class DnsStreamReader:
    """Implements StreamReader. Where the beginning of messages is not known, it is looked for in every segment."""

    def __init__(self, stream: Stream, found: DnsStreams) -> None:
        """Add the messages of `stream` to `found`."""
        self._stream = stream
        self._found = found
        self._directions = (_Direction(), _Direction())

    def read(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Read the messages that are there by now."""
        direction = self._directions[from_initiator]
        direction.buffer += data
        buffer = direction.buffer
        while len(buffer) >= LENGTH_BYTES + HEADER:
            length = u16(buffer, 0)
            if not _is_message(bytes(buffer[LENGTH_BYTES : LENGTH_BYTES + HEADER]), length):
                self._fail(direction)
                return
            direction.failures = 0
            end = LENGTH_BYTES + min(length, LONGEST_READ)
            if len(buffer) < end:
                return
            self._add(from_initiator, bytes(buffer[LENGTH_BYTES:end]), length, moment)
            rest = LENGTH_BYTES + length
            direction.skip = max(rest - len(buffer), 0)
            del buffer[:rest]

    def lost(self, from_initiator: bool, length: int, moment: Moment) -> None:
        """Give up a message of which something is missing; go on behind it where its end is known."""
        direction = self._directions[from_initiator]
        rest = self._cut(from_initiator, moment) - length
        if rest < 0:
            self._fail(direction)
        else:
            direction.skip = rest

    def closed(self, from_initiator: bool, moment: Moment) -> None:
        """Read what is there of a message that never ended."""
        self._cut(from_initiator, moment)

    def unwanted(self, from_initiator: bool) -> int:
        """Return what is left of a long message."""
        direction = self._directions[from_initiator]
        if direction.failures >= MOST_FAILURES:
            return NO_MORE
        skip, direction.skip = direction.skip, 0
        return skip

    def _cut(self, from_initiator: bool, moment: Moment) -> int:
        """Add the message whose beginning is there; return how many bytes of it are missing."""
        buffer = self._directions[from_initiator].buffer
        if len(buffer) < LENGTH_BYTES + HEADER:
            buffer.clear()
            return 0
        length = u16(buffer, 0)
        missing = LENGTH_BYTES + length - len(buffer)
        self._add(from_initiator, bytes(buffer[LENGTH_BYTES:]), length, moment)
        buffer.clear()
        return missing

    def _add(self, from_initiator: bool, data: bytes, length: int, moment: Moment) -> None:
        self._found.add(StreamMessage(self._stream, from_initiator, moment, data, length))

    def _fail(self, direction: _Direction) -> None:
        self._found.unread += 1
        direction.failures += 1
        direction.buffer.clear()


def _is_message(header: bytes, length: int) -> bool:
    """Tell whether the header of a message of `length` bytes can be one."""
    flags = u16(header, 2)
    questions, *records = counts(header)
    room = HEADER + SMALLEST_QUESTION * questions + SMALLEST_RECORD * sum(records)
    return room <= length and flags >> 11 & 15 in _OPERATIONS and not flags & _RESERVED
