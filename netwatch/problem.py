"""A part of netwatch that broke while the rest goes on: what is told of it, and what is logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from netwatch.text import printable

LONGEST_LINE: Final = 200
"""Characters of an error, and of each line of its trace."""
LONGEST_TRACE: Final = 8000
LAST_CALLS: Final = 20
"""Calls of a trace that are told of each error: the last, which tell where."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of netwatch that broke while the rest goes on."""

    words: str
    """One printable line: which part is off, and why."""
    trace: str = ""
    """Where it broke, for the log; several printable lines."""

    @classmethod
    def of(cls, what: str, error: Exception) -> Self:
        """Return what is told and logged of an error: `what` it did, the error, and the end of its trace."""
        import traceback  # which takes longer to load than a first screen has, and mostly nothing breaks

        words = f"{what}: {printable(repr(error), LONGEST_LINE)}"
        lines = "".join(traceback.format_exception(error, limit=-LAST_CALLS)).splitlines()
        return cls(words, "\n".join(printable(line, LONGEST_LINE) for line in lines)[-LONGEST_TRACE:])
