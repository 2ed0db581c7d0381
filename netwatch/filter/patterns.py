"""Regular expressions of `matches`: case-insensitive, as Wireshark's, and none that could search for ever."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any, Final

from netwatch.filter.error import DisplayFilterError

if TYPE_CHECKING:
    from netwatch.filter.syntax import Text

_REPEATED_GROUP: Final = re.compile(r"(?<!\\)\)(?:[*+]|\{\d+,\d*\})")
"""A group that is repeated; with a repetition inside, the time may grow exponentially with the length."""
_REPEAT: Final = re.compile(r"(?<!\\)(?:[*+]|\{\d+,\d*\})")


def pattern(text: Text, *, as_text: bool) -> re.Pattern[Any]:
    """Return the pattern for texts, or for bytes.

    Raises:
        DisplayFilterError: it does not compile, or a repetition inside a repetition could hold up everything.
    """
    at, length = text.span.position, text.span.end - text.span.position
    if repeats_inside(text.text):
        raise DisplayFilterError("a repetition inside a repeated group could search for ever", at, length)
    source: Any = text.text if as_text else text.text.encode("utf-8", "surrogateescape")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(source, re.IGNORECASE | (re.ASCII if as_text else 0))
    except (re.error, Warning, OverflowError, RecursionError, ValueError) as error:
        raise DisplayFilterError(f"the regular expression is wrong: {error}", at, length) from None


def repeats_inside(source: str) -> bool:
    """Return True where a group that holds a repetition or a choice is itself repeated."""
    for closing in _REPEATED_GROUP.finditer(source):
        depth, begin = 0, closing.start()
        while begin >= 0:
            depth += {")": 1, "(": -1}.get(source[begin], 0) if source[begin - 1 : begin] != "\\" else 0
            if depth == 0:
                break
            begin -= 1
        inside = source[max(begin, 0) + 1 : closing.start()]
        if _REPEAT.search(inside) or "|" in inside:
            return True
    return False
