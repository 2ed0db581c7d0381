"""TelnetReader: what is typed at the login prompts of a Telnet server (RFC 854); passwords are not kept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import Outcome, secret_digest
from netwatch.track.login_attempts import LONGEST_USER, LoginAttempts
from netwatch.track.stream_reader import NO_MORE

if TYPE_CHECKING:
    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream

MOST_TELNET: Final = 8192
"""Bytes of each direction that are read; the login comes first."""
TAIL: Final = 256
"""Bytes at the end of what a server sent in which a prompt is looked for."""
IAC: Final = 0xFF
SUBNEGOTIATION: Final = 0xFA
LONGEST_OPTION: Final = 512

_LOGIN_PROMPT: Final = re.compile(rb"(?:login|user ?name|user)\s*:\s*$", re.IGNORECASE)
_PASSWORD_PROMPT: Final = re.compile(rb"(?:password|passcode)\s*:\s*$", re.IGNORECASE)
_REFUSED: Final = re.compile(rb"incorrect|invalid|denied|failed|failure|bad password|not correct", re.IGNORECASE)
_SHELL_PROMPT: Final = re.compile(rb"last login|welcome|[$#>%]\s*$", re.IGNORECASE)


class TelnetReader:
    """A StreamReader of what is typed at the prompts of a Telnet server, of which only the user's name is kept."""

    protocol = "TELNET"

    def __init__(self, stream: Stream, facts: ApplicationFacts) -> None:
        self._lines = _Typed(stream, facts)
        self._read = [0, 0]
        self._tail = b""
        self._option = [b"", b""]
        """An option negotiation that the next bytes complete."""
        facts.detect(stream.serial, self.protocol)

    def read(self, from_initiator: bool, data: bytes, moment: Moment) -> None:
        """Take the next bytes of a direction."""
        if self._read[from_initiator] > MOST_TELNET:
            return
        self._read[from_initiator] += len(data)
        text, self._option[from_initiator] = without_options(self._option[from_initiator] + data)
        if not from_initiator:
            self._tail = (self._tail + text)[-TAIL:]
            self._lines.hear(self._tail, moment)
            return
        for part in (
            text.replace(b"\r\0", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n").splitlines(keepends=True)
        ):
            self._lines.type(part, moment)
            if part.endswith(b"\n"):
                self._tail = b""

    def lost(self, from_initiator: bool, length: int, moment: Moment) -> None:
        """Forget what is being typed."""
        del length, moment
        self._option[from_initiator] = b""
        self._lines.forget()

    def closed(self, from_initiator: bool, moment: Moment) -> None:
        """Tell of a login that nobody answered."""
        del from_initiator
        self._lines.end_login(Outcome.UNKNOWN, moment)

    def unwanted(self, from_initiator: bool) -> int:
        """Say whether enough was read."""
        return NO_MORE if self._read[from_initiator] > MOST_TELNET else 0


class _Typed(LoginAttempts):
    """What is typed at prompts."""

    protocol = "TELNET"
    _asked = ""
    """What the prompt asks for: `user`, `password`, or nothing."""
    _user = b""
    _typing = b""

    def hear(self, tail: bytes, moment: Moment) -> None:
        """Take the end of what the server sent."""
        if _PASSWORD_PROMPT.search(tail):
            self._asked = "password"
        elif _LOGIN_PROMPT.search(tail):
            if self.login is not None:
                self.end_login(Outcome.FAILURE, moment)
            self._asked = "user"
        elif self.login is not None:
            if _REFUSED.search(tail):
                self.end_login(Outcome.FAILURE, moment)
            elif _SHELL_PROMPT.search(tail):
                self.end_login(Outcome.SUCCESS, moment)

    def type(self, part: bytes, moment: Moment) -> None:
        """Take what the client sent, with its line end if there is one."""
        if not self._asked:
            return
        self._typing = (self._typing + part.rstrip(b"\n"))[:LONGEST_USER]
        if not part.endswith(b"\n"):
            return
        typed, self._typing = _edited(self._typing), b""
        asked, self._asked = self._asked, ""
        if asked == "user":
            self._user = typed
            self.facts.describe(self.stream.serial, f"login {printable_bytes(typed, LONGEST_USER)}")
        else:
            self.begin_login(printable_bytes(self._user, LONGEST_USER), secret_digest(typed), "", moment)

    def forget(self) -> None:
        """Forget what is being typed."""
        self._typing, self._asked = b"", ""


def without_options(data: bytes) -> tuple[bytes, bytes]:
    """Return what is no negotiation of options in `data`, and the beginning of one that is not complete."""
    if IAC not in data:
        return data, b""
    kept, at = bytearray(), 0
    while at < len(data):
        found = data.find(b"\xff", at)
        if found < 0:
            kept += data[at:]
            break
        kept += data[at:found]
        command = data[found + 1] if found + 1 < len(data) else -1
        if command == SUBNEGOTIATION:
            end = data.find(b"\xff\xf0", found)
            at = end + 2
        else:
            end = found + (2 if command >= 0 and command < SUBNEGOTIATION else 3)
            at = end
            end = end if end <= len(data) else -1
        if end < 0:
            return bytes(kept), data[found : found + LONGEST_OPTION]
    return bytes(kept), b""


def _edited(typed: bytes) -> bytes:
    """Return what is left after backspaces."""
    kept = bytearray()
    for byte in typed:
        if byte in b"\x08\x7f":
            kept[-1:] = b""
        else:
            kept.append(byte)
    return bytes(kept)
