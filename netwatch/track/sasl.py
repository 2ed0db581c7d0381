"""SaslLogin: who logs in by a mechanism of SASL, which mail protocols carry in lines of Base64 (RFC 4422, 4954)."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from typing import Final, NamedTuple

from netwatch.text import printable_bytes
from netwatch.track.application_events import secret_digest

LONGEST_USER: Final = 64
CANCELLED: Final = b"*"
"""What a client answers to end an exchange."""

_XOAUTH_USER: Final = re.compile(rb"user=([^\x01]{0,256})")
_DIGEST_USER: Final = re.compile(rb'username="([^"]{0,256})"')
_SCRAM_USER: Final = re.compile(rb"^[a-z](?:=[^,]*)?,[^,]*,n=([^,]{0,256})")
_STEPS: Final = {"LOGIN": 2}
"""Messages of the client; one where it is not here."""


class SaslCredentials(NamedTuple):
    """What may be kept of them."""

    user: str
    secret: str
    """As Login.secret."""


class SaslLogin:
    """One exchange. `answer` takes what the client says, until it returns its credentials."""

    def __init__(self, mechanism: str) -> None:
        self.mechanism = mechanism.upper()[:32]
        self._messages: list[bytes] = []

    def answer(self, line: bytes) -> SaslCredentials | None:
        """Take a message; return who logs in once it is the last one that tells."""
        self._messages.append(decoded(line))
        if len(self._messages) < _STEPS.get(self.mechanism, 1):
            return None
        first = self._messages[0]
        if self.mechanism == "PLAIN":  # RFC 4616: authorization identity, user, password
            parts = first.split(b"\0")
            if len(parts) < 3:
                return SaslCredentials("", "")
            return SaslCredentials(_shown(parts[1] or parts[0]), secret_digest(parts[2]))
        if self.mechanism == "LOGIN":
            return SaslCredentials(_shown(first), secret_digest(self._messages[1]))
        return SaslCredentials(_shown(self._user(first)), "")

    def _user(self, first: bytes) -> bytes:
        if self.mechanism == "CRAM-MD5":  # RFC 2195
            return first.rpartition(b" ")[0]
        pattern = {"XOAUTH2": _XOAUTH_USER, "DIGEST-MD5": _DIGEST_USER}.get(self.mechanism, _SCRAM_USER)
        found = pattern.search(first)
        return found[1] if found else b""


def decoded(text: bytes) -> bytes:
    """Return what Base64 stands for, nothing for what is none."""
    text = text.strip()[:4096]
    try:
        return b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (Error, ValueError):
        return b""


def _shown(user: bytes) -> str:
    return printable_bytes(user, LONGEST_USER)
