"""LineReader: the base of readers of protocols that speak in lines of text, with a switch to TLS in between."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netwatch.track.application_events import Login, Outcome
from netwatch.track.stream_reader import NO_MORE

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream, StreamReader

LONGEST_LINE: Final = 2048
"""Bytes of a line; a longer one is passed over (RFC 5321 section 4.5.3.1.6 allows 1000)."""
MOST_LINES: Final = 2000
"""Lines of a stream that are read; logins come first."""
LONGEST_USER: Final = 64


class LineReader:
    """A StreamReader. Who derives from it reads lines with `client_line` and `server_line`."""

    protocol: str
    """As the application column has it."""
    greetings: tuple[bytes, ...] = ()
    """What the first line of a server begins with, so that it is known where the flow was joined in its middle."""

    def __init__(
        self, stream: Stream, facts: ApplicationFacts, tls: Callable[[Stream], StreamReader | None] | None = None
    ) -> None:
        """Tell `facts`; `tls` makes a reader for a stream that goes on in TLS."""
        self.stream = stream
        self.facts = facts
        self.user = ""
        self.login: Login | None = None
        """An attempt whose outcome is awaited."""
        self._tls = tls
        self._inner: StreamReader | None = None
        self._from_client = True
        """The direction in which the client speaks."""
        self._buffers = [b"", b""]
        self._overlong = [False, False]
        self._skip = [0, 0]
        self._lines = 0
        self._finished = False
        facts.detect(stream.serial, self.protocol)

    def client_line(self, line: bytes, moment: Moment) -> None:
        """Read a command."""
        raise NotImplementedError

    def server_line(self, line: bytes, moment: Moment) -> None:
        """Read a reply."""
        raise NotImplementedError

    def read(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Take the next bytes of a direction."""
        if self._inner is not None:
            self._inner.read(from_initiator, data, moment)
            return
        if self._finished:
            return
        data = self._buffers[from_initiator] + data
        self._buffers[from_initiator] = b""
        at = 0
        while at < len(data):
            end = data.find(b"\n", at)
            if end < 0:
                self._keep(from_initiator, data[at:])
                return
            line = data[at:end].rstrip(b"\r")
            at = end + 1
            if self._overlong[from_initiator] or len(line) > LONGEST_LINE:
                self._overlong[from_initiator] = False
                continue
            if self._line(from_initiator, line, moment):
                self._pass_on(from_initiator, data[at:], moment)
                return
            if self._skip[from_initiator]:
                passed = min(self._skip[from_initiator], len(data) - at)
                self._skip[from_initiator] -= passed
                at += passed

    def lost(self, from_initiator: bool, length: int, moment: Moment) -> None:
        """Go on with the next line behind a gap."""
        if self._inner is not None:
            self._inner.lost(from_initiator, length, moment)
            return
        self._buffers[from_initiator] = b""
        self._overlong[from_initiator] = True

    def closed(self, from_initiator: bool, moment: Moment) -> None:
        """Tell of a login that nobody answered."""
        if self._inner is not None:
            self._inner.closed(from_initiator, moment)
        elif from_initiator != self._from_client:
            self.end_login(Outcome.UNKNOWN, moment)

    def unwanted(self, from_initiator: bool) -> int:
        """Say what need not be handed on."""
        if self._inner is not None:
            return self._inner.unwanted(from_initiator)
        if self._finished:
            return NO_MORE
        skip, self._skip[from_initiator] = self._skip[from_initiator], 0
        return skip

    def finish(self) -> None:
        """Read no more."""
        self._finished = True
        self._buffers = [b"", b""]

    def hand_over(self) -> None:
        """Let the reader of what follows have it, which is TLS or the contents of a tunnel."""
        self._buffers = [b"", b""]
        if self._tls is not None:
            self._inner = self._tls(self.stream)
        if self._inner is None:
            self.finish()

    def skip(self, size: int) -> None:
        """Pass over the next bytes of the server."""
        self._skip[not self._from_client] = size

    def begin_login(self, user: str, secret: str, method: str, moment: Moment) -> None:
        """Remember an attempt to log in."""
        self.end_login(Outcome.UNKNOWN, moment)
        self.user = user
        self.login = Login(
            self.stream, moment, moment, self.protocol, user[:LONGEST_USER], secret, Outcome.UNKNOWN, method
        )

    def end_login(self, outcome: Outcome, moment: Moment) -> None:
        """Tell of the attempt that waits, if one does."""
        login, self.login = self.login, None
        if login is not None:
            self.facts.add(replace(login, outcome=outcome, moment=moment))

    def _pass_on(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Give what came behind the last line to the reader of TLS, if there is one."""
        if self._inner is not None and data:
            self._inner.read(from_initiator, data, moment)

    def _line(self, from_initiator: bool, line: bytes, moment: Moment) -> bool:
        """Read a line; return True when no more are read here."""
        self._lines += 1
        if self._lines == 1 and self.greetings:
            self._from_client = not from_initiator if line.startswith(self.greetings) else from_initiator
        if self._lines > MOST_LINES:
            self.finish()
        elif from_initiator == self._from_client:
            self.client_line(line, moment)
        else:
            self.server_line(line, moment)
        return self._finished or self._inner is not None

    def _keep(self, from_initiator: bool, rest: bytes) -> None:
        if len(rest) > LONGEST_LINE:
            self._overlong[from_initiator] = True
        elif not self._overlong[from_initiator]:
            self._buffers[from_initiator] = rest
