"""SshReader: versions and algorithms that both ends of SSH tell before encryption begins (RFC 4253), and HASSH."""

from __future__ import annotations

import re
from hashlib import md5
from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import SshBanners
from netwatch.track.stream_reader import NO_MORE

if TYPE_CHECKING:
    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream

LONGEST_BANNER: Final = 255
"""RFC 4253 section 4.2."""
MOST_PREFACE: Final = 4096
"""Bytes of lines that a server may say in front of its banner."""
LARGEST_PACKET: Final = 35000
"""RFC 4253 section 6.1."""
KEY_EXCHANGE_INIT: Final = 20
COOKIE: Final = 16
LISTS: Final = 8
"""Lists of names that are read: key exchange, host key, then encryption, integrity and compression of each way."""

_NO_TEXT: Final = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
"""What no line in front of a banner has: the beginning was not captured."""


class SshReader:
    """A StreamReader, done after the first packet of each end."""

    protocol = "SSH"

    def __init__(self, stream: Stream, facts: ApplicationFacts) -> None:
        self._stream = stream
        self._facts = facts
        self._buffers = [b"", b""]
        self._banners = ["", ""]
        self._hassh = ["", ""]
        self._done = [False, False]
        self._told = False
        facts.detect(stream.serial, self.protocol)

    def read(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Take the next bytes of a direction."""
        if self._done[from_initiator]:
            return
        data = self._buffers[from_initiator] + data
        if not self._banners[from_initiator]:
            rest = self._banner(from_initiator, data)
            if rest is None:
                self._buffers[from_initiator] = data
                self._done[from_initiator] = len(data) > MOST_PREFACE or _NO_TEXT.search(data) is not None
                return
            data = rest
        self._buffers[from_initiator] = data
        size = int.from_bytes(data[:4], "big")
        if len(data) >= 4 and (not 8 <= size <= LARGEST_PACKET):
            self._end(from_initiator, moment)
        elif len(data) >= 4 + size and len(data) > 5:
            if data[5] == KEY_EXCHANGE_INIT:
                self._hassh[from_initiator] = hassh(data[: 4 + size], client=from_initiator)
            self._end(from_initiator, moment)

    def lost(self, from_initiator: bool, length: int, moment: Moment) -> None:
        """Give a direction up."""
        del length
        self._end(from_initiator, moment)

    def closed(self, from_initiator: bool, moment: Moment) -> None:
        """Tell what is known."""
        self._end(from_initiator, moment)

    def unwanted(self, from_initiator: bool) -> int:
        """Say whether an end has told all."""
        return NO_MORE if self._done[from_initiator] else 0

    def _banner(self, from_initiator: bool, data: bytes) -> bytes | None:
        """Find the identification line; return what is behind it, None when it is not there yet."""
        begin = 0 if data.startswith(b"SSH-") else data.find(b"\nSSH-") + 1
        end = data.find(b"\n", begin)
        if end < 0 or not data.startswith(b"SSH-", begin):
            return None
        self._banners[from_initiator] = printable_bytes(data[begin:end].rstrip(b"\r"), LONGEST_BANNER)
        self._describe()
        return data[end + 1 :]

    def _end(self, from_initiator: bool, moment: Moment) -> None:
        self._done[from_initiator], self._buffers[from_initiator] = True, b""
        if self._told or not all(self._done) or not any(self._banners):
            return
        self._told = True
        self._describe()
        server, client = self._banners
        self._facts.add(SshBanners(self._stream, moment, client, server, self._hassh[1], self._hassh[0]))

    def _describe(self) -> None:
        server, client = self._banners
        line = f"{client or '?'} -> {server or '?'}"
        if self._hassh[1]:
            line += f", hassh {self._hassh[1]}"
        if self._hassh[0]:
            line += f", server {self._hassh[0]}"
        self._facts.describe(self._stream.serial, line)


def hassh(packet: bytes, *, client: bool) -> str:
    """Return the HASSH of a key exchange message, of a server's the hasshServer; empty when it is malformed.

    https://github.com/salesforce/hassh: it is the MD5 of the algorithms that this end would use to send, those of key
    exchange, encryption, integrity and compression.
    """
    lists: list[bytes] = []
    at, end = 6 + COOKIE, len(packet)
    while len(lists) < LISTS and at + 4 <= end:
        size = int.from_bytes(packet[at : at + 4], "big")
        if at + 4 + size > end:
            return ""
        lists.append(packet[at + 4 : at + 4 + size])
        at += 4 + size
    if len(lists) < LISTS:
        return ""
    way = 0 if client else 1
    chosen = (lists[0], lists[2 + way], lists[4 + way], lists[6 + way])
    return md5(b";".join(chosen), usedforsecurity=False).hexdigest()
