"""LdapReader: binds of LDAP (RFC 4511), and the switch to TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.decode.info.ber import OCTET_STRING, SEQUENCE, integer, octets, read_element, read_elements
from netwatch.text import printable_bytes
from netwatch.track.application_events import Outcome, secret_digest
from netwatch.track.login_attempts import LONGEST_USER
from netwatch.track.message_reader import BROKEN, MessageReader

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment

LARGEST: Final = 1 << 28
BIND_REQUEST, BIND_RESPONSE, EXTENDED_REQUEST, EXTENDED_RESPONSE = 0x60, 0x61, 0x77, 0x78
SIMPLE: Final = 0x80
INVALID_CREDENTIALS: Final = 49
START_TLS: Final = b"1.3.6.1.4.1.1466.20037"


class LdapReader(MessageReader):
    """Simple binds of LDAP (RFC 4511 section 4.2)."""

    protocol = "LDAP"
    _starting_tls = False

    def size(self, from_client: bool, data: bytes) -> int:
        """Return the length of a message."""
        del from_client
        if data[0] != SEQUENCE:
            return BROKEN
        element = read_element(data, 0)
        if element is None:
            return 0 if len(data) < 6 else BROKEN
        return element.end if element.end < LARGEST else BROKEN

    def message(self, from_client: bool, data: bytes, moment: Moment) -> None:
        """Read a bind or its response."""
        whole = read_element(data, 0)
        parts = read_elements(data, whole.begin, whole.end, 2) if whole is not None else []
        if len(parts) < 2:
            return
        operation = parts[1]
        inner = read_elements(data, operation.begin, operation.end, 3)
        if operation.tag == BIND_REQUEST and from_client and len(inner) == 3:
            user = printable_bytes(octets(data, inner[1]), LONGEST_USER) if inner[1].tag == OCTET_STRING else ""
            simple = inner[2].tag == SIMPLE
            who = user or ("anonymous" if simple else "SASL")
            self.facts.describe(self.stream.serial, f"LDAPv{integer(data, inner[0])} bind {who}")
            if user:
                secret = secret_digest(octets(data, inner[2])) if simple else ""
                self.begin_login(user, secret, "simple" if simple else "SASL", moment)
        elif operation.tag == BIND_RESPONSE and not from_client and inner:
            result = integer(data, inner[0])
            if result in (0, INVALID_CREDENTIALS):
                self.end_login(Outcome.SUCCESS if result == 0 else Outcome.FAILURE, moment)
        elif operation.tag == EXTENDED_REQUEST and from_client:
            self._starting_tls = START_TLS in octets(data, operation)
        elif operation.tag == EXTENDED_RESPONSE and self._starting_tls and inner and integer(data, inner[0]) == 0:
            self.hand_over()
