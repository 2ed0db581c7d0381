"""MailReader: what readers of SMTP, POP3 and IMAP have in common: a greeting, and logins by SASL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import Outcome
from netwatch.track.line_reader import LineReader
from netwatch.track.sasl import CANCELLED, SaslLogin

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment

LONGEST_GREETING: Final = 120


class MailReader(LineReader):
    """Who derives from it says what its commands are."""

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

    def log_in(self, moment: Moment) -> None:
        """End a login that worked."""
        if self.login is not None:
            self.facts.describe(self.stream.serial, f"{self.greeting} user={self.user}".lstrip())
        self.end_login(Outcome.SUCCESS, moment)
