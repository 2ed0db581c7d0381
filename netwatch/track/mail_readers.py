"""Readers of SMTP (RFC 5321, 4954), POP3 (RFC 1939, 5034) and IMAP (RFC 9051) up to the end of the login."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import Outcome, secret_digest
from netwatch.track.line_reader import LineReader
from netwatch.track.login_attempts import LONGEST_USER
from netwatch.track.sasl import CANCELLED, SaslLogin

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment

LONGEST_GREETING: Final = 120
_LITERAL: Final = re.compile(rb"\{(\d{1,9})\+?\}$")
_ARGUMENT: Final = re.compile(rb'"((?:[^"\\]|\\.){0,256})"|([^ ]{1,256})')
_TRANSFERS: Final = frozenset({b"RETR", b"TOP"})


class MailReader(LineReader):
    """What the three have in common: a greeting, and SASL."""

    sasl: SaslLogin | None = None
    greeting = ""

    def greet(self, line: bytes) -> None:
        """Keep the greeting of the server."""
        if not self.greeting:
            self.greeting = printable_bytes(line, LONGEST_GREETING)
            self.facts.describe(self.stream.serial, self.greeting)

    def begin_sasl(self, mechanism: bytes, initial: bytes, moment: Moment) -> None:
        """Begin an exchange, with what the client says at once."""
        self.sasl = SaslLogin(mechanism.decode("ascii", "replace"))
        if initial:
            self.continue_sasl(initial, moment)

    def continue_sasl(self, line: bytes, moment: Moment) -> None:
        """Take the next message of the client."""
        if self.sasl is None or line == CANCELLED:
            self.sasl = None
            return
        found = self.sasl.answer(b"" if line == b"=" else line)
        if found is not None:
            self.begin_login(found.user, found.secret, self.sasl.mechanism, moment)
            self.sasl = None

    def logged_in(self, moment: Moment) -> None:
        """End a login that worked; what follows is mail."""
        if self.login is not None:
            self.facts.describe(self.stream.serial, f"{self.greeting} user={self.user}".lstrip())
        self.end_login(Outcome.SUCCESS, moment)
        self.finish()


class SmtpReader(MailReader):
    """SMTP and LMTP."""

    protocol = "SMTP"
    greetings = (b"220", b"554")
    _starting_tls = False

    def client_line(self, line: bytes, moment: Moment) -> None:
        """Read a command."""
        if self.sasl is not None:
            self.continue_sasl(line, moment)
            return
        words = line.split(b" ", 2)
        command = words[0].upper()
        if command == b"AUTH" and len(words) > 1:
            self.begin_sasl(words[1], words[2] if len(words) > 2 else b"", moment)
        elif command in (b"DATA", b"BDAT"):
            self.finish()
        self._starting_tls = command == b"STARTTLS"

    def server_line(self, line: bytes, moment: Moment) -> None:
        """Read a reply."""
        code = line[:3]
        if line[3:4] == b"-":
            if code == b"220":
                self.greet(line)
            return
        if code == b"220" and self._starting_tls:
            self.hand_over()
        elif code in (b"220", b"554"):
            self.greet(line)
        elif code == b"235":
            self.logged_in(moment)
        elif code[:1] in (b"4", b"5"):
            self.sasl = None
            self.end_login(Outcome.FAILURE, moment)


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
                self.logged_in(moment)
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
                self.logged_in(moment)
            elif done in (b"NO", b"BAD"):
                self.sasl = None
                self.end_login(Outcome.FAILURE, moment)

    def _login(self, moment: Moment) -> None:
        found = _ARGUMENT.findall(self._arguments)[:2]
        user, password = (quoted or plain for quoted, plain in [*found, (b"", b""), (b"", b"")][:2])
        self.begin_login(printable_bytes(user, LONGEST_USER), secret_digest(password), "LOGIN", moment)
