"""LoginAttempts: the attempts to log in that a stream holds, told one by one with their outcome."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netwatch.track.application_events import Login, Outcome

if TYPE_CHECKING:
    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream

LONGEST_USER: Final = 64


class LoginAttempts:
    """The base of whatever reads logins in a stream."""

    protocol: str
    """As the application column has it."""

    def __init__(self, stream: Stream, facts: ApplicationFacts) -> None:
        """Tell `facts`, the protocol at once."""
        self.stream = stream
        self.facts = facts
        self.user = ""
        self.login: Login | None = None
        """An attempt whose outcome is awaited."""
        facts.detect(stream.serial, self.protocol)

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
