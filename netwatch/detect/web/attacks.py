"""Finds SQL injection, cross-site scripting, path traversal and remote execution in the values of one request."""

from __future__ import annotations

from enum import Enum
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
PLACES: Final = frozenset({"path", "query", "body"})
SUSPICIOUS: Final = frozenset("'\"<>&;|`(){}$#\\:/-. ")
"""A decoded value without one of these holds no attack."""


class Attack(Enum):
    """What kind of attack."""

    SQL_INJECTION = "SQL injection"
    XSS = "cross-site scripting"
    TRAVERSAL = "path traversal"
    REMOTE_EXECUTION = "remote code execution"


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
        text = value.text
        if SUSPICIOUS.isdisjoint(text):
            continue
        chosen = value.place in PLACES or value.place in HEADERS
        if chosen:
            if (found := _sql(value)) is not None:
                yield found
            if (token := _first(XSS, text)) and value.place != "user-agent":
                yield Finding(Attack.XSS, strong=True, token=token, value=value)
            if (token := _traversal(value)) and value.place != "referer":
                yield Finding(Attack.TRAVERSAL, strong=True, token=token, value=value)
        if token := _remote_execution(value, everything=chosen):
            yield Finding(Attack.REMOTE_EXECUTION, strong=True, token=token, value=value)


def _sql(value: Value) -> Finding | None:
    if value.place == "path" and " " not in value.text and "(" not in value.text:
        return None
    if token := _first(SQL_STRONG, value.text):
        return Finding(Attack.SQL_INJECTION, strong=True, token=token, value=value)
    if value.place not in ("query", "body"):  # user agents and cookies are full of semicolons and brackets
        return None
    weak = [pattern.token for pattern in SQL_WEAK if pattern.found(value.text)]
    if len(weak) < WEAK_TOGETHER:
        return None
    return Finding(Attack.SQL_INJECTION, strong=False, token=", ".join(weak), value=value)


def _traversal(value: Value) -> str:
    text = value.text
    climbs = len(CLIMB.findall(text))
    if climbs >= CLIMBS and (target := TRAVERSAL_TARGET.search(text)):
        return f"{climbs} steps up to {target[0]}"
    if value.place != "path" and (target := WHOLE_PATH.search(text)):
        return text[:40] if text.isascii() else target[0]
    return ""


def _remote_execution(value: Value, *, everything: bool) -> str:
    text = value.text
    if "${" in text:
        text = without_lookups(text)
    for pattern in REMOTE_EXECUTION:
        if (everything or pattern.token in EVERYWHERE) and pattern.found(text):
            return pattern.token
    return ""


def _first(patterns: Iterable[Pattern], text: str) -> str:
    return next((pattern.token for pattern in patterns if pattern.found(text)), "")
