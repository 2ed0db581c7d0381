"""Characters to tokens: words, texts, numbers in quotes and operators of Wireshark's display filter language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from netwatch.filter.error import DisplayFilterError

WORD: Final = "word"
TEXT: Final = "text"
CHARACTER: Final = "character"
RANGES: Final = "ranges"
"""What stands between the brackets of a slice, without them."""
OPERATOR: Final = "operator"
END: Final = "end"

LONGEST: Final = 8192
"""Characters of an expression."""

_OPERATORS: Final = (
    "===", "!==", "==", "!=", "~=", ">=", "<=", "&&", "||", "^^", "..",
    ">", "<", "~", "!", "&", "(", ")", "{", "}", ",", "+", "-", "*", "/", "%",
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z0-9_:.](?:(?!\.\.)[A-Za-z0-9_:./]|-(?=[A-Za-z0-9_]))*")
_SAVED = re.compile(r"@[A-Za-z0-9_.-]{1,40}")
_BLANK = re.compile(r"\s+")
_ESCAPES: Final = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34, "'": 39}


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `value` is the word, the text without quotes and escapes, or the operator."""

    kind: str
    value: str
    position: int
    end: int


def tokens(expression: str) -> list[Token]:
    """Return the tokens of `expression`, the last of kind END.

    Raises:
        DisplayFilterError: a text without its end, an unknown character, or an expression that is too long.
    """
    if len(expression) > LONGEST:
        raise DisplayFilterError(f"a filter has at most {LONGEST} characters", LONGEST)
    found: list[Token] = []
    at = 0
    while at < len(expression):
        blank = _BLANK.match(expression, at)
        if blank:
            at = blank.end()
            continue
        token = _token(expression, at)
        found.append(token)
        at = token.end
    return [*found, Token(END, "", len(expression), len(expression))]


def _token(expression: str, at: int) -> Token:
    first = expression[at]
    if first == '"' or expression.startswith(('r"', 'R"'), at):
        return _text(expression, at)
    if first == "'":
        return _character(expression, at)
    if first == "[":
        end = expression.find("]", at)
        if end < 0:
            raise DisplayFilterError("a slice without its ]", at, len(expression) - at)
        return Token(RANGES, expression[at + 1 : end], at, end + 1)
    if not expression.startswith("..", at):
        word = _WORD.match(expression, at)
        if word:
            return Token(WORD, word.group(), at, word.end())
    for operator in _OPERATORS:
        if expression.startswith(operator, at):
            return Token(OPERATOR, operator, at, at + len(operator))
    if first == "@":  # the filter line puts what was saved in its place before it asks
        name = _SAVED.match(expression, at)
        if name is None:
            raise DisplayFilterError("the name of a saved filter follows @", at)
        raise DisplayFilterError(f"no saved filter {name.group()} is known here", at, len(name.group()))
    raise DisplayFilterError(f"{first!r} has no meaning here", at)


def _text(expression: str, start: int) -> Token:
    raw = expression[start] != '"'
    at = start + 1 + raw
    collected = bytearray()
    while at < len(expression):
        character = expression[at]
        if character == '"':
            return Token(TEXT, collected.decode("utf-8", "surrogateescape"), start, at + 1)
        if character == "\\" and not raw:
            code, at = _escape(expression, at)
            collected.append(code)
            continue
        if character == "\\" and expression[at + 1 : at + 2] == '"':
            collected += b'\\"'
            at += 2
            continue
        collected += character.encode("utf-8", "surrogatepass")
        at += 1
    raise DisplayFilterError("a text without its closing quote", start, len(expression) - start)


def _character(expression: str, start: int) -> Token:
    at = start + 1
    if at < len(expression) and expression[at] == "\\":
        code, at = _escape(expression, at)
    elif at < len(expression) and expression[at] != "'" and ord(expression[at]) < 0x80:
        code, at = ord(expression[at]), at + 1
    else:
        raise DisplayFilterError("one character belongs between single quotes", start, 2)
    if expression[at : at + 1] != "'":
        raise DisplayFilterError("one character belongs between single quotes", start, at - start)
    return Token(CHARACTER, str(code), start, at + 1)


def _escape(expression: str, at: int) -> tuple[int, int]:
    """Return the byte that the escape at `at` stands for, and where the escape ends."""
    letter = expression[at + 1 : at + 2]
    if letter in _ESCAPES and letter:
        return _ESCAPES[letter], at + 2
    hexadecimal = re.compile(r"x([0-9A-Fa-f]{1,2})").match(expression, at + 1)
    if hexadecimal:
        return int(hexadecimal.group(1), 16), hexadecimal.end()
    octal = re.compile(r"[0-3]?[0-7]{1,2}").match(expression, at + 1)
    if octal:
        return int(octal.group(), 8), octal.end()
    raise DisplayFilterError("an unknown escape: a backslash itself is written twice", at, 2)
