"""Readers of MySQL and PostgreSQL up to the end of the login."""

from __future__ import annotations

from typing import Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import Outcome, secret_digest
from netwatch.track.login_attempts import LONGEST_USER
from netwatch.track.message_reader import BROKEN, MessageReader
from netwatch.track.stream_reader import Moment

LONGEST_VERSION: Final = 60
MYSQL_HEADER: Final = 4
PROTOCOL_10: Final = 10
CLIENT_SSL: Final = 0x0800
CLIENT_PROTOCOL_41: Final = 0x0200
LOGIN_HEADER: Final = 32
"""Bytes of a login in front of the user name; a request for TLS is those alone."""
CLEAR_PASSWORD: Final = b"mysql_clear_password\0"

SPECIAL: Final = {80877103: "SSL", 80877104: "GSS", 80877102: "cancel"}
"""Requests in place of a protocol version (PostgreSQL, section Message Formats)."""
VERSION_3: Final = 3
CLEAR: Final = 3
AUTHENTICATION: Final = {2: "Kerberos", 3: "password", 5: "MD5", 7: "GSS", 9: "SSPI", 10: "SASL"}
WRONG_PASSWORD: Final = (b"28P01", b"28000")
LARGEST: Final = 1 << 20


class MysqlReader(MessageReader):
    """Packets of the client/server protocol; the server speaks first."""

    protocol = "MySQL"
    _version = ""
    _clear = False
    """The password is asked for in clear."""

    def size(self, from_client: bool, data: bytes) -> int:
        """Return the length of a packet."""
        del from_client
        if len(data) < MYSQL_HEADER:
            return 0
        size = int.from_bytes(data[:3], "little")
        return MYSQL_HEADER + size if size else BROKEN

    def message(self, from_client: bool, data: bytes, moment: Moment) -> None:
        """Read a packet."""
        body = data[MYSQL_HEADER:]
        if from_client:
            self._from_client(body, moment)
        else:
            self._from_server(body, data[3], moment)

    def _from_client(self, body: bytes, moment: Moment) -> None:
        if self.login is not None:
            if self._clear:
                login = self.login
                self.login = None
                self.begin_login(login.user, secret_digest(body.rstrip(b"\0")), "clear", login.asked)
            return
        if len(body) == LOGIN_HEADER and int.from_bytes(body[:2], "little") & CLIENT_SSL:
            self.hand_over()
        elif len(body) > LOGIN_HEADER and int.from_bytes(body[:2], "little") & CLIENT_PROTOCOL_41:
            user = printable_bytes(body[LOGIN_HEADER:].split(b"\0", 1)[0], LONGEST_USER)
            self.begin_login(user, "", "", moment)
            self._describe(f" user={user}")

    def _from_server(self, body: bytes, sequence: int, moment: Moment) -> None:
        if sequence == 0 and body[0] == PROTOCOL_10 and not self._version:
            self._version = printable_bytes(body[1:].split(b"\0", 1)[0], LONGEST_VERSION)
            self._describe("")
        elif self.login is not None and body[0] == 0xFE:
            self._clear = body[1:].startswith(CLEAR_PASSWORD)
        elif self.login is not None and body[0] in (0x00, 0xFF):
            self.end_login(Outcome.SUCCESS if body[0] == 0 else Outcome.FAILURE, moment)
            self.finish()
        elif body[0] == 0xFF:
            self._describe(f" error {int.from_bytes(body[1:3], 'little')}")
            self.finish()

    def _describe(self, more: str) -> None:
        self.facts.describe(self.stream.serial, f"MySQL {self._version}{more}")


class PostgresReader(MessageReader):
    """Messages of protocol version 3; the client speaks first."""

    protocol = "PGSQL"
    _started = False
    _user = ""
    _method = ""
    _asked_for_tls = False
    _began = Moment(0, 0)

    def size(self, from_client: bool, data: bytes) -> int:
        """Return the length of a message; the first of a client have no letter in front."""
        if not from_client and self._asked_for_tls:
            return 1
        begin = 0 if from_client and not self._started else 1
        if len(data) < begin + 4:
            return 0
        size = int.from_bytes(data[begin : begin + 4], "big")
        return begin + size if 4 <= size <= LARGEST else BROKEN

    def message(self, from_client: bool, data: bytes, moment: Moment) -> None:
        """Read a message."""
        if not from_client and self._asked_for_tls:
            self._asked_for_tls = False
            if data == b"S":
                self.hand_over()
        elif from_client and not self._started:
            self._start(data, moment)
        elif from_client:
            if data[:1] == b"p" and self._method == AUTHENTICATION[CLEAR]:
                self.login = None
                self.begin_login(self._user, secret_digest(data[5:].rstrip(b"\0")), self._method, self._began)
        elif data[:1] == b"R" and len(data) >= 9:
            self._authenticate(int.from_bytes(data[5:9], "big"), moment)
        elif data[:1] == b"E":
            refused = any(b"C" + code + b"\0" in data[:1024] for code in WRONG_PASSWORD)
            if refused:
                self.end_login(Outcome.FAILURE, moment)
            self.finish()

    def _start(self, data: bytes, moment: Moment) -> None:
        version = int.from_bytes(data[4:8], "big")
        if version in SPECIAL:
            self._asked_for_tls = SPECIAL[version] in ("SSL", "GSS")
            return
        if version >> 16 != VERSION_3:
            self.finish()
            return
        self._started, self._began = True, moment
        words = data[8:].split(b"\0")
        pairs = dict(zip(words[::2], words[1::2], strict=False))
        self._user = printable_bytes(pairs.get(b"user", b""), LONGEST_USER)
        database = printable_bytes(pairs.get(b"database", b"") or pairs.get(b"user", b""), LONGEST_USER)
        self.begin_login(self._user, "", "", moment)
        self.facts.describe(self.stream.serial, f"PostgreSQL user={self._user} database={database}")

    def _authenticate(self, kind: int, moment: Moment) -> None:
        if kind == 0:
            self.end_login(Outcome.SUCCESS, moment)
            self.finish()
        elif kind in AUTHENTICATION and not self._method:
            self._method = AUTHENTICATION[kind]
            if self.login is not None:
                login, self.login = self.login, None
                self.begin_login(login.user, "", self._method, login.asked)
