"""MessageReader: the base of readers of protocols whose messages begin with their length."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from netwatch.track.application_reader import ApplicationReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream, StreamReader

KEPT: Final = 16384
"""Bytes of a message that are read; the rest is passed over."""
MOST_MESSAGES: Final = 400
"""Messages of a stream that are read; what is looked for comes first."""
BROKEN: Final = -1
"""In place of a size: what is there is no message."""


class MessageReader(ApplicationReader):
    """A StreamReader. Who derives from it says how long messages are, and reads them."""

    def __init__(
        self, stream: Stream, facts: ApplicationFacts, tls: Callable[[Stream], StreamReader | None] | None = None
    ) -> None:
        """See ApplicationReader."""
        super().__init__(stream, facts, tls)
        self._messages = 0

    @abstractmethod
    def size(self, from_client: bool, data: bytes) -> int:
        """Return the length of the message at the beginning of `data`, its header included; 0 when more is needed.

        BROKEN ends the reading of the direction.
        """

    @abstractmethod
    def message(self, from_client: bool, data: bytes, moment: Moment) -> None:
        """Read a message, of a long one its first KEPT bytes."""

    def take(self, from_initiator: bool, data: bytes, moment: Moment) -> int | None:
        """Read whole messages."""
        from_client = from_initiator == self.from_client
        at = 0
        while at < len(data):
            size = self.size(from_client, data[at : at + KEPT])
            if size < 0 or self._messages >= MOST_MESSAGES:
                self.finished[from_initiator] = True
                return None
            available = len(data) - at
            if not size or available < min(size, KEPT):
                self.kept[from_initiator] = data[at:]
                return None
            self._messages += 1
            self.message(from_client, data[at : at + min(size, KEPT)], moment)
            at += size
            if self.over:
                return at
        self.passed_over[from_initiator] = at - len(data)
        return None

    def gap(self, from_initiator: bool) -> None:
        """Give the direction up: the lengths are lost."""
        self.finished[from_initiator] = True
