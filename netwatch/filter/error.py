"""What is wrong with a display filter, and where."""

from __future__ import annotations

from netwatch.errors import FilterError


class DisplayFilterError(FilterError):
    """An expression was refused; `position` is the index of the first character that is wrong, `length` how many are.

    `position` equals the length of the expression where something is missing at its end.
    """

    def __init__(self, message: str, position: int, length: int = 1, hint: str = "") -> None:
        super().__init__(message, hint)
        self.position = position
        self.length = max(length, 1)

    def placed(self) -> FilterError:
        """Return the error with its place in words, for where nobody can point at it."""
        return FilterError(f"display filter, character {self.position + 1}: {self.message}", self.hint)
