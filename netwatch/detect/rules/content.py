"""Content: bytes that a rule looks for, with where they must stand (Suricata user guide, Payload Keywords)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from netwatch.detect.rules.problems import MalformedRule

LONGEST_CONTENT: Final = 1024
"""Bytes of one content."""
FARTHEST: Final = 1 << 16
"""Largest distance, depth and so on."""

_HEX = re.compile(r"[0-9A-Fa-f]*")


@dataclass(slots=True)
class Content:
    """One content while its modifiers are read; afterwards nobody changes it."""

    data: bytes
    """What to look for, in lower case where `nocase` is set."""
    negated: bool = False
    nocase: bool = False
    offset: int = 0
    depth: int | None = None
    """Bytes from `offset` within which the content must end."""
    distance: int | None = None
    within: int | None = None
    """Both count from the end of the match before."""
    at_end: bool = False
    """The content is the last of the buffer."""
    fast: bool = False
    """The author says that this one is the rarest."""

    @property
    def relative(self) -> bool:
        """True where the place depends on the match before."""
        return self.distance is not None or self.within is not None

    def region(self, size: int, before: int) -> tuple[int, int]:
        """Return where in a buffer of `size` bytes the content may begin, and where it must end.

        `before` is the end of the match before.
        """
        if not self.relative:
            last = size if self.depth is None else min(size, self.offset + self.depth)
            first = self.offset
        else:
            distance = self.distance or 0
            first = before + distance
            last = size if self.within is None else min(size, before + distance + self.within)
        if self.at_end:
            first = max(first, size - len(self.data))
        return max(first, 0), last


def content_bytes(text: str) -> bytes:
    r"""Return the bytes of a content: text, `|41 42|` in hexadecimal, and `\` in front of `;`, `"`, `:`, `|` and `\`.

    Raises:
        MalformedRule: the hexadecimal part is none, or nothing is left, or it is too long.
    """
    result, at = bytearray(), 0
    while at < len(text):
        character = text[at]
        if character == "|":
            end = text.find("|", at + 1)
            if end < 0:
                raise MalformedRule("a | is not closed")
            result += _hexadecimal(text[at + 1 : end])
            at = end + 1
            continue
        if character == "\\" and at + 1 < len(text):
            at += 1
            character = text[at]
        result += character.encode("utf-8", "surrogateescape")
        at += 1
    if not result:
        raise MalformedRule("an empty content")
    if len(result) > LONGEST_CONTENT:
        raise MalformedRule(f"a content of more than {LONGEST_CONTENT} bytes")
    return bytes(result)


def number(text: str, *, negative: bool = False) -> int:
    """Return a count of bytes.

    Raises:
        MalformedRule: it is none, or out of range.
    """
    try:
        value = int(text.strip().strip('"'))
    except ValueError:
        raise MalformedRule(f"{text[:20]} is no number") from None
    if not (-FARTHEST if negative else 0) <= value <= FARTHEST:
        raise MalformedRule(f"{text[:20]} is out of range")
    return value


def _hexadecimal(text: str) -> bytes:
    digits = "".join(text.split())
    if len(digits) % 2 or not _HEX.fullmatch(digits):
        raise MalformedRule(f"|{text[:20]}| is not hexadecimal")
    return bytes.fromhex(digits)
