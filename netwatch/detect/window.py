"""Sliding windows of distinct things on packet time, bounded; and keys of which the ones idle for longest leave."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

MOST_ELEMENTS: Final = 256
"""Different things that a window holds; more than any threshold, doubled several times."""


class Distinct:
    """Different things with the times at which they were last seen; each leaves by itself when it is too old."""

    __slots__ = ("_most", "_times", "total")

    def __init__(self, most: int = MOST_ELEMENTS) -> None:
        """Hold the newest `most` things."""
        self._times: dict[Hashable, int] = {}
        self._most = most
        self.total = 0
        """Things that were new when they came, since the start: what the window had held before comes again."""

    def add(self, thing: Hashable, time_ns: int) -> bool:
        """Add a thing, or note that it came again; return whether it is new in the window."""
        new = self._times.pop(thing, None) is None
        self._times[thing] = time_ns
        self.total += new
        if len(self._times) > self._most:
            del self._times[next(iter(self._times))]
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
