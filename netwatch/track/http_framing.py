"""Delimits the HTTP/1 messages of one direction of a stream; bodies are passed over, not read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from netwatch.track.http_head import CHUNKED, MOST_HEAD, UNTIL_CLOSE, head_end, starts_message
from netwatch.track.stream_reader import NO_MORE

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment

NOT_HTTP: Final = -3
"""In place of the length of a body: what looked like a head is none."""
TUNNEL: Final = -4
"""In place of the length of a body: what follows is of another protocol."""
LONGEST_CHUNK_LINE: Final = 4096
LONGEST_TRAILER: Final = 16384
LARGEST_BODY: Final = 1 << 62

_PLAUSIBLE: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}(?:[ /]|$)")
_CHUNK_LINE: Final = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;|\r?\n)")


_HEAD: Final = 0
_BODY: Final = 1
"""`_left` bytes of a body follow."""
_CHUNK_SIZE: Final = 2
_CHUNK: Final = 3
"""`_left` bytes of a chunk follow, its line end included."""
_TRAILER: Final = 4
_ENDLESS: Final = 5
"""A body that ends with the connection."""
_LOST: Final = 6
"""Nobody knows where the next message begins; one that begins with a packet is recognised."""
_TUNNEL: Final = 7


class Body(NamedTuple):
    """What follows a head."""

    length: int
    """Bytes, or CHUNKED, UNTIL_CLOSE, TUNNEL or NOT_HTTP."""
    sample: int = 0
    """So many bytes of its content are wanted."""
    patient: bool = False
    """They are waited for; otherwise those that come together will do."""


class Owner(Protocol):
    """Who learns of the messages of a direction."""

    def head(self, from_initiator: bool, data: bytes, began: Moment, moment: Moment) -> Body:
        """Take a head with its blank line, or what there is of one; say what follows."""
        ...

    def content(self, from_initiator: bool, sample: bytes, moment: Moment) -> None:
        """Take the first bytes of the content of the message, once all that are wanted or will come are there."""
        ...

    def ended(self, from_initiator: bool, length: int) -> None:
        """Take note that the message ended; its content had `length` bytes, -1 where that is not known."""
        ...

    def left_out(self) -> None:
        """Take note of a head that is longer than MOST_HEAD, of which only the beginning was told."""
        ...

    def passed(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Take what came behind the head after which another protocol begins, together with it."""
        ...


