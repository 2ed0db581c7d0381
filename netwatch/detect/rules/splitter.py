"""Splits the text of a rule into its header and its options (Suricata user guide, Rules Format)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.detect.rules.problems import MalformedRule

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_RULE: Final = 1 << 16
"""Characters of one rule, continuation lines included."""
MOST_OPTIONS: Final = 512
DIRECTIONS: Final = ("->", "<>")
_HEADER_WORDS: Final = 7


@dataclass(frozen=True, slots=True)
class SplitRule:
    """A rule in its parts, nothing of it understood yet."""

    action: str
    protocol: str
    source: str
    source_port: str
    both_ways: bool
    destination: str
    destination_port: str
    options: tuple[tuple[str, str], ...]
    """(name in lower case, value), in order; the value is empty where there is none, quotes included."""


def rule_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number of its first line, text) of each rule; comments and empty lines are left out.

    A backslash at the end of a line joins it with the next one.
    """
    waiting, begun = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not waiting:
            begun = number
            if not line.strip() or line.lstrip().startswith("#"):
                continue
        if line.rstrip().endswith("\\") and len(waiting) < LONGEST_RULE:
            waiting += line.rstrip()[:-1]
            continue
        yield begun, (waiting + line).strip()
        waiting = ""
    if waiting.strip():
        yield begun, waiting.strip()


def split_rule(text: str) -> SplitRule:
    """Return the parts of one rule.

    Raises:
        MalformedRule: there is no header of seven words, or the options do not end.
    """
    if len(text) > LONGEST_RULE:
        raise MalformedRule(f"longer than {LONGEST_RULE} characters")
    head, parenthesis, rest = text.partition("(")
    if not parenthesis:
        raise MalformedRule("no options in parentheses")
    words = _words(head)
    if len(words) != _HEADER_WORDS:
        raise MalformedRule(f"the header has {len(words)} words instead of {_HEADER_WORDS}")
    action, protocol, source, source_port, direction, destination, destination_port = words
    if direction not in DIRECTIONS:
        raise MalformedRule("the direction is neither -> nor <>")
    both_ways = direction == "<>"
    options = tuple(_options(rest))
    return SplitRule(
        action.lower(), protocol.lower(), source, source_port, both_ways, destination, destination_port, options
    )


def _words(head: str) -> list[str]:
    """Split at white space outside brackets."""
    words, word, depth = [], "", 0
    for character in head:
        depth += (character == "[") - (character == "]")
        if character.isspace():
            if depth <= 0 and word:
                words.append(word)
                word = ""
        else:
            word += character
    return [*words, word] if word else words


def _options(rest: str) -> Iterator[tuple[str, str]]:
    """Split at semicolons that are neither escaped nor quoted, up to the closing parenthesis."""
    count, begun, at, quoted = 0, 0, 0, False
    while at < len(rest):
        character = rest[at]
        if character == "\\":
            at += 2
            continue
        if character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            count += 1
            if count > MOST_OPTIONS:
                raise MalformedRule(f"more than {MOST_OPTIONS} options")
            name, _, value = rest[begun:at].partition(":")
            if not name.strip():
                raise MalformedRule("an option without a name")
            yield name.strip().lower(), value.strip()
            begun = at + 1
        elif character == ")" and not quoted and not rest[begun:at].strip():
            if rest[at + 1 :].strip():
                raise MalformedRule("text after the closing parenthesis")
            return
        at += 1
    raise MalformedRule("a quotation mark is not closed" if quoted else "the options do not end with ;)")


def unquoted(value: str) -> str:
    r"""Return a value without its quotation marks, and without the backslashes in front of `;`, `"`, `:` and `\`.

    Raises:
        MalformedRule: it begins with a quotation mark and does not end with one.
    """
    if value.startswith('"'):
        if len(value) == 1 or not value.endswith('"'):
            raise MalformedRule("a quotation mark is not closed")
        value = value[1:-1]
    return _ESCAPED.sub(r"\1", value)


_ESCAPED = re.compile(r"\\([\\\";:])")
