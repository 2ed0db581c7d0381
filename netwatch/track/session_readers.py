"""Readers of FTP (RFC 959, 4217) and Redis up to the end of the login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import Outcome, secret_digest
from netwatch.track.line_reader import LineReader
from netwatch.track.login_attempts import LONGEST_USER
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Stream

LONGEST_GREETING: Final = 120
MOST_PARTS: Final = 8
"""Of a command of Redis."""


class FtpReader(LineReader):
    """The control connection of FTP."""

    protocol = "FTP"
    greetings = (b"220", b"421", b"530")
    _user = b""
    _command = b""
    _greeting = ""
    _asked = Moment(0, 0)

    def client_line(self, line: bytes, moment: Moment) -> None:
        """Read a command."""
        command, _, argument = line.partition(b" ")
        self._command, self._asked = command.upper(), moment
        if self._command == b"USER":
            self._user = argument.strip()
            self.end_login(Outcome.UNKNOWN, moment)
        elif self._command == b"PASS":
            self.begin_login(printable_bytes(self._user, LONGEST_USER), secret_digest(argument), "PASS", moment)

    def server_line(self, line: bytes, moment: Moment) -> None:
        """Read a reply."""
        code = line[:3]
        if line[3:4] == b"-" or not code.isdigit():
            if not self._greeting and code == b"220":
                self._greet(line)
            return
        if code == b"220" and not self._command:
            self._greet(line)
        elif code == b"234" and self._command == b"AUTH":
            self.hand_over()
        elif code in (b"230", b"232"):
            if self.login is None:
                self.begin_login(printable_bytes(self._user, LONGEST_USER), "", "USER", self._asked)
            self.end_login(Outcome.SUCCESS, moment)
            self.facts.describe(self.stream.serial, f"{self._greeting} user={self.user}".lstrip())
            self.finish()
        elif code in (b"530", b"532", b"430"):
            if self.login is None and self._command == b"USER":
                self.begin_login(printable_bytes(self._user, LONGEST_USER), "", "USER", self._asked)
            self.end_login(Outcome.FAILURE, moment)

    def _greet(self, line: bytes) -> None:
        if not self._greeting:
            self._greeting = printable_bytes(line, LONGEST_GREETING)
            self.facts.describe(self.stream.serial, self._greeting)


class RedisReader(LineReader):
    """Redis (RESP): its AUTH command; all others end the reading."""

    protocol = "RESP"
    _wanted = 0
    """Parts of the command that are still to come."""
    _sized = False

    def __init__(self, stream: Stream, facts: ApplicationFacts) -> None:
        super().__init__(stream, facts)
        self._parts: list[bytes] = []

    def client_line(self, line: bytes, moment: Moment) -> None:
        """Read a part of a command: an array of bulk strings, or words on one line."""
        if not self._wanted:
            if line.startswith(b"*") and line[1:].isdigit():
                self._parts, self._wanted = [], min(int(line[1:4]), MOST_PARTS)
                return
            self._command(line.split(b" "), moment)
        elif not self._sized:
            self._sized = True  # the length of the next part
        else:
            self._parts.append(line)
            self._wanted, self._sized = self._wanted - 1, False
            if not self._wanted:
                self._command(self._parts, moment)

    def server_line(self, line: bytes, moment: Moment) -> None:
        """Read a reply."""
        if line.startswith(b"+OK") or (line[:1] in b"*%" and line):
            self.end_login(Outcome.SUCCESS, moment)
        elif line.startswith(b"-"):
            self.end_login(Outcome.FAILURE, moment)

    def _command(self, words: list[bytes], moment: Moment) -> None:
        name = words[0].upper()
        if name == b"AUTH" and len(words) > 1:
            user = printable_bytes(words[1], LONGEST_USER) if len(words) > 2 else "default"
            self.begin_login(user, secret_digest(words[-1]), "AUTH", moment)
        elif name == b"HELLO" and b"AUTH" in [word.upper() for word in words[:6]]:
            at = [word.upper() for word in words].index(b"AUTH")
            if len(words) > at + 2:
                user = printable_bytes(words[at + 1], LONGEST_USER)
                self.begin_login(user, secret_digest(words[at + 2]), "HELLO", moment)
        self.facts.describe(self.stream.serial, f"{printable_bytes(name, 32)}")
