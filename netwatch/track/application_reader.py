"""ApplicationReader: the base of readers of protocols in which somebody logs in, or whose streams go on in TLS."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from netwatch.track.application_events import Outcome
from netwatch.track.login_attempts import LoginAttempts
from netwatch.track.stream_reader import NO_MORE

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream, StreamReader


class ApplicationReader(LoginAttempts, ABC):
    """A StreamReader that can hand over to another one in the middle; who derives from it reads bytes in `take`."""

    def __init__(
        self, stream: Stream, facts: ApplicationFacts, tls: Callable[[Stream], StreamReader | None] | None = None
    ) -> None:
        """Tell `facts`; `tls` makes a reader for a stream that goes on in TLS."""
        super().__init__(stream, facts)
        self.from_client = True
        """The direction in which the client speaks."""
        self.kept = [b"", b""]
        """Of each direction what is not read yet, because more belongs to it."""
        self.passed_over = [0, 0]
        """How many of the next bytes of each direction need not be handed on."""
        self.finished = [False, False]
        self._tls = tls
        self._inner: StreamReader | None = None

    @abstractmethod
    def take(self, from_initiator: bool, data: bytes, moment: Moment) -> int | None:
        """Read the next bytes of a direction, those in `kept` in front.

        Returns:
            How many of them were read, when reading ended with them and the rest is for whoever comes next.
        """

    @abstractmethod
    def gap(self, from_initiator: bool) -> None:
        """Go on behind a gap, or not."""

    def read(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Take the next bytes of a direction."""
        if self._inner is not None:
            self._inner.read(from_initiator, data, moment)
            return
        if self.finished[from_initiator]:
            return
        data = self.kept[from_initiator] + data
        self.kept[from_initiator] = b""
        end = self.take(from_initiator, data, moment)
        if end is not None:
            self._pass_on(from_initiator, data[end:], moment)

    def lost(self, from_initiator: bool, length: int, moment: Moment) -> None:
        """Go on behind a gap."""
        if self._inner is not None:
            self._inner.lost(from_initiator, length, moment)
            return
        self.kept[from_initiator] = b""
        self.gap(from_initiator)

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
        if self.finished[from_initiator]:
            return NO_MORE
        skip, self.passed_over[from_initiator] = self.passed_over[from_initiator], 0
        return skip

    @property
    def over(self) -> bool:
        """True when nothing more is read here."""
        return all(self.finished) or self._inner is not None

    def finish(self) -> None:
        """Read no more."""
        self.finished = [True, True]
        self.kept = [b"", b""]

    def hand_over(self) -> None:
        """Let the reader of what follows have it, which is TLS or the contents of a tunnel."""
        self.kept = [b"", b""]
        if self._tls is not None:
            self._inner = self._tls(self.stream)
        if self._inner is None:
            self.finish()

    def _pass_on(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Give what came behind the last bytes read here to the reader that follows, if there is one."""
        if self._inner is not None and data:
            self._inner.read(from_initiator, data, moment)
