"""FirstWords: tells protocols by what both ends say first, with the readers of the Info column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from netwatch.decode.info.greetings import read_mysql_greeting
from netwatch.decode.info.http import read_http, read_http2
from netwatch.decode.info.reading import Context, Reading
from netwatch.decode.info.registry import TCP_APPLICATIONS
from netwatch.decode.info.tls import read_tls
from netwatch.track.stream_reader import NO_MORE

if TYPE_CHECKING:
    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream

READ: Final = 2048
"""Bytes that are looked at."""
READ_ELSEWHERE: Final = frozenset({"TLS", "HTTP", "HTTP2", "BGP", "DNS"})
"""Protocols that other readers know, or about whose flows the first words say little."""
LONGEST: Final = 100
"""Characters of what one end said."""

_OTHERS_KNOW: Final = (read_tls, read_http, read_http2, read_mysql_greeting)
_BY_FIRST_BYTE: Final = tuple(
    tuple(read for read in readers if read not in _OTHERS_KNOW) for readers in TCP_APPLICATIONS.by_first_byte
)
FIRST_BYTES: Final = bytes(first for first, readers in enumerate(_BY_FIRST_BYTE) if readers)
"""What the contents that knows_content knows begin with."""

_SAYS_NOTHING: Final = re.compile(r"(?:data|encrypted|message|Request|Response|Bulk)(?: .* bytes| \d+ bytes)?$")


class FirstWords:
    """A StreamReader, done after the first bytes of each end."""

    def __init__(self, stream: Stream, facts: ApplicationFacts) -> None:
        self._stream = stream
        self._facts = facts
        self._done = [False, False]
        self._words = ["", ""]

    def read(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Read the first bytes of a direction."""
        del moment
        if self._done[from_initiator]:
            return
        self._done[from_initiator] = True
        ports = (self._stream.initiator_port, self._stream.responder_port)
        context = Context(len(data), *(ports if from_initiator else ports[::-1]))
        reading = TCP_APPLICATIONS.read(data[:READ], context)
        if reading is not None:
            self._facts.detect(self._stream.serial, reading.protocol)
            self._words[from_initiator] = told(reading, LONGEST)
            self._facts.describe(self._stream.serial, " -> ".join(filter(None, reversed(self._words))))

    def lost(self, from_initiator: bool, length: int, moment: Moment) -> None:
        """Give a direction up."""
        del length, moment
        self._done[from_initiator] = True

    def closed(self, from_initiator: bool, moment: Moment) -> None:
        """Nothing is left to tell."""

    def unwanted(self, from_initiator: bool) -> int:
        """Say whether a direction has spoken."""
        return NO_MORE if self._done[from_initiator] else 0


def told(reading: Reading, longest: int) -> str:
    """Return what a reading says, nothing where that is only how long the data are."""
    return "" if _SAYS_NOTHING.match(reading.text) else reading.text[:longest]


def knows_content(data: bytes) -> bool:
    """Return True when the first bytes of a stream are of a protocol that needs no port to be told."""
    readers = _BY_FIRST_BYTE[data[0]]
    if not readers:
        return False
    context = Context(len(data))
    found = (read(data, context) for read in readers)
    return any(reading is not None and reading.protocol not in READ_ELSEWHERE for reading in found)
