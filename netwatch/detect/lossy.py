"""Lossy: whether the capture itself lost packets; what is missing then says nothing of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.nanoseconds import SECOND
from netwatch.track.capture_health import CaptureHealth

if TYPE_CHECKING:
    from netwatch.detect.observation import Observation

DROPPED_SHARE: Final = 0.01
"""Of the packets offered (detections.md 9.1)."""
UNSEEN_SHARE: Final = 0.1
"""Of the segments that were sent, as Zeek's too_much_loss."""
LEAST_PACKETS: Final = 200
"""Since the time before, or a share says little."""
LASTS_NS: Final = 30 * SECOND
"""After a loss was noticed."""


class Lost(NamedTuple):
    """What was lost since the time before."""

    health: CaptureHealth
    received: int
    dropped: int
    segments: int
    unseen: int

    @property
    def dropped_share(self) -> float:
        """Of the packets that were offered; 0 for too few."""
        return self.dropped / self.received if self.received >= LEAST_PACKETS else 0.0

    @property
    def unseen_share(self) -> float:
        """Of the segments that were sent; 0 for too few."""
        sent = self.segments + self.unseen
        return self.unseen / sent if sent >= LEAST_PACKETS else 0.0


class Lossy:
    """Used by one detector."""

    def __init__(self) -> None:
        self._before: CaptureHealth | None = None
        self._lossy_ns = -LASTS_NS
        """When a loss was noticed last."""

    def take(self, seen: Observation) -> list[Lost]:
        """Return what was lost too much of in a slice."""
        found = []
        for health in seen.of(CaptureHealth):
            lost = _since(self._before, health)
            self._before = health
            if lost.dropped_share > DROPPED_SHARE or lost.unseen_share > UNSEEN_SHARE:
                self._lossy_ns = health.moment.time_ns
                found.append(lost)
        return found

    def at(self, time_ns: int) -> bool:
        """Return whether the capture lost packets shortly before."""
        return time_ns - self._lossy_ns < LASTS_NS


def _since(before: CaptureHealth | None, now: CaptureHealth) -> Lost:
    names = ("received", "dropped", "segments", "unseen")
    return Lost(now, *(max(getattr(now, name) - (getattr(before, name) if before else 0), 0) for name in names))
