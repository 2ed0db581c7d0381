"""Columns: events of one kind as arrays of the same length, kept in the order of their packets and cut by number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch


@dataclass(slots=True, eq=False)
class Columns:
    """Base of the kinds of events; every field is an array of shape (n,), and nobody changes it.

    They are not frozen: to make one would take ten times as long, and of each kind one is made for every slice.
    """

    number: NDArray[np.int64]
    """Of the packet that made the event known, ascending."""
    time_ns: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.number)


@dataclass(slots=True, eq=False)
class Directed(Columns):
    """Base of those that have two ends, halves of addresses as PacketBatch has them."""

    src_high: NDArray[np.uint64]
    src_low: NDArray[np.uint64]
    dst_high: NDArray[np.uint64]
    dst_low: NDArray[np.uint64]


class Numbered(Protocol):
    """What Columns have, whoever declares them: a dataclass of arrays of the same length."""

    @property
    def number(self) -> NDArray[np.int64]:
        """Packet numbers, ascending."""

    def __len__(self) -> int: ...


K = TypeVar("K", bound=Numbered)


def directed(batch: PacketBatch, at: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    """Return what Directed has of the packets `at` of a batch."""
    ends = {name: getattr(batch, name)[at] for name in ("src_high", "src_low", "dst_high", "dst_low")}
    return {"number": batch.numbers_at(at), "time_ns": batch.frames.time_ns[at], **ends}


def chosen(columns: K, which: NDArray[Any] | slice) -> K:
    """Return some of the events."""
    kind: Any = type(columns)
    found: K = kind(*[column[which] for column in _reader(kind)(columns)])
    return found


def joined(parts: Sequence[K]) -> K:
    """Return the events of all parts, of which there is at least one, one behind the other."""
    if len(parts) == 1:
        return parts[0]
    kind: Any = type(parts[0])
    names = kind.__dataclass_fields__
    found: K = kind(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
    return found


@cache
def _reader(kind: Any) -> Callable[[Numbered], tuple[NDArray[Any], ...]]:
    """Return what gives all columns of such events."""
    return attrgetter(*kind.__dataclass_fields__)


class Waiting(Generic[K]):
    """Events that wait until the slice of time that they belong to is over."""

    def __init__(self) -> None:
        self._parts: list[K] = []
        self._begin = 0
        """Events of the first part that were taken already."""

    def add(self, columns: K | None) -> None:
        """Add events, which are newer as a rule: of what is put together of pieces some come late."""
        if columns is None or not len(columns):
            return
        late = bool(self._parts) and columns.number[0] < self._parts[-1].number[-1]
        self._parts.append(columns)
        if late:
            every = joined([chosen(self._parts[0], slice(self._begin, None)), *self._parts[1:]])
            self._parts, self._begin = [chosen(every, np.argsort(every.number, kind="stable"))], 0

    @property
    def waiting(self) -> bool:
        """Whether anything does."""
        return bool(self._parts)

    def newest(self) -> NDArray[np.int64]:
        """Return the packet numbers of all that wait."""
        numbers = [part.number for part in self._parts]
        if not numbers:
            return np.zeros(0, np.int64)
        return np.concatenate([numbers[0][self._begin :], *numbers[1:]])

    def take(self, number: int) -> K | None:
        """Return the events up to packet `number`, None for none."""
        if not self._parts or self._parts[0].number[self._begin] > number:
            return None
        if len(self._parts) > 1 and self._parts[1].number[0] <= number:
            self._parts = [joined([chosen(self._parts[0], slice(self._begin, None)), *self._parts[1:]])]
            self._begin = 0
        first = self._parts[0]
        end = len(first) if first.number[-1] <= number else int(np.searchsorted(first.number, number, side="right"))
        found = chosen(first, slice(self._begin, end)) if self._begin or end < len(first) else first
        self._begin = end
        if end == len(first):
            del self._parts[0]
            self._begin = 0
        return found
