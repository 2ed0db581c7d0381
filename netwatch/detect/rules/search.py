"""Searches one buffer for the tests of a rule, in bounded steps."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from netwatch.detect.rules.content import Content
from netwatch.detect.rules.expression import Expression
from netwatch.detect.rules.signature import HasData, Size
from netwatch.expression_cost import MOST_STEPS as MOST_PAID

if TYPE_CHECKING:
    import re

    from netwatch.detect.rules.signature import Test

MOST_STEPS: Final = 3000
"""Tests of one rule in one buffer, repeated ones included (Suricata's recursion limit)."""


class Search:
    """One buffer, searched for many rules."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._lower: bytes | None = None
        self._steps = 0
        self._paid = 0
        self._fruitless: dict[int, int] = {}
        """From which byte on the expression at a place among the tests is not found."""
        self.gave_up = 0
        """Searches that ended because they took too many steps, or the buffer is too long for an expression."""

    def matches(self, tests: tuple[Test, ...]) -> bool:
        """Return True where all tests hold, one behind the other."""
        self._steps, self._paid = MOST_STEPS, 0
        self._fruitless.clear()
        found = self._from(tests, 0, 0)
        if self._steps <= 0:
            self.gave_up += 1
            return False
        return found

    @property
    def lower(self) -> bytes:
        """The buffer in lower case."""
        if self._lower is None:
            self._lower = self._data.lower()
        return self._lower

    def _from(self, tests: tuple[Test, ...], at: int, before: int) -> bool:
        """Return True where the tests from `at` on hold; `before` is where the match before ended."""
        if at == len(tests):
            return True
        self._steps -= 1
        if self._steps <= 0:
            return False
        test = tests[at]
        if isinstance(test, Content):
            return self._content(test, tests, at, before)
        if isinstance(test, Expression):
            return self._expression(test, tests, at, before)
        return self._holds(test, before) and self._from(tests, at + 1, before)

    def _content(self, test: Content, tests: tuple[Test, ...], at: int, before: int) -> bool:
        data = self.lower if test.nocase else self._data
        first, last = test.region(len(data), before)
        if test.negated:
            return data.find(test.data, first, last) < 0 and self._from(tests, at + 1, before)
        retry = at + 1 < len(tests) and _relative(tests[at + 1])
        while (found := data.find(test.data, first, last)) >= 0 and self._steps > 0:
            end = found + len(test.data)
            if self._from(tests, at + 1, end):
                return True
            if not retry:
                return False
            self._steps -= 1
            first = found + 1
        return False

    def _expression(self, test: Expression, tests: tuple[Test, ...], at: int, before: int) -> bool:
        data = self._data[before:] if test.relative else self._data
        base = before if test.relative else 0
        if len(data) > test.longest:
            self.gave_up += 1
            return False
        found = None if base >= self._fruitless.get(at, len(self._data) + 1) else self._next(test, data, 0)
        if found is None and test.heedless and self._steps > 0:
            self._fruitless[at] = min(base, self._fruitless.get(at, base))
        if test.negated:
            return found is None and self._from(tests, at + 1, before)
        retry = at + 1 < len(tests) and _relative(tests[at + 1])
        while found is not None and self._steps > 0:
            if self._from(tests, at + 1, base + found.end()):
                return True
            if not retry or test.anchored or found.start() >= len(data):
                return False
            self._steps -= 100  # an expression takes much longer than a content
            found = self._next(test, data, found.start() + 1)
        return False

    def _next(self, test: Expression, data: bytes, begin: int) -> re.Match[bytes] | None:
        """Return where an expression is found from `begin` on; the rule pays for the places that were tried in vain."""
        if self._paid > MOST_PAID:
            self._steps = 0  # given up
            return None
        found = (test.regex.match if test.anchored else test.regex.search)(data, begin)
        last = len(data) if found is None else found.start()
        self._paid += test.price(last - begin + 1, len(data) - begin)
        return found

    def _holds(self, test: Size | HasData, before: int) -> bool:
        if isinstance(test, Size):
            return len(self._data) in test.allowed
        size = len(self._data)
        there = before + test.size <= size if test.relative else test.size < size
        return there != test.negated


def transformed(data: bytes, transforms: tuple[str, ...]) -> bytes:
    """Return a buffer as the transforms of a rule change it (Suricata user guide, Transformations)."""
    for name in transforms:
        match name:
            case "dotprefix":
                data = b"." + data
            case "to_lowercase":
                data = data.lower()
            case "to_uppercase":
                data = data.upper()
            case "strip_whitespace":
                data = b"".join(data.split())
            case "compress_whitespace":
                data = b" ".join(data.split())
            case _:
                data = hashlib.new(name.removeprefix("to_"), data, usedforsecurity=False).digest()
    return data


def _relative(test: Test) -> bool:
    return not isinstance(test, Size) and test.relative
