"""NTLM (MS-NLMP): who logs in, as the third message of its exchange tells."""

from __future__ import annotations

from typing import Final

from netwatch.text import printable

SIGNATURE: Final = b"NTLMSSP\0"
AUTHENTICATE: Final = 3
UNICODE: Final = 0x01
LONGEST: Final = 64


def ntlm_user(data: bytes) -> str | None:
    r"""Return `domain\user` out of an AUTHENTICATE message somewhere in `data`, printable; None when there is none."""
    at = data.find(SIGNATURE)
    if at < 0 or int.from_bytes(data[at + 8 : at + 12], "little") != AUTHENTICATE or len(data) < at + 64:
        return None
    message = data[at:]
    unicode = int.from_bytes(message[60:64], "little") & UNICODE
    domain, user = (_text(message, offset, wide=bool(unicode)) for offset in (28, 36))
    if not user:
        return ""
    return f"{domain}\\{user}" if domain else user


def _text(message: bytes, field: int, *, wide: bool) -> str:
    size = int.from_bytes(message[field : field + 2], "little")
    begin = int.from_bytes(message[field + 4 : field + 8], "little")
    raw = message[begin : begin + min(size, 4 * LONGEST)]
    return printable(raw.decode("utf-16-le" if wide else "latin-1", "replace"), LONGEST)
