"""Secrets in URLs and forms: passwords of users, and values of parameters that are credentials by their name."""

from __future__ import annotations

import re
from typing import Final

_PASSWORD: Final = (
    rb"pass|passwd|password|passwort|passphrase|pwd|pw|secret|client_secret|token|access_token|refresh_token|id_token"
    rb"|api_?key|auth|sessionid|session_id|phpsessid|jsessionid|sid|signature|sig|x-amz-signature|otp|pin"
)
_PARAMETER: Final = re.compile(
    rb"([?&;](?:[\w.\[\]-]{0,24}[_.\[-])?(?:" + _PASSWORD + rb")\]?=)[^&;#\s]+", re.IGNORECASE
)
_USER_INFORMATION: Final = re.compile(rb"(//[^/@?#:\s]{0,256}:)[^/@?#\s]{1,256}@")


def masked(text: bytes) -> bytes:
    """Return a request target, a URL or a form with the values of its secrets masked."""
    if b"@" in text:
        text = _USER_INFORMATION.sub(rb"\1****@", text)
    if b"=" in text:
        text = _PARAMETER.sub(rb"\1****", text)
    return text
