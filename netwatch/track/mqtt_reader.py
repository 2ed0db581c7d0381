"""MqttReader: who connects to an MQTT broker (versions 3.1, 3.1.1 and 5.0), and whether it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import Outcome, secret_digest
from netwatch.track.login_attempts import LONGEST_USER
from netwatch.track.message_reader import BROKEN, MessageReader

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment

CONNECT, CONNECT_ACK = 1, 2
PASSWORD, USER_NAME, WILL = 0x40, 0x80, 0x04
MQTT_5: Final = 5


class MqttReader(MessageReader):
    """MQTT 3.1, 3.1.1 and 5.0."""

    protocol = "MQTT"

    def size(self, from_client: bool, data: bytes) -> int:
        """Return the length of a control packet (section 2.1.4 of version 5.0)."""
        del from_client
        size = 0
        for place in range(4):
            if place + 1 >= len(data):
                return 0
            byte = data[place + 1]
            size |= (byte & 0x7F) << 7 * place
            if not byte & 0x80:
                return place + 2 + size
        return BROKEN

    def message(self, from_client: bool, data: bytes, moment: Moment) -> None:
        """Read the first packet of each end."""
        kind = data[0] >> 4
        body = data[2:]
        while body and data[len(data) - len(body) - 1] & 0x80:
            body = body[1:]
        if kind == CONNECT and from_client:
            self._connect(body, moment)
        elif kind == CONNECT_ACK and not from_client and len(body) > 1:
            self.end_login(Outcome.SUCCESS if body[1] == 0 else Outcome.FAILURE, moment)
            self.finish()
        elif self._messages > 1:
            self.finish()

    def _connect(self, body: bytes, moment: Moment) -> None:
        name, rest = _counted(body)
        if len(rest) < 4:
            return
        level, flags = rest[0], rest[1]
        rest = rest[4:]
        if level == MQTT_5 and rest:
            rest = rest[1 + rest[0] :]
        client, rest = _counted(rest)
        if flags & WILL:
            rest = rest[1 + rest[0] :] if level == MQTT_5 and rest else rest
            rest = _counted(_counted(rest)[1])[1]
        user, rest = _counted(rest) if flags & USER_NAME else (b"", rest)
        secret = _counted(rest)[0] if flags & PASSWORD else b""
        shown = printable_bytes(user, LONGEST_USER)
        version = {3: "3.1", 4: "3.1.1", 5: "5.0"}.get(level, str(level))
        line = f"{printable_bytes(name, 8)} {version} client={printable_bytes(client, LONGEST_USER)}"
        self.facts.describe(self.stream.serial, line + (f" user={shown}" if user else ""))
        if flags & (USER_NAME | PASSWORD):
            self.begin_login(shown, secret_digest(secret), "", moment)


def _counted(data: bytes) -> tuple[bytes, bytes]:
    """Return a string in front of which its length stands in two bytes, and what follows it."""
    end = 2 + int.from_bytes(data[:2], "big")
    return data[2:end], data[end:]
