"""Readers of POP3 (RFC 1939, 5034) and IMAP (RFC 9051) up to the end of the login."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import Outcome, secret_digest
from netwatch.track.login_attempts import LONGEST_USER
from netwatch.track.mail_reader import MailReader

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment

_LITERAL: Final = re.compile(rb"\{(\d{1,9})\+?\}$")
_ARGUMENT: Final = re.compile(rb'"((?:[^"\\]|\\.){0,256})"|([^ ]{1,256})')
_TRANSFERS: Final = frozenset({b"RETR", b"TOP"})


class PopReader(MailReader):
    """POP3."""

    protocol = "POP"
    greetings = (b"+OK", b"-ERR")
    _command = b""
    _user = b""

    def client_line(self, line: bytes, moment: Moment) -> None:
        """Read a command."""
        if self.sasl is not None:
            self.continue_sasl(line, moment)
            return
        words = line.split(b" ", 2)
        self._command = words[0].upper()
        argument = line.partition(b" ")[2]
        if self._command == b"USER":
            self._user = argument
        elif self._command == b"PASS":
            self.begin_login(printable_bytes(self._user, LONGEST_USER), secret_digest(argument), "PASS", moment)
        elif self._command == b"APOP":
            self.begin_login(printable_bytes(words[1] if len(words) > 1 else b"", LONGEST_USER), "", "APOP", moment)
        elif self._command == b"AUTH" and len(words) > 1:
            self.begin_sasl(words[1], words[2] if len(words) > 2 else b"", moment)
        elif self._command in _TRANSFERS:
            self.finish()

    def server_line(self, line: bytes, moment: Moment) -> None:
        """Read a reply."""
        if line.startswith(b"+OK"):
            if not self._command:
                self.greet(line)
            elif self._command == b"STLS":
                self.hand_over()
            elif self.login is not None:
                self.log_in(moment)
                self.finish()
        elif line.startswith(b"-ERR"):
            self.sasl = None
            self.end_login(Outcome.FAILURE, moment)


class ImapReader(MailReader):
    """IMAP4."""

    protocol = "IMAP"
    greetings = (b"* OK", b"* PREAUTH", b"* BYE")
    _tag = b""
    _command = b""
    _arguments = b""
    _literal = False
    """The last line of the client announced more of the same command."""

    def client_line(self, line: bytes, moment: Moment) -> None:
        """Read a command, or more of one."""
        if self.sasl is not None:
            self.continue_sasl(line, moment)
            return
        if self._literal:
            self._arguments += b" " + line
        else:
            words = line.split(b" ", 2)
            self._tag, self._command = words[0], words[1].upper() if len(words) > 1 else b""
            self._arguments = words[2] if len(words) > 2 else b""
        self._literal = _LITERAL.search(line) is not None
        if self._literal:
            self._arguments = _LITERAL.sub(b"", self._arguments)
        elif self._command == b"LOGIN":
            self._login(moment)
        elif self._command == b"AUTHENTICATE":
            mechanism, _, initial = self._arguments.partition(b" ")
            self.begin_sasl(mechanism, initial, moment)
        elif self._command in (b"SELECT", b"EXAMINE"):
            self.finish()

    def server_line(self, line: bytes, moment: Moment) -> None:
        """Read a reply."""
        literal = _LITERAL.search(line)
        if literal is not None:
            self.skip(int(literal[1]))
        tag, _, rest = line.partition(b" ")
        if tag == b"*":
            if rest[:2].upper() == b"OK":
                self.greet(line)
            return
        if tag != self._tag or not tag:
            return
        done = rest[:3].upper().strip()
        if self._command == b"STARTTLS" and done == b"OK":
            self.hand_over()
        elif self._command in (b"LOGIN", b"AUTHENTICATE"):
            if done == b"OK" and self.login is not None:
                self.log_in(moment)
                self.finish()
            elif done in (b"NO", b"BAD"):
                self.sasl = None
                self.end_login(Outcome.FAILURE, moment)

    def _login(self, moment: Moment) -> None:
        found = _ARGUMENT.findall(self._arguments)[:2]
        user, password = (quoted or plain for quoted, plain in [*found, (b"", b""), (b"", b"")][:2])
        self.begin_login(printable_bytes(user, LONGEST_USER), secret_digest(password), "LOGIN", moment)
