"""SmtpReader: SMTP and LMTP (RFC 5321, 4954, 3207): greeting, logins and the envelopes of messages, never contents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import Outcome, SmtpMessage
from netwatch.track.mail_reader import MailReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream, StreamReader

MOST_RECIPIENTS: Final = 32
LONGEST_ADDRESS: Final = 320
LONGEST_SIZE: Final = 9
"""Digits."""
LINE_END: Final = b"\r\n"
END_OF_MESSAGE: Final = b"\r\n.\r\n"
_ADDRESS: Final = re.compile(rb"[^:]{4,10}:\s*(<[^>]*>|\S+)")


class SmtpReader(MailReader):
    """Passes over messages without looking at their lines."""

    protocol = "SMTP"
    greetings = (b"220", b"554")
    _starting_tls = False
    _helo = _sender = ""
    _tail: bytes | None = None
    """The last bytes of the message that passes, None outside of one."""

    def __init__(
        self, stream: Stream, facts: ApplicationFacts, tls: Callable[[Stream], StreamReader | None] | None = None
    ) -> None:
        super().__init__(stream, facts, tls)
        self._recipients: list[str] = []

    def take(self, from_initiator: bool, data: bytes, moment: Moment) -> int | None:
        """Read whole lines, those of messages excepted."""
        if self._tail is None or from_initiator != self.from_client:
            return super().take(from_initiator, data, moment)
        rest = self._behind_message(self._tail + data)
        end = super().take(from_initiator, rest, moment)
        return None if end is None else len(data) - len(rest) + end

    def client_line(self, line: bytes, moment: Moment) -> None:
        """Read a command."""
        if self._tail is not None:  # the message came in one piece with the command
            self._tail = None if line == b"." else self._tail
            return
        if self.sasl is not None:
            self.continue_sasl(line, moment)
            return
        words = line.split(b" ", 2)
        command = words[0].upper()
        if command == b"AUTH" and len(words) > 1:
            self.begin_sasl(words[1], words[2] if len(words) > 2 else b"", moment)
        elif command in (b"EHLO", b"HELO", b"LHLO"):
            self._helo = printable_bytes(b" ".join(words[1:]), LONGEST_ADDRESS)
            self._begin("")
        elif command == b"MAIL":
            self._begin(_address(line))
        elif command == b"RCPT" and len(self._recipients) < MOST_RECIPIENTS:
            self._recipients.append(_address(line))
        elif command in (b"DATA", b"BDAT"):
            self._message(words, moment)
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
        elif code in (b"220", b"554") and not self.greeting:
            self.greet(line)
        elif code == b"235":
            self.log_in(moment)
        elif code[:1] in (b"4", b"5"):
            self.sasl = self._tail = None
            self.end_login(Outcome.FAILURE, moment)

    def _message(self, words: list[bytes], moment: Moment) -> None:
        """Tell of a message whose contents come next."""
        if self._sender:
            recipients = tuple(self._recipients)
            self.facts.add(SmtpMessage(self.stream, self.from_client, moment, self._helo, self._sender, recipients))
        self._begin("")
        if words[0].upper() == b"DATA":
            self._tail = LINE_END
        elif len(words) > 1 and words[1].isdigit():
            self.skip(int(words[1][:LONGEST_SIZE]), of_client=True)

    def _begin(self, sender: str) -> None:
        self._sender, self._recipients = sender, []

    def _behind_message(self, data: bytes) -> bytes:
        """Return what comes behind the end of a message, as far as it is there."""
        end = data.find(END_OF_MESSAGE)
        if end < 0:
            self._tail = data[1 - len(END_OF_MESSAGE) :]
            return b""
        self._tail = None
        return data[end + len(END_OF_MESSAGE) :]


def _address(line: bytes) -> str:
    found = _ADDRESS.match(line)
    return printable_bytes(found[1], LONGEST_ADDRESS) if found else ""
