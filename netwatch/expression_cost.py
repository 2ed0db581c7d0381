"""How the time to search for an expression grows with the bytes searched, so that no sender can make it endless.

An engine that goes back tries every way to divide the bytes among repetitions: with `.*a.*b` one in each of the
first's ends begins the second again. Where the byte behind a repetition cannot belong to it, there is only one way.
Repetitions inside repetitions have 2 ** size ways, unless there is only one; those expressions are refused. Rules,
display filters and what is typed to find packets share this.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from netwatch.errors import UsageError

MOST_STEPS: Final = 100_000_000
"""Steps that one search may take at most: some tenths of a second."""
MOST_BYTES: Final = 1 << 16
FEW: Final = 64
"""A repetition of at most so many multiplies the time by a constant."""
ENDLESS: Final = 1 << 16
DEEPEST: Final = 50
LARGEST_FACTOR: Final = 1 << 20
BEYOND: Final = 256
"""Stands for all characters of a text that are no byte."""
SAMPLE: Final = "\u4e00"
"""One of them, which belongs to a set where all others do."""
EVERYTHING: Final = frozenset(range(257))
NOTHING: Final[frozenset[int]] = frozenset()

_QUANTIFIER = re.compile(r"(?:[*+?]|\{(?!\})(\d*)(,?)(\d*)\})[?+]?")
ATOM: Final = re.compile(
    r"\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\N\{[^}]*\}|\\0[0-7]{0,2}|\\[1-3][0-7]{2}|\\."
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]|.",
    re.DOTALL,
)
"""A character, an escape or a class."""
_BEYOND_BYTES = re.compile(r"\\[uUN]|[^\x00-\xff]")
_OPENING = re.compile(r"\((?:\?(?:P<\w+>|P=\w+\)|<?[=!]|[:>]|[ims-]+[:)]))?")
_LOOKAROUND: Final = ("(?=", "(?!", "(?<=", "(?<!")
ZERO_WIDTH: Final = ("\\b", "\\B", "\\A", "\\Z", "^", "$")


class EndlessExpressionError(UsageError):
    """The time for a search is not bounded by a power of the size; the message says why."""


class UnreadableExpressionError(UsageError):
    """An expression is not written as Python wants it, or holds what is not understood here; the message says what."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What is known of a part of an expression; searching at one position takes `factor` * size ** `power` steps."""

    power: int = 0
    """Repetitions whose end has to be guessed."""
    linear: bool = False
    """There are repetitions whose end is clear; any number of them takes `size` steps together."""
    others: bool = False
    """There are such besides the last, whose end has to be guessed where the rest may begin with what it repeats."""
    factor: int = 1
    first: frozenset[int] = NOTHING
    """Bytes that it may begin with."""
    empty: bool = True
    """It may match nothing."""
    clear: bool = True
    """There is only one way to match some bytes."""
    tail: frozenset[int] = NOTHING
    """Bytes with which its last repetition may go on."""
    tail_size: int = 1
    """How often it may."""
    letters: frozenset[int] = NOTHING
    """Bytes that what it matches may hold."""

    @property
    def total_power(self) -> int:
        """The power of the size."""
        return self.power + self.linear


def cost(text: str, flags: int = 0, *, as_text: bool = False) -> Cost:
    """Return what searching for an expression of Python at one position costs.

    It is one that looks into bytes, each of its own written as the character of that number, or with `as_text` into
    text; Python is known to take it. Of the flags it is heeded whether case matters and what `.` means.

    Raises:
        EndlessExpressionError: the time is not bounded by a power of the size.
        UnreadableExpressionError: the expression cannot be read.
    """
    reader = _Reader(text, flags, as_text=as_text)
    found = reader.alternatives(0)
    if reader.at < len(text):
        raise UnreadableExpressionError("a parenthesis too many")
    return found


