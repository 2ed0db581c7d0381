"""Round-trip times in milliseconds: the figures that ping prints."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def rtt_figures(seconds: Sequence[float], sent: int) -> dict[str, Any]:
    """Return loss in percent, and min, avg, median, max and the standard deviation of the population in ms."""
    figures: dict[str, Any] = {
        "sent": sent,
        "received": len(seconds),
        "loss_percent": round(100 * (sent - len(seconds)) / sent, 2) if sent else None,
    }
    times = [1000 * value for value in seconds]
    values = (
        (min(times), statistics.fmean(times), statistics.median(times), max(times), statistics.pstdev(times))
        if times
        else (None,) * 5
    )
    names = ("min_ms", "avg_ms", "median_ms", "max_ms", "stddev_ms")
    return figures | {
        name: None if value is None else round(value, 4) for name, value in zip(names, values, strict=True)
    }
