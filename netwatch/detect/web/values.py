"""Splits a web request into the values that its author could choose, each with the place where it stood."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.detect.web.decode import LONGEST, decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_VALUES: Final = 64
"""Values of one request that are looked at."""
MOST_CHARACTERS: Final = 3 * LONGEST
"""Characters of all of them together."""
HEADERS: Final = frozenset({"user-agent", "referer", "cookie", "x-forwarded-for", "x-api-version", "authorization"})
"""Header fields whose whole value is looked at for every kind of attack; the others only for lookups and shells."""


class Value(NamedTuple):
    """One value of a request."""

    place: str
    """path, query, body, or the name of a header field."""
    name: str
    """Of the parameter; empty where there is none."""
    text: str
    """Decoded and in lower case."""


def request_values(
    target: str, headers: Sequence[tuple[str, str]] = (), body: str = "", content_type: str = ""
) -> Iterator[Value]:
    """Yield the values of a request: `target` is the second word of its first line, `body` the text of a form.

    At most MOST_VALUES come, LONGEST characters of each and MOST_CHARACTERS in all.
    """
    characters = 0
    for value in islice(_all_values(target, headers, body, content_type), MOST_VALUES):
        characters += len(value.text)
        if characters > MOST_CHARACTERS:
            return
        yield value


def _all_values(target: str, headers: Sequence[tuple[str, str]], body: str, content_type: str) -> Iterator[Value]:
    path, _, query = target.partition("?")
    yield Value("path", "", decoded(path, form=False))
    yield from _parameters("query", query)
    for name, text in headers:
        lower = name.lower()
        if lower == "cookie":
            yield from _cookies(text)
        elif lower == "referer":
            # The query of the page before is that of a request of its own
            yield Value(lower, "", decoded(text.partition("?")[0], form=False))
        else:
            yield Value(lower, "", decoded(text, form=False))
    if not body:
        return
    if "urlencoded" in content_type.lower() or (not content_type and "=" in body):
        yield from _parameters("body", body)
    else:
        yield Value("body", "", decoded(body[:LONGEST], form=False))


def _parameters(place: str, text: str) -> Iterator[Value]:
    for part in _split(text, "&"):
        name, equals, value = part.partition("=")
        if equals:
            yield Value(place, decoded(name), decoded(value))
            if _ODD_NAME.search(name):
                yield Value(place, "", decoded(name))
        else:
            yield Value(place, "", decoded(part))


def _cookies(text: str) -> Iterator[Value]:
    for part in _split(text, ";"):
        name, _, value = part.partition("=")
        yield Value("cookie", name.strip().lower(), decoded(value, form=False))


def _split(text: str, separator: str) -> list[str]:
    return [part for part in text.split(separator, MOST_VALUES)[:MOST_VALUES] if part]


_ODD_NAME = re.compile(r"[^\w.\[\]%-]|%[0-9a-fA-F]{2}")
