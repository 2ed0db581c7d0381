"""MessageReader: the base of readers of protocols whose messages begin with their length."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netwatch.track.application_events import Login, Outcome
from netwatch.track.stream_reader import NO_MORE

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream, StreamReader

KEPT: Final = 16384
"""Bytes of a message that are read; the rest is passed over."""
MOST_MESSAGES: Final = 400
"""Messages of a stream that are read; what is looked for comes first."""
LONGEST_USER: Final = 64
BROKEN: Final = -1
"""In place of a size: what is there is no message."""


class MessageReader:
    """A StreamReader. Who derives from it says how long messages are, and reads them."""

    protocol: str
    """As the application column has it."""

    def __init__(
        self, stream: Stream, facts: ApplicationFacts, tls: Callable[[Stream], StreamReader | None] | None = None
    ) -> None:
        """Tell `facts`; `tls` makes a reader for a stream that goes on in TLS."""
        self.stream = stream
        self.facts = facts
        self.login: Login | None = None
        """An attempt whose outcome is awaited."""
        self.from_client = True
        """The direction in which the client speaks."""
        self._tls = tls
        self._inner: StreamReader | None = None
        self._buffers = [b"", b""]
        self._skip = [0, 0]
        self._messages = 0
        self._finished = [False, False]
        facts.detect(stream.serial, self.protocol)

    def size(self, from_client: bool, data: bytes) -> int:
        """Return the length of the message at the beginning of `data`, its header included; 0 when more is needed.

        BROKEN ends the reading of the direction.
        """
        raise NotImplementedError

    def message(self, from_client: bool, data: bytes, moment: Moment) -> None:
        """Read a message, of a long one its first KEPT bytes."""
        raise NotImplementedError

    def read(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Take the next bytes of a direction."""
        if self._inner is not None:
            self._inner.read(from_initiator, data, moment)
            return
        if self._finished[from_initiator]:
            return
        data = self._buffers[from_initiator] + data
        self._buffers[from_initiator] = b""
        from_client = from_initiator == self.from_client
        at = 0
        while at < len(data):
            size = self.size(from_client, data[at : at + KEPT])
            if size < 0 or self._messages >= MOST_MESSAGES:
                self._finished[from_initiator] = True
                return
            available = len(data) - at
            if not size or available < min(size, KEPT):
                self._buffers[from_initiator] = data[at:]
                return
            self._messages += 1
            if self._message(from_client, data[at : at + min(size, KEPT)], moment):
                self._pass_on(from_initiator, data[at + size :], moment)
                return
            at += size
        self._skip[from_initiator] = at - len(data)

    def lost(self, from_initiator: bool, length: int, moment: Moment) -> None:
        """Give a direction up behind a gap, in which the lengths are lost."""
        if self._inner is not None:
            self._inner.lost(from_initiator, length, moment)
            return
        self._buffers[from_initiator] = b""
        self._finished[from_initiator] = True

    def closed(self, from_initiator: bool, moment: Moment) -> None:
        """Tell of a login that nobody answered."""
        if self._inner is not None:
            self._inner.closed(from_initiator, moment)
        elif from_initiator != self.from_client:
            self.end_login(Outcome.UNKNOWN, moment)

    def unwanted(self, from_initiator: bool) -> int:
        """Say what need not be handed on."""
        if self._inner is not None:
            return self._inner.unwanted(from_initiator)
        if self._finished[from_initiator]:
            return NO_MORE
        skip, self._skip[from_initiator] = self._skip[from_initiator], 0
        return skip

    def finish(self) -> None:
        """Read no more."""
        self._finished = [True, True]
        self._buffers = [b"", b""]

    def hand_over(self) -> None:
        """Let the reader of what follows have it, which is TLS or the contents of a tunnel."""
        self._buffers = [b"", b""]
        if self._tls is not None:
            self._inner = self._tls(self.stream)
        if self._inner is None:
            self.finish()

    def begin_login(self, user: str, secret: str, method: str, moment: Moment) -> None:
        """Remember an attempt to log in."""
        self.end_login(Outcome.UNKNOWN, moment)
        self.login = Login(
            self.stream, moment, moment, self.protocol, user[:LONGEST_USER], secret, Outcome.UNKNOWN, method
        )

    def end_login(self, outcome: Outcome, moment: Moment) -> None:
        """Tell of the attempt that waits, if one does."""
        login, self.login = self.login, None
        if login is not None:
            self.facts.add(replace(login, outcome=outcome, moment=moment))

    def _message(self, from_client: bool, data: bytes, moment: Moment) -> bool:
        """Read a message; return True when no more are read here."""
        self.message(from_client, data, moment)
        return all(self._finished) or self._inner is not None

    def _pass_on(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        if self._inner is not None and data:
            self._inner.read(from_initiator, data, moment)
