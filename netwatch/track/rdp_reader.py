"""RdpReader: the first messages of RDP (MS-RDPBCGR section 2.2.1), with the cookie that names a user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.text import printable_bytes
from netwatch.track.application_events import Login, Outcome
from netwatch.track.login_attempts import LONGEST_USER
from netwatch.track.message_reader import BROKEN, MessageReader

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment

TPKT: Final = 3
CONNECT_REQUEST, CONNECT_CONFIRM = 0xE0, 0xD0
COOKIE: Final = b"Cookie: mstshash="
NEGOTIATION_RESPONSE: Final = 2
TLS_CHOSEN: Final = 0x0B
"""Bits of the protocols that run in TLS (section 2.2.1.2.1): TLS, CredSSP and its extension."""


class RdpReader(MessageReader):
    """The connection request of RDP with its cookie (MS-RDPBCGR section 2.2.1.1); what follows is mostly TLS."""

    protocol = "RDP"

    def size(self, from_client: bool, data: bytes) -> int:
        """Return the length of a TPKT (RFC 1006 section 6)."""
        del from_client
        if data[0] != TPKT:
            return BROKEN
        size = int.from_bytes(data[2:4], "big")
        return (size if size >= 7 else BROKEN) if len(data) >= 4 else 0

    def message(self, from_client: bool, data: bytes, moment: Moment) -> None:
        """Read the request and its confirmation."""
        if from_client and data[5] & 0xF0 == CONNECT_REQUEST:
            self._request(data, moment)
        elif not from_client and data[5] & 0xF0 == CONNECT_CONFIRM:
            if len(data) >= 19 and data[11] == NEGOTIATION_RESPONSE and data[15] & TLS_CHOSEN:
                self.hand_over()
            else:
                self.finish()
        else:
            self.finish()

    def _request(self, data: bytes, moment: Moment) -> None:
        at = data.find(COOKIE)
        user = data[at + len(COOKIE) :].split(b"\r", 1)[0].strip() if at >= 0 else b""
        shown = printable_bytes(user, LONGEST_USER)
        self.facts.describe(self.stream.serial, f"RDP connect cookie={shown}" if shown else "RDP connect")
        self.facts.add(Login(self.stream, moment, moment, self.protocol, shown, "", Outcome.UNKNOWN, "cookie"))
