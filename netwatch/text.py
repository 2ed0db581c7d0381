"""The one gate through which text from the network, a file name or a rule reaches a screen or a file."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

MAX_LENGTH = 1024
"""Characters kept of one string; nothing on a screen line or in a table cell needs more."""

REMEMBERED: Final = 1 << 12
"""Characters whose form is not worked out again, which takes ten times as long: senders decide how many there are."""

_COMBINING = frozenset({"Mn", "Me", "Mc"})
_ZERO_WIDTH = ((0x1160, 0x11FF), (0x3164, 0x3164), (0xD7B0, 0xD7FF), (0xFFA0, 0xFFA0), (0x1F3FB, 0x1F3FF))
"""Letters and symbols by category that take no cell of their own: Hangul vowels and finals that no syllable took in,
Hangul fillers, skin tones."""


def printable(text: str, limit: int = MAX_LENGTH) -> str:
    r"""Return `text` so that it can be drawn: control, bidi, zero-width and combining characters become escapes.

    C0, DEL and C1 become `\xNN`, everything else that is not printable (bidi controls, zero-width characters,
    line separators, surrogates, unassigned code points) and combining marks that have no composed form become
    `\uNNNN` or `\UNNNNNNNN`. A backslash stays as it is. Text longer than `limit` characters ends in `...`.
    """
    if len(text) > limit:
        text = text[: max(limit - 3, 0)] + "..."
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_escaped, unicodedata.normalize("NFC", text)))


def printable_bytes(data: bytes, limit: int = MAX_LENGTH) -> str:
    r"""Decode `data` as UTF-8 and return it printable; bytes that are not UTF-8 become `\xNN`."""
    return printable(data[: 4 * limit].decode("utf-8", "backslashreplace"), limit)


@lru_cache(REMEMBERED)
def _escaped(character: str) -> str:
    code = ord(character)
    drawn = character.isprintable() and unicodedata.category(character) not in _COMBINING
    if drawn and not any(first <= code <= last for first, last in _ZERO_WIDTH):
        return character
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
