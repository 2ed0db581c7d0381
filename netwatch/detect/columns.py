"""Columns: events of one kind as arrays of the same length, kept in the order of their packets and cut by number."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Base of the kinds of events; every field is an array of shape (n,)."""

    number: NDArray[np.int64]
    """Of the packet that made the event known, ascending."""
    time_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.number)


K = TypeVar("K", bound=Columns)


def chosen(columns: K, which: NDArray[Any] | slice) -> K:
    """Return some of the events."""
    return replace(columns, **{item.name: getattr(columns, item.name)[which] for item in fields(columns)})


def joined(parts: Sequence[K]) -> K:
    """Return the events of all parts, of which there is at least one, one behind the other."""
    if len(parts) == 1:
        return parts[0]
    names = [item.name for item in fields(parts[0])]
    return type(parts[0])(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


class Waiting(Generic[K]):
    """Events that wait until the slice of time that they belong to is over."""

    def __init__(self) -> None:
        self._parts: list[K] = []

    def add(self, columns: K | None) -> None:
        """Add newer events."""
        if columns is not None and len(columns):
            self._parts.append(columns)

    def newest(self) -> NDArray[np.int64]:
        """Return the packet numbers of all that wait."""
        return np.concatenate([np.zeros(0, np.int64), *(part.number for part in self._parts)])

    def take(self, number: int) -> K | None:
        """Return the events up to packet `number`, None for none."""
        if not self._parts or self._parts[0].number[0] > number:
            return None
        everything = joined(self._parts)
        cut = int(np.searchsorted(everything.number, number, side="right"))
        self._parts = [chosen(everything, slice(cut, None))] if cut < len(everything) else []
        return chosen(everything, slice(0, cut))