def affordable(power: int, factor: int) -> int:
    """Return in how many bytes, MOST_BYTES at most, `factor` * size ** `power` steps are not too many."""
    size = MOST_BYTES
    while factor * size**power > MOST_STEPS and size > 1:
        size = size * 7 // 8
    return size


def begins_once(text: str, flags: int = 0) -> bool:
    """Return whether an expression can match at the very beginning only."""
    return text.startswith(("^", "\\A")) and not (text[0] == "^" and flags & re.MULTILINE) and not has_choice(text)


def has_choice(text: str) -> bool:
    """Return whether an expression is a choice of several, outside of groups."""
    depth = 0
    for atom in ATOM.finditer(text):
        depth += {"(": 1, ")": -1}.get(atom[0], 0)
        if atom[0] == "|" and depth == 0:
            return True
    return False


class _Reader:
    def __init__(self, text: str, flags: int, *, as_text: bool) -> None:
        self._text = text
        self._flags = flags & (re.IGNORECASE | re.DOTALL)
        self._as_text = as_text
        self._sets: dict[str, frozenset[int]] = {}
        self.at = 0

    def alternatives(self, depth: int) -> Cost:
        """Read up to the end or the closing parenthesis."""
        if depth > DEEPEST:
            raise EndlessExpressionError("too many groups inside groups")
        branches = [self._sequence(depth)]
        while self._text[self.at : self.at + 1] == "|":
            self.at += 1
            branches.append(self._sequence(depth))
        if len(branches) == 1:
            return branches[0]
        first = frozenset[int]().union(*(branch.first for branch in branches))
        apart = sum(len(branch.first) for branch in branches) == len(first)
        return Cost(
            power=max(branch.power for branch in branches),
            linear=any(branch.linear for branch in branches),
            others=any(branch.others for branch in branches),
            factor=_bounded(sum(branch.factor for branch in branches)),
            first=first,
            empty=any(branch.empty for branch in branches),
            clear=apart and all(branch.clear for branch in branches),
            tail=frozenset[int]().union(*(branch.tail for branch in branches)),
            tail_size=max(branch.tail_size for branch in branches),
            letters=frozenset[int]().union(*(branch.letters for branch in branches)),
        )

    def _sequence(self, depth: int) -> Cost:
        parts: list[Cost] = []
        while self.at < len(self._text) and self._text[self.at] not in "|)":
            parts.append(self._repeated(depth))
        whole = Cost()
        for part in reversed(parts):
            whole = _followed(part, whole)
        return whole

    def _repeated(self, depth: int) -> Cost:
        found = self._atom(depth)
        quantifier = _QUANTIFIER.match(self._text, self.at)
        if quantifier is None:
            return found
        self.at = quantifier.end()
        least, most = _times(quantifier)
        return _endless(found, least) if most > FEW else _few(found, least, most)

    def _atom(self, depth: int) -> Cost:
        if self._text[self.at] == "(":
            return self._group(depth)
        found = ATOM.match(self._text, self.at)
        if found is None:
            raise UnreadableExpressionError("an end that is missing")
        self.at = found.end()
        atom = found[0]
        if atom in ZERO_WIDTH:
            return Cost()
        if atom[0] == "\\" and atom[1:2].isdigit() and atom[1] != "0":
            return _AGAIN
        found_set = self._set(atom)
        return Cost(first=found_set, empty=False, letters=found_set)

    def _group(self, depth: int) -> Cost:
        found = _OPENING.match(self._text, self.at)
        if found is None or (found[0] == "(" and self._text[self.at + 1 : self.at + 2] == "?"):
            raise UnreadableExpressionError("a group of an unknown kind")
        self.at = found.end()
        if found[0].endswith(")"):
            return _AGAIN if found[0].startswith("(?P=") else Cost()
        inner = self.alternatives(depth + 1)
        if self._text[self.at : self.at + 1] != ")":
            raise UnreadableExpressionError("a group that is not closed")
        self.at += 1
        if found[0] in _LOOKAROUND:
            return Cost(inner.power, inner.linear, inner.linear, inner.factor)
        return inner

    def _set(self, atom: str) -> frozenset[int]:
        """Return the bytes that one atom matches."""
        if atom not in self._sets:
            try:
                self._sets[atom] = self._of_text(atom) if self._as_text else self._of_bytes(atom)
            except (re.error, UnicodeEncodeError):
                raise UnreadableExpressionError("an escape that is not understood") from None
        return self._sets[atom]

    def _of_bytes(self, atom: str) -> frozenset[int]:
        regex = re.compile(atom.encode("latin-1"), self._flags)
        return frozenset(byte for byte in range(256) if regex.fullmatch(bytes((byte,))))

    def _of_text(self, atom: str) -> frozenset[int]:
        regex = re.compile(atom, self._flags | re.ASCII)
        found = {byte for byte in range(256) if regex.fullmatch(chr(byte))}
        names_others = _BEYOND_BYTES.search(atom) is not None
        return frozenset(found | {BEYOND} if names_others or regex.fullmatch(SAMPLE) else found)


