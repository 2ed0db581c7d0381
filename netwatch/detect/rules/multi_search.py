"""Searches bytes for many patterns at once: by the library ahocorasick-rs where it is installed, else without."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FEW: Final = 50
"""So many patterns are found faster one by one."""
ALTERNATIVES: Final = 400
"""Patterns of one regular expression."""


class MultiSearch(Protocol):
    """Finds which patterns are somewhere in some bytes."""

    def find(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield (index of the pattern, where it begins): of each pattern every place, overlapping ones included."""
        ...


def multi_search(patterns: Sequence[bytes]) -> MultiSearch:
    """Return the fastest search for these patterns, none of which is empty, and each of which is there once."""
    if len(patterns) > 1:
        try:
            import ahocorasick_rs
        except ImportError:
            pass
        else:
            return _Automaton(ahocorasick_rs.BytesAhoCorasick(list(patterns)))
    return _OneByOne(patterns) if len(patterns) <= FEW else _Alternation(patterns)


class _Automaton:
    def __init__(self, automaton: Any) -> None:
        self._automaton = automaton

    def find(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield what the automaton finds."""
        for index, start, _ in self._automaton.find_matches_as_indexes(data, overlapping=True):
            yield index, start


class _OneByOne:
    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._patterns = tuple(patterns)

    def find(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield what each pattern's own search finds."""
        for index, pattern in enumerate(self._patterns):
            at = data.find(pattern)
            while at >= 0:
                yield index, at
                at = data.find(pattern, at + 1)


class _Alternation:
    """Regular expressions tell where one of their patterns begins; which ones do is then looked up by length."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._index = {pattern: number for number, pattern in enumerate(patterns)}
        ordered = sorted(patterns)
        self._parts = []
        for first in range(0, len(ordered), ALTERNATIVES):
            part = ordered[first : first + ALTERNATIVES]
            regex = re.compile(b"(?=" + b"|".join(map(re.escape, part)) + b")", re.DOTALL)
            self._parts.append((regex, sorted({len(pattern) for pattern in part}), frozenset(part)))

    def find(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield what begins where an expression matches."""
        for regex, lengths, part in self._parts:
            for found in regex.finditer(data):
                at = found.start()
                for length in lengths:
                    pattern = data[at : at + length]
                    if pattern in part:
                        yield self._index[pattern], at
