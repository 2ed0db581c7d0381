"""FirstSeen: what was seen before, bounded, so that detectors of new things agree on what new means."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable


class FirstSeen:
    """Remembers things with the time at which they were last seen; the ones idle for longest leave, and are counted."""

    def __init__(self, most: int, horizon_ns: int) -> None:
        """Remember at most `most` things, each for `horizon_ns` of packet time after it was last seen."""
        self.evicted = 0
        self._most = most
        self._horizon_ns = horizon_ns
        self._seen: OrderedDict[Hashable, int] = OrderedDict()

    def add(self, thing: Hashable, time_ns: int) -> bool:
        """Note that a thing was seen; return whether it is new, or was forgotten meanwhile."""
        before = self._seen.pop(thing, None)
        self._seen[thing] = max(time_ns, before or 0)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
            self.evicted += 1
        return before is None or time_ns - before > self._horizon_ns

    def __len__(self) -> int:
        return len(self._seen)
