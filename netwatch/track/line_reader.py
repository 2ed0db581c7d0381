"""LineReader: the base of readers of protocols that speak in lines of text, with a switch to TLS in between."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from netwatch.track.application_reader import ApplicationReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream, StreamReader

LONGEST_LINE: Final = 2048
"""Bytes of a line; a longer one is passed over (RFC 5321 section 4.5.3.1.6 allows 1000)."""
MOST_LINES: Final = 2000
"""Lines of a stream that are read; logins come first."""
TLS_HANDSHAKE: Final = b"\x16\x03"
"""How a ClientHello begins (RFC 8446 section 5.1): clients that expect TLS from the start greet so any server."""


class LineReader(ApplicationReader):
    """A StreamReader. Who derives from it reads lines with `client_line` and `server_line`."""

    greetings: tuple[bytes, ...] = ()
    """What the first line of a server begins with, so that it is known where the flow was joined in its middle."""

    def __init__(
        self, stream: Stream, facts: ApplicationFacts, tls: Callable[[Stream], StreamReader | None] | None = None
    ) -> None:
        """See ApplicationReader."""
        super().__init__(stream, facts, tls)
        self._overlong = [False, False]
        self._spoken = [False, False]
        self._lines = 0

    @abstractmethod
    def client_line(self, line: bytes, moment: Moment) -> None:
        """Read a command."""

    @abstractmethod
    def server_line(self, line: bytes, moment: Moment) -> None:
        """Read a reply."""

    def take(self, from_initiator: bool, data: bytes, moment: Moment) -> int | None:
        """Read whole lines, or let TLS have what is none although the server spoke in lines first."""
        if not self._spoken[from_initiator]:
            self._spoken[from_initiator] = True
            if data.startswith(TLS_HANDSHAKE):
                self.hand_over()
                return 0
        at = 0
        while at < len(data):
            end = data.find(b"\n", at)
            if end < 0:
                self._keep(from_initiator, data[at:])
                return None
            line = data[at:end].rstrip(b"\r")
            at = end + 1
            if self._overlong[from_initiator] or len(line) > LONGEST_LINE:
                self._overlong[from_initiator] = False
                continue
            if self._line(from_initiator, line, moment):
                return at
            if self.passed_over[from_initiator]:
                passed = min(self.passed_over[from_initiator], len(data) - at)
                self.passed_over[from_initiator] -= passed
                at += passed
        return None

    def gap(self, from_initiator: bool) -> None:
        """Go on with the next line."""
        self._overlong[from_initiator] = True

    def skip(self, size: int, *, of_client: bool = False) -> None:
        """Pass over the next bytes of the server, or of the client."""
        self.passed_over[self.from_client is of_client] = size

    def _line(self, from_initiator: bool, line: bytes, moment: Moment) -> bool:
        """Read a line; return True when no more are read here."""
        self._lines += 1
        if self._lines == 1 and self.greetings:
            self.from_client = not from_initiator if line.startswith(self.greetings) else from_initiator
        if self._lines > MOST_LINES:
            self.finish()
        elif from_initiator == self.from_client:
            self.client_line(line, moment)
        else:
            self.server_line(line, moment)
        return self.over

    def _keep(self, from_initiator: bool, rest: bytes) -> None:
        if len(rest) > LONGEST_LINE:
            self._overlong[from_initiator] = True
        elif not self._overlong[from_initiator]:
            self.kept[from_initiator] = rest
