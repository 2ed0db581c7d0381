"""Regular expressions that somebody types, for `matches` and to find packets; none searches a packet for long.

An engine that goes back takes size ** 3 steps for `a.*b.*c`, and more with each `.*`. But something before something
else, with anything between, is found from left to right: first where the one ends soonest, and from there the other.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from netwatch.errors import FilterError
from netwatch.expression_cost import (
    ATOM,
    ZERO_WIDTH,
    EndlessExpressionError,
    UnreadableExpressionError,
    affordable,
    begins_once,
    cost,
    has_choice,
)
from netwatch.filter.error import DisplayFilterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.filter.syntax import Text

Searched: TypeAlias = bytes | str

LEAST: Final = 1500
"""An expression that cannot be looked for in a packet of Ethernet within the time is refused."""
LONGEST: Final = 4096
"""In so many bytes at once one is looked for whose time grows faster than they do."""
WHATEVER: Final = 1 << 62
"""Bytes where it does not."""
_FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_SWITCHES: Final = re.compile(r"\(\?([ims]+)\)")
WHOLE_LINES: Final = re.MULTILINE | re.DOTALL
"""With these, what has to stand at an end does so at that of where is looked."""
_GAP: Final = re.compile(r"\.([*+])\??(?![*+?])")
"""Anything, as short or as long as it likes."""
_APART: Final = re.compile(r"\\[1-9]|\(\?(?!:)")
"""Where a piece may mean something else alone: what a group matched, a look around, flags."""
_OTHERWISE: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\[^1-9]", re.DOTALL)
"""Where the same signs mean another thing."""


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    regex: re.Pattern[Any]
    longest: int
    """In so much at once it can be searched for; matches of half of that are found anywhere."""

    def first(self, data: Searched, begin: int, stop: int) -> re.Match[Any] | None:
        """Return the first match between two places."""
        if stop - begin <= self.longest:
            return self.regex.search(data, begin, stop)
        for at in range(begin, stop, self.longest // 2):
            end = min(at + self.longest, stop)
            found = self.regex.search(data, at, end)
            if found is not None and (found.end() < end or end == stop):
                return found
        return None

    def soonest_end(self, data: Searched, begin: int, stop: int) -> int:
        """Return where the match between two places ends that ends first, -1 where there is none."""
        found = self.first(data, begin, stop)
        if found is None:
            return -1
        least, most = found.span()
        while least < most:
            middle = (least + most) // 2
            if self.regex.search(data, found.start(), middle) is None:
                least = middle + 1
            else:
                most = middle
        return most


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What is looked for: one piece after the other, with anything between."""

    pieces: tuple[_Piece, ...]
    line: Searched
    """What ends a line, in which all pieces must lie; empty where they need not."""

    def search(self, data: Any) -> bool:
        """Return whether it is in `data`, which is bytes, or text where the pattern is of text."""
        return any(self._within(data, begin, stop) for begin, stop in self._stretches(data))

    def _stretches(self, data: Any) -> Iterator[tuple[int, int]]:
        begin = 0
        while self.line:
            end = data.find(self.line, begin)
            if end < 0:
                break
            yield begin, end
            begin = end + 1
        yield begin, len(data)

    def _within(self, data: Any, begin: int, stop: int) -> bool:
        for piece in self.pieces[:-1]:
            begin = piece.soonest_end(data, begin, stop)
            if begin < 0:
                return False
        return self.pieces[-1].first(data, begin, stop) is not None


def pattern(text: Text, *, as_text: bool) -> Pattern:
    """Return the pattern of `matches`, for texts or for bytes; whether letters are capitals makes no difference.

    Raises:
        DisplayFilterError: it is wrong, or could take too long.
    """
    try:
        return compiled(text.text, re.IGNORECASE, as_text=as_text)
    except FilterError as error:
        raise DisplayFilterError(error.message, text.span.position, text.span.end - text.span.position) from None


def compiled(source: str, flags: int, *, as_text: bool = False) -> Pattern:
    """Return the pattern of what was typed, for bytes or for texts.

    Raises:
        FilterError: it is wrong, or could take too long.
    """
    text = source if as_text else source.encode("utf-8", "surrogateescape").decode("latin-1")
    if switches := _SWITCHES.match(text):
        flags, text = flags | sum(_FLAGS[letter] for letter in set(switches[1])), text[switches.end() :]
    whole = _regex(text, flags, as_text=as_text)
    pieces = _pieces(text, flags)
    try:
        sizes = [_longest(piece, flags, as_text=as_text) for piece in pieces]
        if not flags & re.DOTALL and len(pieces) > 1:
            # What is between ends with the line, and where a piece goes over it they are not in one
            over = any(ord("\n") in cost(piece, flags, as_text=as_text).letters for piece in pieces)
            sizes = [0] if over else sizes
        if min(sizes) < LEAST:
            pieces, sizes = [text], [_longest(text, flags, as_text=as_text)]
    except UnreadableExpressionError as error:
        raise FilterError(f"the regular expression is not understood: {error.message}") from None
    except EndlessExpressionError as error:
        raise FilterError(f"the regular expression is refused: {error.message}") from None
    if min(sizes) < LEAST:
        raise FilterError("the regular expression could search a single packet for minutes: too many repetitions")
    if len(pieces) == 1:
        return Pattern((_Piece(whole, sizes[0]),), b"")
    found = [_regex(piece, flags, as_text=as_text) for piece in pieces]
    line: Searched = "\n" if as_text else b"\n"
    parts = tuple(_Piece(regex, size) for regex, size in zip(found, sizes, strict=True))
    return Pattern(parts, line[:0] if flags & re.DOTALL else line)


def _regex(text: str, flags: int, *, as_text: bool) -> re.Pattern[Any]:
    source: Any = text if as_text else text.encode("latin-1")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(source, flags | (re.ASCII if as_text else 0))
    except (re.error, Warning, OverflowError, RecursionError, ValueError) as error:
        raise FilterError(f"the regular expression is wrong: {error}") from None


def _longest(text: str, flags: int, *, as_text: bool) -> int:
    """Return in how many bytes an expression can be searched for; flags inside of it are allowed for."""
    steps = cost(text, flags | (re.IGNORECASE | re.DOTALL if "(?" in text else 0), as_text=as_text)
    power = steps.total_power + (not begins_once(text, flags))
    return min(affordable(power, steps.factor), LONGEST) if power > 1 else WHATEVER


def _pieces(text: str, flags: int) -> list[str]:
    """Return what there is anything between, at least one piece; all of it where the pieces do not stand alone."""
    if has_choice(text) or _APART.search(_OTHERWISE.sub("", text)):
        return [text]
    pieces, depth, at = [""], 0, 0
    while at < len(text):
        gap = _GAP.match(text, at) if depth == 0 else None
        if gap is not None:
            # One more of anything is a character that belongs to the piece before
            pieces[-1] += "." if gap[1] == "+" else ""
            pieces.append("")
            at = gap.end()
            continue
        atom = ATOM.match(text, at)
        token = atom[0] if atom is not None else text[at]
        last = at + len(token) == len(text)
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token in ZERO_WIDTH and not (token in ("^", "\\A") and at == 0) and not (last and flags & WHOLE_LINES):
            return [text]
        pieces[-1] += token
        at += len(token)
    return [piece for piece in pieces if piece] or [text]