class HttpFraming:
    """One direction; `feed`, `lose` and `close` as StreamReader has them."""

    __slots__ = (
        "_began", "_buffer", "_from_initiator", "_left", "_length", "_owner", "_patient", "_sample", "_skip", "_state",
        "_wanted",
    )  # fmt: skip

    def __init__(self, owner: Owner, *, from_initiator: bool) -> None:
        self._owner = owner
        self._from_initiator = from_initiator
        self._state = _HEAD
        self._buffer = b""
        self._began: Moment | None = None
        """The packet that began the head in the buffer."""
        self._left = 0
        self._skip = 0
        self._patient = False
        self._wanted = 0
        """Bytes of the sample that are still wanted; 0 once it was told."""
        self._sample: list[bytes] = []
        self._length = 0
        """Of the content so far."""

    def feed(self, data: bytes, moment: Moment) -> None:
        """Read on."""
        if self._skip:  # nobody asked what is unwanted
            skipped = min(self._skip, len(data))
            self._skip -= skipped
            data = data[skipped:]
        if self._state == _LOST:
            if not starts_message(data):
                return
            self._state = _HEAD
        if self._buffer and self._state == _HEAD and starts_message(data) and not starts_message(self._buffer):
            self._buffer = b""  # it was the end of something else
        if self._buffer:
            data, self._buffer = self._buffer + data, b""
        elif self._state == _HEAD:
            self._began = moment
        at, end = 0, len(data)
        while at < end:
            at = self._step(data, at, moment)
        if self._sample and not self._patient:
            self._tell_sample(moment)

    def lose(self, length: int, moment: Moment) -> None:
        """Go on behind a gap."""
        if self._state in (_BODY, _CHUNK) and length <= self._left:
            self._left -= length
            self._length += length
            self._tell_sample(moment)
            if not self._left:
                self._after_part()
            return
        self._cut(moment)
        if self._state not in (_ENDLESS, _TUNNEL):
            self._state = _LOST

    def close(self, moment: Moment) -> None:
        """Tell what will not be completed any more."""
        self._cut(moment)
        if self._state != _TUNNEL:
            self._state = _LOST

    def unwanted(self) -> int:
        """Return what StreamReader.unwanted does; bytes are told once."""
        if self._state == _TUNNEL or (self._state == _ENDLESS and not self._wanted):
            return NO_MORE
        skip, self._skip = self._skip, 0
        return skip

    def tunnel(self) -> None:
        """Expect another protocol in this direction from now on."""
        self._state, self._buffer = _TUNNEL, b""

    def _step(self, data: bytes, at: int, moment: Moment) -> int:
        """Read one part of a message that begins at `at`; return where the next begins."""
        state = self._state
        if state == _HEAD:
            return self._head(data, at, moment)
        if state in (_BODY, _CHUNK):
            return self._body(data, at, moment)
        if state == _CHUNK_SIZE:
            return self._chunk_size(data, at, moment)
        if state == _TRAILER:
            return self._trailer(data, at)
        if state == _ENDLESS:
            self._take_sample(data, at, len(data), moment)
        elif state == _TUNNEL:
            self._owner.passed(self._from_initiator, data[at:], moment)
        return len(data)

    def _head(self, data: bytes, at: int, moment: Moment) -> int:
        if data[at] in b"\r\n":  # RFC 9112 section 2.2
            self._began = moment
            return at + 1
        end = head_end(data, at)
        if end < 0:
            line_end = data.find(b"\n", at)
            if _PLAUSIBLE.match(data, at) is None or (line_end >= 0 and not starts_message(data[at : line_end + 1])):
                self._state = _LOST
            elif len(data) - at > MOST_HEAD:
                self._owner.left_out()
                self._buffer = data[at : at + MOST_HEAD]
                self._cut(moment)
                self._state = _LOST
            else:
                self._buffer = data[at:]
            return len(data)
        began = self._began or moment
        self._began = moment
        self._begin(self._owner.head(self._from_initiator, data[at:end], began, moment), moment)
        return end if self._state != _LOST else len(data)

    def _begin(self, body: Body, moment: Moment) -> None:
        """Expect the body behind a head."""
        length = body.length
        self._wanted, self._patient, self._sample, self._length = body.sample, body.patient, [], 0
        if length > 0:
            self._state, self._left = _BODY, min(length, LARGEST_BODY)
        elif length == CHUNKED:
            self._state = _CHUNK_SIZE
        elif length == UNTIL_CLOSE:
            self._state = _ENDLESS
        elif length == TUNNEL:
            self._state = _TUNNEL
        elif length == NOT_HTTP:
            self._state = _LOST
        else:
            self._end(0, moment)

    def _body(self, data: bytes, at: int, moment: Moment) -> int:
        available = min(len(data) - at, self._left)
        ends = 2 if self._state == _CHUNK else 0
        content = max(min(available, self._left - ends), 0)
        self._length += content
        self._take_sample(data, at, at + content, moment)
        self._left -= available
        if self._left and not self._wanted:
            self._skip, self._left = self._left, 0
            self._length += max(self._skip - ends, 0)
        if not self._left:
            self._after_part(moment)
        return at + available

    def _after_part(self, moment: Moment | None = None) -> None:
        if self._state == _CHUNK:
            self._state = _CHUNK_SIZE
        else:
            self._end(self._length, moment)

    def _chunk_size(self, data: bytes, at: int, moment: Moment) -> int:
        end = data.find(b"\n", at, at + LONGEST_CHUNK_LINE) + 1
        if not end:
            if len(data) - at >= LONGEST_CHUNK_LINE:
                self._give_up(moment)
            else:
                self._buffer = data[at:]
            return len(data)
        found = _CHUNK_LINE.match(data, at, end)
        if found is None:
            self._give_up(moment)
            return len(data)
        size = int(found[1], 16)
        if size:
            self._state, self._left = _CHUNK, size + 2
        else:
            self._tell_sample(moment)
            self._state = _TRAILER
        return end

    def _trailer(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at, at + LONGEST_TRAILER) + 1
        if not end:
            if len(data) - at >= LONGEST_TRAILER:
                self._state = _LOST
            else:
                self._buffer = data[at:]
            return len(data)
        if end - at <= 2 and data[at] in b"\r\n":
            self._end(self._length, None)
        return end

    def _take_sample(self, data: bytes, begin: int, end: int, moment: Moment) -> None:
        if self._wanted and end > begin:
            part = data[begin : min(end, begin + self._wanted)]
            self._sample.append(part)
            self._wanted -= len(part)
            if not self._wanted:
                self._wanted = 1
                self._tell_sample(moment)

    def _tell_sample(self, moment: Moment) -> None:
        if self._wanted:
            self._wanted = 0
            sample, self._sample = b"".join(self._sample), []
            self._owner.content(self._from_initiator, sample, moment)

    def _end(self, length: int, moment: Moment | None) -> None:
        if moment is not None:
            self._tell_sample(moment)
        self._state = _HEAD
        self._began = moment
        self._owner.ended(self._from_initiator, length)

    def _give_up(self, moment: Moment) -> None:
        self._cut(moment)
        self._state = _LOST

    def _cut(self, moment: Moment) -> None:
        """Tell of the message that the stream breaks off in."""
        if self._state == _HEAD:
            buffer, self._buffer = self._buffer, b""
            if buffer and starts_message(buffer):
                self._begin(self._owner.head(self._from_initiator, buffer, self._began or moment, moment), moment)
        self._buffer = b""
        if self._state in (_BODY, _CHUNK, _CHUNK_SIZE, _TRAILER, _ENDLESS):
            self._tell_sample(moment)
            self._owner.ended(self._from_initiator, -1)
