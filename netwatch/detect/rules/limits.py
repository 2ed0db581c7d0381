"""Thresholds of rules: which matches are told (Suricata user guide, Thresholding Keywords), in packet time."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.rules.inspection import Inspection
    from netwatch.detect.rules.signature import Limit, Signature

MOST_KEYS: Final = 50_000


class Limits:
    """Counts matches by rule and end; the ones that were counted longest ago leave first."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._most = most
        self._windows: OrderedDict[tuple[Hashable, ...], tuple[int, int]] = OrderedDict()
        self.evicted = 0

    def __len__(self) -> int:
        return len(self._windows)

    def allow(self, signature: Signature, inspection: Inspection) -> bool:
        """Count a match, and return True where it is told."""
        if signature.filter is not None:
            count = self._count(signature, signature.filter, inspection)
            if count <= signature.filter.count:
                return False
        limit = signature.limit
        if limit is None:
            return True
        count = self._count(signature, limit, inspection)
        match limit.kind:
            case "limit":
                return count <= limit.count
            case "threshold":
                return count % limit.count == 0
            case _:
                return count == limit.count

    def _count(self, signature: Signature, limit: Limit, inspection: Inspection) -> int:
        """Return how many there are in the window that the first of them began."""
        key = (signature.generator, signature.number, limit.kind, *_tracked(limit, inspection))
        begun, count = self._windows.get(key, (inspection.time_ns, 0))
        if inspection.time_ns - begun >= limit.seconds * SECOND:
            begun, count = inspection.time_ns, 0
        self._windows[key] = begun, count + 1
        self._windows.move_to_end(key)
        if len(self._windows) > self._most:
            self._windows.popitem(last=False)
            self.evicted += 1
        return count + 1


def _tracked(limit: Limit, inspection: Inspection) -> tuple[int, ...]:
    match limit.track:
        case "by_src":
            return (inspection.source,)
        case "by_dst":
            return (inspection.destination,)
        case "by_both":
            return inspection.source, inspection.destination
        case _:
            return ()
