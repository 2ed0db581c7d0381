"""SmbReader: version, shares and logins of SMB over TCP (MS-SMB2, MS-CIFS), with or without NetBIOS sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.text import printable
from netwatch.track.application_events import Outcome, SmbNegotiated
from netwatch.track.message_reader import BROKEN, MessageReader
from netwatch.track.ntlm import ntlm_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.track.application_facts import ApplicationFacts
    from netwatch.track.stream_reader import Moment, Stream, StreamReader

SMB1: Final = b"\xffSMB"
SMB2: Final = b"\xfeSMB"
SESSION_MESSAGE: Final = 0
SESSION_TYPES: Final = (0x00, 0x81, 0x82, 0x83, 0x84, 0x85)
"""RFC 1002 section 4.3.1."""
HEADER1: Final = 32
HEADER2: Final = 64
NEGOTIATE1: Final = 0x72
SETUP1: Final = 0x73
TREE_CONNECT1: Final = 0x75
NEGOTIATE, SETUP, TREE_CONNECT = 0, 1, 3
REPLY1: Final = 0x80
UNICODE1: Final = 0x8000
NO_DIALECT: Final = 0xFFFF
DIALECTS: Final = {0x0202: "2.0.2", 0x0210: "2.1", 0x0300: "3.0", 0x0302: "3.0.2", 0x0311: "3.1.1"}
ANY2: Final = 0x02FF
"""The answer to a negotiation that began in SMB 1; another follows."""
REFUSALS: Final = frozenset({0xC000006D, 0xC000006A, 0xC0000064, 0xC0000072, 0xC0000234, 0xC0000071, 0xC000006E})
"""Logon failure, wrong password, no such user, disabled, locked out, expired, restricted (MS-ERREF)."""
MOST_SHARES: Final = 3
LONGEST_SHARE: Final = 80


class SmbReader(MessageReader):
    """Reads the messages that precede the use of files, among all others."""

    protocol = "SMB"

    def __init__(
        self, stream: Stream, facts: ApplicationFacts, tls: Callable[[Stream], StreamReader | None] | None = None
    ) -> None:
        super().__init__(stream, facts, tls)
        self._dialect = ""
        self._user = ""
        self._shares: list[str] = []

    def size(self, from_client: bool, data: bytes) -> int:
        """Return the length of a session message."""
        del from_client
        if data[0] not in SESSION_TYPES:
            return BROKEN
        return 4 + int.from_bytes(data[1:4], "big") if len(data) >= 4 else 0

    def message(self, from_client: bool, data: bytes, moment: Moment) -> None:
        """Read one."""
        del from_client
        if data[0] != SESSION_MESSAGE:
            return
        body = data[4:]
        if body.startswith(SMB2) and len(body) >= HEADER2:
            self._read2(body, moment)
        elif body.startswith(SMB1) and len(body) > HEADER1:
            self._read1(body, moment)

    def _read2(self, body: bytes, moment: Moment) -> None:
        status, command = int.from_bytes(body[8:12], "little"), int.from_bytes(body[12:14], "little")
        answers = bool(body[16] & 1)
        if command == NEGOTIATE and answers:
            number = int.from_bytes(body[HEADER2 + 4 : HEADER2 + 6], "little")
            if number != ANY2:
                self._negotiated(DIALECTS.get(number, f"0x{number:04x}"), moment)
        elif command == SETUP:
            self._set_up(body[HEADER2:], status, moment, answers=answers)
        elif command == TREE_CONNECT and not answers:
            begin, size = (int.from_bytes(body[at : at + 2], "little") for at in (HEADER2 + 4, HEADER2 + 6))
            self._share(body[begin : begin + size].decode("utf-16-le", "replace"))

    def _read1(self, body: bytes, moment: Moment) -> None:
        command, answers = body[4], bool(body[9] & REPLY1)
        status = int.from_bytes(body[5:9], "little")
        words = body[HEADER1]
        if command == NEGOTIATE1 and answers and words:
            if int.from_bytes(body[HEADER1 + 1 : HEADER1 + 3], "little") != NO_DIALECT:
                self._negotiated("1", moment)
        elif command == SETUP1:
            self._set_up(body[HEADER1:], status, moment, answers=answers)
        elif command == TREE_CONNECT1 and not answers:
            begin = HEADER1 + 1 + 2 * words + 2
            password = int.from_bytes(body[HEADER1 + 7 : HEADER1 + 9], "little")
            wide = int.from_bytes(body[10:12], "little") & UNICODE1
            begin += password
            if wide:
                begin += begin & 1
                text = body[begin : begin + 2 * LONGEST_SHARE].decode("utf-16-le", "replace")
            else:
                text = body[begin : begin + LONGEST_SHARE].decode("latin-1")
            self._share(text.split("\0", 1)[0])

    def _negotiated(self, dialect: str, moment: Moment) -> None:
        self._dialect = dialect
        name = "SMB" if dialect == "1" else "SMB3" if dialect.startswith("3") else "SMB2"
        self.facts.detect(self.stream.serial, name)
        self.facts.add(SmbNegotiated(self.stream, moment, dialect))
        self._describe()

    def _set_up(self, body: bytes, status: int, moment: Moment, *, answers: bool) -> None:
        if not answers:
            user = ntlm_user(body)
            if user:  # a session may be anonymous
                self._user = user
                self.begin_login(user, "", "NTLM", moment)
                self._describe()
        elif status in REFUSALS:
            self.end_login(Outcome.FAILURE, moment)
        elif status == 0:
            self.end_login(Outcome.SUCCESS, moment)

    def _share(self, name: str) -> None:
        share = printable(name, LONGEST_SHARE)
        if share and share not in self._shares and len(self._shares) < MOST_SHARES:
            self._shares.append(share)
            self._describe()

    def _describe(self) -> None:
        version = f"SMB {self._dialect}" if self._dialect else "SMB"
        user = [f"user={self._user}"] if self._user else []
        self.facts.describe(self.stream.serial, " ".join([version, *self._shares, *user]))
