"""How long a slice of packet time is."""

from __future__ import annotations

from typing import Final

from netwatch.nanoseconds import SECOND

TICKS_A_SECOND: Final = 4
TICK_NS: Final = SECOND // TICKS_A_SECOND
"""Slices end at multiples of it, whatever the batches."""
LEAST_PACKETS: Final = 1000
"""A slice with fewer packets goes on up to the next full second: looking at a slice has a price of its own."""
