"""StreamProtocol: how the protocol inside a TCP stream is told, and who reads it; StreamTracker takes a tuple of them.

A reader's module exports one StreamProtocol, or a function that makes one of the tables it fills. What is put
together in contents.py is passed to StreamTracker in order: the first that recognises a stream reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.track.stream_reader import Stream, StreamReader

LONGEST_FIRST: Final = 64
"""Bytes of a direction that `recognises` is asked again about, each time more of them are there, until it knows."""


@dataclass(frozen=True, slots=True)
class StreamProtocol:
    """One protocol over TCP. Content decides first; the port only where no protocol knows the content."""

    name: str
    """As users know it: DNS, TLS, HTTP."""
    reader: Callable[[Stream], StreamReader]
    """Makes the reader of a stream that speaks it. Both directions are given to it from their first bytes that were
    captured on: those that were looked at to recognise it too."""
    recognises: Callable[[bool, bytes], bool] | None = None
    """Asked (from_initiator, first bytes of this direction, at least one); True when they are of this protocol. Asked
    of each direction of each new stream whose first byte is one of `first_bytes`, so it has to be quick. The bytes
    are those of the first segment, or of several when these were short. Where the capture began in the middle of the
    stream they are whatever came first. Must not raise. None for protocols that are told by port alone."""
    first_bytes: bytes | None = None
    """All bytes that the protocol's first messages can begin with, of either direction, such as b"\\x16" for TLS;
    streams that begin otherwise cost nothing. None for any."""
    next_bytes: tuple[bytes, ...] = ()
    """The same of the second byte, the third and so on, as far as that is worth telling; empty for any."""
    ports: frozenset[int] = frozenset()
    """Streams with one of these ports at either end are taken to be of this protocol when no protocol recognises the
    first bytes of the direction that speaks first."""
    joins: bool = True
    """Its reader makes sense of a stream whose beginning was not captured; otherwise the port is not enough for it."""
