"""Resolution: the steps of time that traffic is told in."""

from __future__ import annotations

from enum import IntEnum


class Resolution(IntEnum):
    """Length of one step of a TrafficSeries in seconds."""

    SECOND = 1
    """Kept for 10 minutes."""
    TEN_SECONDS = 10
    """Kept for 2 hours."""
    MINUTE = 60
    """Kept for 24 hours."""

    @property
    def kept(self) -> int:
        """Steps of this length that are kept."""
        return {Resolution.SECOND: 600, Resolution.TEN_SECONDS: 720, Resolution.MINUTE: 1440}[self]
