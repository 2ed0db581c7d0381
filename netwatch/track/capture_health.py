"""CaptureHealth: what a capture itself has lost until now, told every few seconds of packet time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netwatch.track.stream_reader import Moment

EVERY_NS: Final = 10_000_000_000
"""Packet time from one to the next, at least."""


@dataclass(frozen=True, slots=True)
class CaptureHealth:
    """Sums since the capture began."""

    moment: Moment
    received: int
    """Packets that the system offered, dropped ones included; 0 for a file."""
    dropped: int
    """Packets that it had no room for."""
    segments: int
    """Packets of TCP that were seen."""
    unseen: int
    """Segments of TCP that were acknowledged although nobody saw them, an estimate."""
