"""CandidateMemory: whether rules may be about a text is asked once; programs send the same over and over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


class CandidateMemory(Generic[T]):
    """Answers by what they depend on; when there are too many, all are forgotten."""

    def __init__(self, most: int, text: Callable[[T], Hashable], ask: Callable[[T], bool]) -> None:
        """Remember at most `most` answers; `text` returns all that the answer `ask` gives of an event depends on."""
        self._most = most
        self._text = text
        self._ask = ask
        self._known: dict[Hashable, bool] = {}

    def concerns(self, event: T) -> bool:
        """Return the answer, asked now or when the same text came before."""
        text = self._text(event)
        found = self._known.get(text)
        if found is None:
            if len(self._known) >= self._most:
                self._known.clear()
            found = self._known[text] = self._ask(event)
        return found