_AGAIN: Final = Cost(first=EVERYTHING, clear=False, letters=EVERYTHING)
"""What a group matched, once more."""
_FOR_EVER: Final = "repetitions inside repetitions, which could take for ever"


def _followed(part: Cost, rest: Cost) -> Cost:
    """Return the cost of one part behind which there is the rest."""
    guessed = not part.tail.isdisjoint(rest.first)
    endless = part.tail_size > FEW
    before = part.others if guessed and endless else part.linear
    return Cost(
        power=part.power + rest.power + (guessed and endless),
        linear=before or rest.linear,
        others=(part.others if rest.empty else before) or rest.others,
        factor=_bounded(part.factor * rest.factor * (part.tail_size if guessed and not endless else 1)),
        first=part.first | rest.first if part.empty else part.first,
        empty=part.empty and rest.empty,
        clear=part.clear and rest.clear and not guessed,
        tail=part.tail | rest.tail if rest.empty else rest.tail,
        tail_size=max(part.tail_size, rest.tail_size) if rest.empty else rest.tail_size,
        letters=part.letters | rest.letters,
    )


def _endless(body: Cost, least: int) -> Cost:
    if body.empty or not body.clear or not body.tail.isdisjoint(body.first):
        raise EndlessExpressionError(_FOR_EVER)
    return replace(
        body, linear=True, others=body.linear, empty=least == 0, tail=body.first | body.tail, tail_size=ENDLESS
    )


def _few(body: Cost, least: int, most: int) -> Cost:
    guessed = most > 1 and not body.tail.isdisjoint(body.first)
    endless = body.tail_size > FEW
    variable = least != most
    times = 1 if body.clear else max(most, 1)
    return Cost(
        power=body.power * times + (most - 1 if guessed and endless else 0),
        linear=body.linear,
        others=body.linear if most > 1 else body.others,
        factor=_bounded(body.factor**times * (body.tail_size**most if guessed and not endless else 1)),
        first=body.first,
        empty=body.empty or least == 0,
        clear=body.clear and not guessed and not (variable and body.empty),
        tail=body.tail | body.first if variable else body.tail,
        tail_size=max(body.tail_size, most - least + 1) if variable else body.tail_size,
        letters=body.letters,
    )


def _bounded(factor: int) -> int:
    if factor > LARGEST_FACTOR:
        raise EndlessExpressionError(_FOR_EVER)
    return factor


def _times(quantifier: re.Match[str]) -> tuple[int, int]:
    match quantifier[0][0]:
        case "*":
            return 0, ENDLESS
        case "+":
            return 1, ENDLESS
        case "?":
            return 0, 1
        case _:
            least = int(quantifier[1] or 0)
            if not quantifier[2]:
                return least, least
            return least, int(quantifier[3]) if quantifier[3] else ENDLESS
