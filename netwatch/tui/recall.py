"""What was typed before, one entry after another as Up and Down ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Recall:
    """A place among entries, the oldest first; behind the newest is what is being typed."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._entries = (*entries, "")
        self._place = self._last = len(entries)

    def move(self, step: int, typed: str) -> str:
        """Return the entry `step` further on, where `typed` is what stands there now."""
        if self._place == self._last:
            self._entries = (*self._entries[:-1], typed)
        self._place = min(max(self._place + step, 0), self._last)
        return self._entries[self._place]
