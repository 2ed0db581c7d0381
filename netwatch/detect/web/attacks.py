"""Finds SQL injection, cross-site scripting, path traversal and remote execution in the values of one request."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.detect.web.patterns import (
    CLIMB,
    EVERYWHERE,
    REMOTE_EXECUTION,
    SQL_STRONG,
    SQL_WEAK,
    TRAVERSAL_TARGET,
    WHOLE_PATH,
    XSS,
    without_lookups,
)
from netwatch.detect.web.values import HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from netwatch.detect.web.patterns import Pattern
    from netwatch.detect.web.values import Value

CLIMBS: Final = 2
"""Steps upwards that a traversal has at least; one is in many a relative link."""
WEAK_TOGETHER: Final = 2
"""Different weak signs in one value."""
REMEMBERED: Final = 4096
"""Values for which it is remembered what they hold."""
SHORT: Final = 256
"""Characters of a value that may be remembered."""
PLACES: Final = frozenset({"path", "query", "body"})
SUSPICIOUS: Final = frozenset("'\"<>&;|`(){}$#\\:/-. ")
"""A decoded value without one of these holds no attack."""


class Attack(Enum):
    """What kind of attack."""

    SQL_INJECTION = "SQL injection"
    XSS = "cross-site scripting"
    TRAVERSAL = "path traversal"
    REMOTE_EXECUTION = "remote code execution"
    SMUGGLING = "request smuggling"


class Finding(NamedTuple):
    """One sign of an attack in one value."""

    attack: Attack
    strong: bool
    """True where it is enough by itself."""
    token: str
    """What was recognised; of weak ones all of them."""
    value: Value


def find_attacks(values: Iterable[Value]) -> Iterator[Finding]:
    """Yield what the values of one request hold, at most one finding of a kind for each value."""
    for value in values:
        look = _signs_again if len(value.text) <= SHORT else _signs
        for attack, strong, token in look(value.place, value.text):
            yield Finding(attack, strong=strong, token=token, value=value)


def _signs(place: str, text: str) -> tuple[tuple[Attack, bool, str], ...]:
    if SUSPICIOUS.isdisjoint(text):
        return ()
    found: list[tuple[Attack, bool, str]] = []
    chosen = place in PLACES or place in HEADERS
    if chosen:
        found += _sql(place, text)
        if (token := _first(XSS, text)) and place != "user-agent":
            found.append((Attack.XSS, True, token))
        if (token := _traversal(place, text)) and place != "referer":
            found.append((Attack.TRAVERSAL, True, token))
    if token := _remote_execution(text, everything=chosen):
        found.append((Attack.REMOTE_EXECUTION, True, token))
    return tuple(found)


_signs_again = lru_cache(REMEMBERED)(_signs)
"""Programs send the same fields with every request."""


def _sql(place: str, text: str) -> list[tuple[Attack, bool, str]]:
    if place == "path" and " " not in text and "(" not in text:
        return []
    if token := _first(SQL_STRONG, text):
        return [(Attack.SQL_INJECTION, True, token)]
    if place not in ("query", "body"):  # user agents and cookies are full of semicolons and brackets
        return []
    weak = [pattern.token for pattern in SQL_WEAK if pattern.found(text)]
    return [(Attack.SQL_INJECTION, False, ", ".join(weak))] if len(weak) >= WEAK_TOGETHER else []


def _traversal(place: str, text: str) -> str:
    climbs = len(CLIMB.findall(text))
    if climbs >= CLIMBS and (target := TRAVERSAL_TARGET.search(text)):
        return f"{climbs} steps up to {target[0]}"
    if place != "path" and (target := WHOLE_PATH.search(text)):
        return text[:40] if text.isascii() else target[0]
    return ""


def _remote_execution(text: str, *, everything: bool) -> str:
    if "${" in text:
        text = without_lookups(text)
    for pattern in REMOTE_EXECUTION:
        if (everything or pattern.token in EVERYWHERE) and pattern.found(text):
            return pattern.token
    return ""


def _first(patterns: Iterable[Pattern], text: str) -> str:
    return next((pattern.token for pattern in patterns if pattern.found(text)), "")
