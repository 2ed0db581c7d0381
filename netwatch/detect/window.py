"""Sliding windows of distinct things on packet time, bounded; and keys of which the ones idle for longest leave."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from netwatch.detect.left_things import LeftThings

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

MOST_ELEMENTS: Final = 256
"""Different things that a window holds; more than any threshold, doubled several times."""


class Distinct:
    """Different things with the times at which they were last seen; each leaves by itself when it is too old.

    What leaves because there are too many is remembered in little room, so that it is not counted again.
    """

    __slots__ = ("_left", "_left_ns", "_most", "_times", "_total", "_unique")

    def __init__(self, most: int = MOST_ELEMENTS, *, unique: bool = False) -> None:
        """Hold the newest `most` things; they are `unique` when none comes twice, as packets."""
        self._times: dict[Hashable, int] = {}
        self._most = most
        self._unique = unique
        self._left: LeftThings | None = None
        self._left_ns = 0
        """When the newest of those was last seen."""
        self._total = 0.0

    @property
    def total(self) -> int:
        """Things that were new when they came, since the start: what the window forgot as too old comes again.

        Exact of ports and of what is unique, else within a percent.
        """
        return round(self._total)

    def add(self, thing: Hashable, time_ns: int) -> bool:
        """Add a thing, or note that it came again; return whether it is new."""
        new = self._times.pop(thing, None) is None
        self._times[thing] = time_ns
        if new:
            more = self._left.add(thing) if self._left is not None else 1.0
            self._total += more
            new = more > 0
        if len(self._times) > self._most:
            if self._left is None and not self._unique:
                self._left = LeftThings(self._times)
            self._left_ns = self._times.pop(next(iter(self._times)))
        return new

    def expire(self, until_ns: int) -> None:
        """Forget what was last seen before `until_ns`."""
        old = []
        for thing, time_ns in self._times.items():
            if time_ns >= until_ns:
                break
            old.append(thing)
        for thing in old:
            del self._times[thing]
        if self._left_ns < until_ns:
            self._left = None

    def remove(self, thing: Hashable) -> None:
        """Forget a thing."""
        self._times.pop(thing, None)

    def since(self, from_ns: int) -> int:
        """Return how many were seen at `from_ns` or later."""
        count = 0
        for time_ns in reversed(self._times.values()):
            if time_ns < from_ns:
                break
            count += 1
        return count

    def newest(self, from_ns: int) -> list[Hashable]:
        """Return what was seen at `from_ns` or later, the newest first."""
        found = []
        for thing, time_ns in reversed(self._times.items()):
            if time_ns < from_ns:
                break
            found.append(thing)
        return found

    def __len__(self) -> int:
        return len(self._times)

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._times)

    def __contains__(self, thing: object) -> bool:
        return thing in self._times


def held(count: int) -> str:
    """Return how many things a window of MOST_ELEMENTS holds as text: when it is full there may be more."""
    return f"{count:,} or more" if count >= MOST_ELEMENTS else f"{count:,}"


V = TypeVar("V")


class Keys(Generic[V]):
    """What is followed, by key; when there are too many the ones idle for longest leave, and are counted."""

    def __init__(self, most: int, make: Callable[[], V]) -> None:
        """Follow at most `most` keys; `make` makes what belongs to a new one."""
        self.evicted = 0
        self._most = most
        self._make = make
        self._held: OrderedDict[Hashable, V] = OrderedDict()

    def at(self, key: Hashable) -> V:
        """Return what belongs to a key, which is now the newest."""
        value = self._held.get(key)
        if value is None:
            value = self._held[key] = self._make()
            if len(self._held) > self._most:
                self._held.popitem(last=False)
                self.evicted += 1
        else:
            self._held.move_to_end(key)
        return value

    def get(self, key: Hashable) -> V | None:
        """Return what belongs to a key if it is followed."""
        return self._held.get(key)

    def forget(self, key: Hashable) -> None:
        """Follow a key no more."""
        self._held.pop(key, None)

    def items(self) -> Iterator[tuple[Hashable, V]]:
        """Return the keys and what belongs to them, the ones idle for longest first."""
        return iter(self._held.items())

    def __iter__(self) -> Iterator[Hashable]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)
