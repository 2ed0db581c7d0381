"""The ranges of a slice: [i:n] n bytes from i, [i-j] bytes i to j, [i] one byte, [:n] and [i:] up to an end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netwatch.filter.error import DisplayFilterError

if TYPE_CHECKING:
    from netwatch.filter.lexer import Token

_NUMBER = r"-?\d{1,6}"
_RANGE = re.compile(rf"\s*(?P<first>{_NUMBER})?\s*(?:(?P<kind>[:-])\s*(?P<second>{_NUMBER})?)?\s*")


def slice_ranges(token: Token) -> tuple[tuple[int, int | None], ...]:
    """Return (begin, end) of each range of a slice; None is the end of the value.

    Raises:
        DisplayFilterError: what stands between the brackets is no range.
    """
    ranges = []
    at = token.position + 1
    for part in token.value.split(","):
        found = _RANGE.fullmatch(part)
        first, kind, second = found.group("first", "kind", "second") if found else (None, None, None)
        if found is None or (first is None and second is None) or (kind == "-" and second is None):
            raise DisplayFilterError("no range of bytes: write [from:count], [from-to] or [byte]", at, len(part))
        ranges.append(_bounds(int(first or 0), kind, second, at, len(part)))
        at += len(part) + 1
    return tuple(ranges)


def _bounds(first: int, kind: str | None, second: str | None, at: int, length: int) -> tuple[int, int | None]:
    if kind is None:
        return first, (first + 1) or None
    if second is None:
        return first, None
    last = int(second)
    end = first + last if kind == ":" else last + 1
    if (kind == ":" and last <= 0) or (kind == "-" and (first < 0) == (last < 0) and last < first):
        raise DisplayFilterError("an empty range of bytes", at, length)
    return first, (end or None) if first < 0 else end
