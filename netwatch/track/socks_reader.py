"""SocksReader: where SOCKS 4 and 5 (RFC 1928, 1929) lead, who asks, and what passes through then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.decode.info.peer import read_socks
from netwatch.decode.info.reading import Context
from netwatch.text import printable_bytes
from netwatch.track.application_events import Outcome, secret_digest
from netwatch.track.login_attempts import LONGEST_USER
from netwatch.track.message_reader import BROKEN, MessageReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream, StreamReader

VERSION_4, VERSION_5 = 4, 5
SUBNEGOTIATION: Final = 1
USER_AND_PASSWORD: Final = 2
GRANTED_4: Final = 90
NO_NAME: Final = (0, 0, 0)
"""The first bytes of an address in place of which SOCKS 4A gives a host name."""
PORT: Final = 1080
ADDRESS: Final = {1: 4, 4: 16}
"""Bytes of an address by its type; a name says its own length."""


class SocksReader(MessageReader):
    """The messages up to the opened tunnel."""

    protocol = "SOCKS"

    def __init__(
        self, stream: Stream, facts: ApplicationFacts, tls: Callable[[Stream], StreamReader | None] | None = None
    ) -> None:
        super().__init__(stream, facts, tls)
        self._version = 0
        self._method = -1
        self._said = [0, 0]
        """Messages of the server and of the client so far."""

    def size(self, from_client: bool, data: bytes) -> int:
        """Return the length of the next message of a direction."""
        if not self._version:
            self._version = data[0]
        if self._version == VERSION_4:
            return _request_4(data) if from_client else 8
        if self._version != VERSION_5:
            return BROKEN
        if data[0] == SUBNEGOTIATION and self._method == USER_AND_PASSWORD:
            return _credentials(data) if from_client else 2
        if not self._said[from_client]:
            return (2 + data[1] if len(data) > 1 else 0) if from_client else 2
        return _with_address(data)

    def message(self, from_client: bool, data: bytes, moment: Moment) -> None:
        """Read a message."""
        self._said[from_client] += 1
        if self._version == VERSION_5 and data[0] == SUBNEGOTIATION and self._method == USER_AND_PASSWORD:
            self._log_in(from_client, data, moment)
        elif from_client:
            if self._version == VERSION_4 or self._said[from_client] > 1:
                reading = read_socks(data, Context(len(data), 0, PORT))
                self.facts.describe(self.stream.serial, f"SOCKS {reading.text}" if reading is not None else "")
        elif self._version == VERSION_4:
            self._answered(data[1] == GRANTED_4)
        elif self._said[from_client] == 1:
            self._method = data[1]
        else:
            self._answered(data[1] == 0)

    def _answered(self, granted: bool) -> None:  # what the answer says
        if granted:
            self.hand_over()
        else:
            self.finish()

    def _log_in(self, from_client: bool, data: bytes, moment: Moment) -> None:
        if from_client:
            user, secret = data[2 : 2 + data[1]], data[3 + data[1] :]
            self.begin_login(printable_bytes(user, LONGEST_USER), secret_digest(secret), "", moment)
        else:
            self.end_login(Outcome.SUCCESS if data[1] == 0 else Outcome.FAILURE, moment)


def speaks_socks(from_initiator: bool, data: bytes) -> bool:
    """Tell the first message of a client: offered methods, or a request of version 4."""
    if not from_initiator or len(data) < 3:
        return False
    if data[0] == VERSION_5:
        return len(data) == 2 + data[1] and 0 < data[1] < 10
    return data[0] == VERSION_4 and data[1] in (1, 2) and len(data) >= 9 and data[-1] == 0


def _request_4(data: bytes) -> int:
    end = data.find(b"\0", 8) + 1
    if end and tuple(data[4:7]) == NO_NAME and data[7]:
        end = data.find(b"\0", end) + 1
    return end or (0 if len(data) < 512 else BROKEN)


def _credentials(data: bytes) -> int:
    if len(data) < 2 or len(data) < 3 + data[1]:
        return 0
    return 3 + data[1] + data[2 + data[1]]


def _with_address(data: bytes) -> int:
    if len(data) < 5:
        return 0
    if data[3] == 3:
        return 7 + data[4]
    size = ADDRESS.get(data[3])
    return 6 + size if size is not None else BROKEN
