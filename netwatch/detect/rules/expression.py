"""Expression: the pcre of a rule, put into Python's words; what these cannot say the same way is refused."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.detect.rules.buffers import PCRE_FLAGS
from netwatch.detect.rules.problems import MalformedRule, UnsupportedRule
from netwatch.expression_cost import EndlessExpressionError, UnreadableExpressionError, affordable, begins_once, cost

if TYPE_CHECKING:
    from netwatch.expression_cost import Cost

LONGEST_EXPRESSION: Final = 4096

_FORM = re.compile(r'(?P<not>!?)\s*"?/(?P<text>.*)/(?P<flags>[A-Za-z]*)"?\s*', re.DOTALL)
_FLAGS: Final = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE}
_IGNORED: Final = "BO"
"""Raw bytes, which all buffers are, and PCRE's own limit."""
_CLASSES: Final = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f", "punct": r"!-/:-@\[-`{-~", "blank": r" \t", "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e", "graph": r"\x21-\x7e",
}  # fmt: skip
_SAME: Final = "dDsSwWbBAnrtfv0123456789"
"""Escaped letters and digits that mean the same to both."""
_OTHER: Final = {"z": r"\Z", "Z": r"(?=\n?\Z)", "e": r"\x1b", "h": r"[ \t]", "H": r"[^ \t]", "N": r"[^\n]"}
_REFUSED: Final = "KRGXQEgkCpPuUL"
"""Those that Python cannot do."""
_GROUP = re.compile(r"\(\?(?::|=|!|<=|<!|>|#|P<|P=|<(?=[A-Za-z_])|[ims-]+[:)])")
_QUANTIFIER = re.compile(r"\{\d+,?\d*\}")
_OTHERWISE = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\[^bBAG]", re.DOTALL)
"""Where `^` means another thing, and what else a backslash stands before."""
_HEEDS = re.compile(r"\^|\\[bBAG]|\(\?<[=!]")
"""What asks for the begin or for the byte before."""


@dataclass(frozen=True, slots=True)
class Expression:
    """One compiled expression; immutable."""

    regex: re.Pattern[bytes]
    negated: bool
    relative: bool
    """It begins where the match before ended."""
    anchored: bool
    """It must match at the very beginning."""
    longest: int
    """Bytes of a buffer in which it can be searched for without taking too long."""
    factor: int = 1
    power: int = 0
    """From one place on it takes `factor` * size ** `power` steps."""
    begins_once: bool = False
    """Only one place can be its begin."""
    heedless: bool = False
    """Whether it matches does not depend on what lies before: where it is not found, it is not behind there either."""

    def price(self, begins: int, size: int) -> int:
        """Return how many steps it takes at most to try so many places of a buffer with `size` bytes from there on."""
        ways: int = size**self.power
        return self.factor * (1 if self.begins_once else begins) * ways


def expression(value: str) -> tuple[Expression, str]:
    """Return the expression of a `pcre` option, and the buffer that its flags name, empty for the current one.

    Raises:
        MalformedRule: it is no expression.
        UnsupportedRule: Python cannot do the same, or could take for ever.
    """
    found = _FORM.fullmatch(value)
    if found is None or len(value) > LONGEST_EXPRESSION:
        raise MalformedRule("pcre is not /expression/flags")
    flags, relative, anchored, text, buffer = 0, False, False, found["text"], ""
    for letter in found["flags"]:
        if letter in _FLAGS:
            flags |= _FLAGS[letter]
        elif letter in PCRE_FLAGS:
            buffer = PCRE_FLAGS[letter]
        elif letter == "R":
            relative = True
        elif letter == "A":
            anchored = True
        elif letter not in _IGNORED:
            raise UnsupportedRule(f"pcre flag {letter}")
    regex = _compiled(text, flags)
    steps = _cost(translated(text).decode("latin-1"), flags)
    once = anchored or begins_once(text, flags)
    longest = affordable(steps.total_power + (not once), steps.factor)
    return Expression(
        regex, found["not"] == "!", relative, anchored, longest, steps.factor, steps.total_power, once,
        heedless=not anchored and not _HEEDS.search(_OTHERWISE.sub("", text)),
    ), buffer  # fmt: skip


def translated(text: str) -> bytes:
    """Return a PCRE in Python's words.

    Raises:
        UnsupportedRule: it holds a construct that Python does not have.
    """
    result, at = [], 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            piece, at = _escape(text, at + 1, in_class=False)
        elif character == "[":
            piece, at = _class(text, at)
        elif text.startswith("(?", at) or text.startswith("(*", at):
            piece, at = _group(text, at)
        elif character == "{" and not _QUANTIFIER.match(text, at):
            # PCRE reads {,3} as text, Python as a quantifier
            piece, at = r"\{", at + 1
        else:
            piece, at = character, at + 1
        result.append(piece)
    return "".join(result).encode("utf-8", "surrogateescape")


def _cost(text: str, flags: int) -> Cost:
    try:
        return cost(text, flags)
    except EndlessExpressionError as error:
        raise UnsupportedRule(f"pcre with {error.message}") from None
    except UnreadableExpressionError as error:
        raise MalformedRule(f"pcre with {error.message}") from None


def _compiled(text: str, flags: int) -> re.Pattern[bytes]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(translated(text), flags)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        if "look-behind" in str(error):
            raise UnsupportedRule("pcre looks behind by a variable length") from None
        raise UnsupportedRule("pcre that Python cannot read") from error


def _escape(text: str, at: int, *, in_class: bool) -> tuple[str, int]:
    if at >= len(text):
        raise MalformedRule("pcre ends with a backslash")
    letter = text[at]
    if letter == "x":
        return _hexadecimal(text, at + 1)
    if letter in _OTHER and not in_class:
        return _OTHER[letter], at + 1
    if in_class and letter in "heN":
        return {"h": r" \t", "e": r"\x1b"}.get(letter, "N"), at + 1
    if letter in _REFUSED:
        raise UnsupportedRule(f"pcre with \\{letter}")
    if letter in _SAME or not letter.isalnum():
        return f"\\{letter}", at + 1
    return re.escape(letter), at + 1


def _hexadecimal(text: str, at: int) -> tuple[str, int]:
    braces = re.match(r"\{([0-9A-Fa-f]{1,2})\}", text[at : at + 4])
    if braces:
        return f"\\x{int(braces[1], 16):02x}", at + braces.end()
    digits = re.match(r"[0-9A-Fa-f]{0,2}", text[at : at + 2])
    found = digits[0] if digits else ""
    return f"\\x{int(found or '0', 16):02x}", at + len(found)


def _class(text: str, at: int) -> tuple[str, int]:
    result, at = ["["], at + 1
    if text[at : at + 1] == "^":
        result.append("^")
        at += 1
    first = True
    while at < len(text):
        if text[at] == "]" and not first:
            return "".join([*result, "]"]), at + 1
        first = False
        name = re.match(r"\[:(\^?)([a-z]+):\]", text[at : at + 16])
        if name:
            if name[1] or name[2] not in _CLASSES:
                raise UnsupportedRule("pcre with a class of POSIX that Python does not have")
            piece, at = _CLASSES[name[2]], at + name.end()
        elif text[at] == "\\":
            piece, at = _escape(text, at + 1, in_class=True)
        else:
            piece, at = (f"\\{text[at]}" if text[at] in "[]&~|" else text[at]), at + 1
        result.append(piece)
    raise MalformedRule("a class in pcre is not closed")


def _group(text: str, at: int) -> tuple[str, int]:
    if not (found := _GROUP.match(text, at)):
        raise UnsupportedRule("pcre with a group that Python does not have")
    if found[0] == "(?#":
        end = text.find(")", at)
        if end < 0:
            raise MalformedRule("a comment in pcre is not closed")
        return "", end + 1
    if found[0] == "(?<":
        return "(?P<", found.end()
    if found[0].endswith(")") and at:
        raise UnsupportedRule("pcre that changes its flags in the middle")
    return found[0], found.end()
