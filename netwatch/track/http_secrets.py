"""What must not be shown or stored of HTTP: credentials in header fields, in the target and in forms."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

from netwatch.decode.info.url_secrets import masked
from netwatch.text import printable_bytes
from netwatch.track.application_events import secret_digest

__all__ = ["MASK", "SCHEMED_FIELDS", "SECRET_FIELDS", "Credentials", "credentials", "form_credentials", "masked",
           "masked_field"]  # fmt: skip

MASK: Final = b"****"
SECRET_FIELDS: Final = frozenset(
    {
        b"authorization", b"proxy-authorization", b"cookie", b"cookie2", b"set-cookie", b"set-cookie2", b"x-api-key",
        b"api-key", b"apikey", b"x-auth-token", b"x-access-token", b"x-csrf-token", b"x-xsrf-token",
        b"x-amz-security-token", b"x-goog-api-key", b"x-vault-token", b"private-token", b"x-gitlab-token",
        b"sec-websocket-key",
    }
)  # fmt: skip
"""Names in lower case."""
SCHEMED_FIELDS: Final = frozenset({b"authorization", b"proxy-authorization"})
"""Their first word is the scheme (RFC 9110 section 11.4), which is no secret."""
LONGEST_USER: Final = 64
LONGEST_FORM: Final = 4096

_FORM_PASSWORD: Final = re.compile(
    rb"(?:^|&)[\w.%\[\]-]{0,24}?(?:pass|passwd|password|passwort|pwd|pw)(?:\]|%5D)?=([^&\s]{1,256})", re.IGNORECASE
)
_FORM_USER: Final = re.compile(
    rb"(?:^|&)[\w.%\[\]-]{0,24}?(?:user|username|user_?name|login|log|uname|e-?mail|account|nick|uid|user_?id)(?:\]|%5D)?=([^&\s]{0,256})",
    re.IGNORECASE,
)


class Credentials(NamedTuple):
    """Who logs in with what, as far as it may be kept."""

    method: str
    """The scheme, such as `Basic`, or `form`; printable."""
    user: str
    """Printable, empty where it is not in clear."""
    secret: str
    """The first digits of the SHA-256 of the password, empty where it was not seen in clear."""


def masked_field(name: bytes, line: bytes) -> bytes:
    """Return the line of a header field whose `name` (lower case) is one of SECRET_FIELDS without its value."""
    label, _, value = line.partition(b":")
    scheme = value.split(None, 1)[:1] if name in SCHEMED_FIELDS else []
    if scheme and scheme[0].isalnum() and len(scheme[0]) <= 20 and len(value.split(None, 1)) > 1:
        return label + b": " + scheme[0] + b" " + MASK
    return label + b": " + MASK


def credentials(value: bytes) -> Credentials | None:
    """Return who logs in by an Authorization field (RFC 7617, 7616, 6750); None where it has no scheme."""
    scheme, _, rest = value.strip().partition(b" ")
    if not scheme or not rest or not scheme.isalnum() or len(scheme) > LONGEST_USER:
        return None
    name = scheme.decode("ascii", "replace")
    known = scheme.lower()
    if known == b"basic":
        return _basic(rest)
    if known == b"digest":
        user = re.search(rb'username="([^"]{0,256})"', rest)
        return Credentials("Digest", _shown(user[1]) if user else "", "")
    if known == b"bearer":
        return Credentials("Bearer", "", secret_digest(rest.strip()))
    return Credentials(printable_bytes(name.encode(), LONGEST_USER), "", "")


def form_credentials(form: bytes) -> Credentials | None:
    """Return who logs in by a form (application/x-www-form-urlencoded); None where no field looks like a password."""
    form = form[:LONGEST_FORM]
    password = _FORM_PASSWORD.search(form)
    if password is None:
        return None
    user = _FORM_USER.search(form)
    name = unquote_to_bytes(user[1].replace(b"+", b" ")) if user else b""
    return Credentials("form", _shown(name), secret_digest(unquote_to_bytes(password[1].replace(b"+", b" "))))


def _basic(rest: bytes) -> Credentials:
    token = rest.strip()[:1024]
    try:
        clear = b64decode(token + b"=" * (-len(token) % 4))
    except (Error, ValueError):
        return Credentials("Basic", "", "")
    user, colon, password = clear.partition(b":")
    return Credentials("Basic", _shown(user) if colon else "", secret_digest(password))


def _shown(name: bytes) -> str:
    return printable_bytes(name, LONGEST_USER)
